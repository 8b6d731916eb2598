"""One HTTP call to a peer: limited in time and size, without redirects, on a new connection.

`econobis/client.py` and `hoomdossier/client.py` decide what the response means.
"""

from __future__ import annotations

import codecs
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx
from pydantic_core import from_json

from shared.clock import Clock
from shared.ending import ENDING
from shared.errors import AddressUnknown, OutcomeUnknown, StoodStill, Unavailable
from shared.public_addresses import NotPublic

LARGEST_ANSWER = 1 << 20  # bytes of a response body
LONGEST_CONNECT = 5.0  # seconds
LONGEST_RETRY_AFTER = 86400.0  # seconds; a peer with a wrong clock must not stop our calls for a year

_NO_SUCH_HOST = (socket.gaierror, ssl.SSLCertVerificationError)
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True)
class Answer:
    """A response. `body` is UTF-8 wherever its encoding is known.

    `body` is None when it was cut off, was larger than LARGEST_ANSWER, was compressed although we asked for no
    compression, or was not complete in time.
    """

    status: int
    headers: httpx.Headers
    body: bytes | None


def call_peer(http: httpx.Client, request: httpx.Request, *, peer: str, timeout: float, clock: Clock) -> Answer:
    """Sends `request` and returns the response, whatever its status.

    `timeout` is in seconds, for the whole call except the DNS look-up. `peer` is the name in the texts of the errors.

    Raises Unavailable when there was no connection, so nothing was sent: AddressUnknown when the host name is wrong or
    leads to no public address, StoodStill when this instance was paused until the timeout was over. By then other
    instances may already assume that the call was lost, so it must not be sent any more. Raises OutcomeUnknown when the
    request may have been sent and no response came.
    """
    # The peer may close a kept-alive connection at the moment that we send on it. Then nobody knows whether it got the
    # call. A new connection per call costs a handshake, which is little at 60 calls a minute.
    request.headers.update({"Connection": "close", "Accept-Encoding": "identity"})
    request.headers.pop("Cookie", None)  # httpx adds the session of an earlier call; each call is made without one.
    limits = httpx.Timeout(timeout, connect=min(LONGEST_CONNECT, timeout / 2))
    with _Deadline(timeout, clock) as deadline:
        request.extensions = {"timeout": limits.as_dict(), "trace": deadline.watch}
        try:
            response = http.send(request, stream=True, follow_redirects=False)
        except _NOTHING_SENT as error:
            raise _not_reached(peer, error) from error
        except _TooLate as error:
            raise StoodStill(f"De aanroep van {peer} kwam te laat op gang; er is niets verstuurd.") from error
        except httpx.RequestError as error:
            raise OutcomeUnknown(f"{peer} gaf geen antwoord; het is onbekend of de aanvraag is verwerkt.") from error
        body = _read(response)
        return Answer(response.status_code, response.headers, None if deadline.is_over else body)


def read_json(body: bytes | None) -> object:
    """The parsed JSON of a response body; None when it is no JSON.

    Byte order marks and blanks around it are skipped: PHP sends them when one of its source files starts with them.
    """
    try:
        return from_json((body or b"").decode().strip("\ufeff\0 \t\r\n"))
    except ValueError:
        return None


def _not_reached(peer: str, error: Exception) -> Unavailable:
    causes = tuple(_causes(error))
    if any(isinstance(cause, NotPublic) for cause in causes):
        return AddressUnknown(f"Het adres van {peer} leidt naar een intern netwerk; er is niets verstuurd.")
    kind = AddressUnknown if any(isinstance(cause, _NO_SUCH_HOST) for cause in causes) else Unavailable
    return kind(f"{peer} is niet bereikbaar; er is niets verstuurd.")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and every error that led to it."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def retry_after(headers: httpx.Headers, now: datetime) -> float | None:
    """The header Retry-After in seconds from `now`, at most LONGEST_RETRY_AFTER. None when it is missing or invalid."""
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text) if text.isascii() and text.isdigit() else _seconds_until(text, now)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _seconds_until(http_date: str, now: datetime) -> float:
    moment = parsedate_to_datetime(http_date)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def _read(response: httpx.Response) -> bytes | None:
    body = bytearray()
    try:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            return None
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                return None
    except httpx.RequestError:
        return None
    finally:
        response.close()
    return _utf8(bytes(body), response)


def _utf8(body: bytes, response: httpx.Response) -> bytes:
    """The body in UTF-8. The charset that the response names is used only for a body that is not UTF-8 already.

    A body in neither encoding is returned as it is.
    """
    try:
        if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return body.decode("utf-16").encode()
        body.decode()
    except UnicodeDecodeError:
        with suppress(ValueError, LookupError):
            return body.decode(response.charset_encoding or "utf-8").encode()
    return body


class _TooLate(Exception):
    """The timeout was over before the first byte of the request was sent."""


class _Deadline:
    """Shuts the connection of one call when its timeout is over, or when this instance shuts down.

    The timeouts of httpx hold for each read, so a peer that sends a byte now and then would keep a call open for ever.
    `running` holds the deadlines of all calls that are under way in this process.
    """

    running: ClassVar[set[_Deadline]] = set()

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._clock, self._until = clock, clock() + timedelta(seconds=seconds)
        self._timer = threading.Timer(seconds, self.end)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._stream: Any = None
        self.is_over = False

    def __enter__(self) -> Self:
        self._timer.start()
        self.running.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self.running.discard(self)

    @classmethod
    def hang_up(cls) -> None:
        """Ends every call of this process that is under way. Registered with `shared/ending.py`."""
        for deadline in tuple(cls.running):
            deadline.end()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's trace callback: the only way to the socket of a call whose response has not begun.

        Raises _TooLate when the request is about to be sent after the timeout.
        """
        if event.endswith(".send_request_headers.started") and self._clock() >= self._until:
            raise _TooLate
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._lock:
                self._stream = info["return_value"]
                if self.is_over:
                    self._break()

    def end(self) -> None:
        """Shuts the connection, at once or as soon as there is one."""
        with self._lock:
            self.is_over = True
            self._break()

    def _break(self) -> None:
        connection = self._stream.get_extra_info("socket") if self._stream else None
        if isinstance(connection, socket.socket):
            with suppress(OSError):  # It may be closed already.
                # Not SSLSocket.shutdown, which drops the TLS session while another thread reads from it.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


ENDING.on_hang_up(_Deadline.hang_up)
