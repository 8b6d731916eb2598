"""One HTTP call to a peer, bounded in time and size, never redirected, on a connection of its own.

What the answer means is for `econobis/client.py` and `hoomdossier/client.py` to say.
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
from shared.errors import AddressUnknown, OutcomeUnknown, StoodStill, Unavailable
from shared.work.ending import ENDING

LARGEST_ANSWER = 1 << 20  # bytes
LONGEST_CONNECT = 5.0  # seconds
LONGEST_RETRY_AFTER = 86400.0  # A peer with a wrong clock must not silence us for a year.

_NO_SUCH_HOST = (socket.gaierror, ssl.SSLCertVerificationError)
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True)
class Answer:
    """`body` is in UTF-8 where it can be read at all.

    It is None when it is cut off, larger than LARGEST_ANSWER, compressed unasked, or not here in time.
    """

    status: int
    headers: httpx.Headers
    body: bytes | None


def call_peer(http: httpx.Client, request: httpx.Request, *, peer: str, timeout: float, clock: Clock) -> Answer:
    """`timeout` (seconds) is for the whole call; only the look-up of the host name is outside it. An instance that
    stood still until it is over sends nothing any more: by then others look into what came of the call.

    `peer` is its name in the errors: Unavailable when no connection came about, so nothing was sent; OutcomeUnknown
    when it was sent and no answer came.
    """
    # A connection that was kept open may have been closed by the peer just now. Then nothing tells whether it got our
    # call. One of our own costs a handshake, which is little at 60 calls a minute.
    request.headers.update({"Connection": "close", "Accept-Encoding": "identity"})
    request.headers.pop("Cookie", None)  # The peer's session of an earlier call is none of this one's business.
    limits = httpx.Timeout(timeout, connect=min(LONGEST_CONNECT, timeout / 2))
    with _Deadline(timeout, clock) as deadline:
        request.extensions = {"timeout": limits.as_dict(), "trace": deadline.watch}
        try:
            response = http.send(request, stream=True, follow_redirects=False)
        except _NOTHING_SENT as error:
            kind = AddressUnknown if any(isinstance(cause, _NO_SUCH_HOST) for cause in _causes(error)) else Unavailable
            raise kind(f"{peer} is niet bereikbaar; er is niets verstuurd.") from error
        except _TooLate as error:
            raise StoodStill(f"De aanroep van {peer} kwam te laat op gang; er is niets verstuurd.") from error
        except httpx.RequestError as error:
            raise OutcomeUnknown(f"{peer} gaf geen antwoord; het is onbekend of de aanvraag is verwerkt.") from error
        body = _read(response)
        return Answer(response.status_code, response.headers, None if deadline.is_over else body)


def read_json(body: bytes | None) -> Any:
    """The JSON of an answer; None when it is none.

    Byte order marks and blanks around it are passed over: PHP sends both for a file of it that begins with them.
    """
    try:
        return from_json((body or b"").decode().strip("\ufeff\0 \t\r\n"))
    except ValueError:
        return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def retry_after(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds from `now`, at most a day; None when the peer does not say, or not readably."""
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
    """What is UTF-8 stays, whatever the answer claims; only what cannot be is read as it says, or stays unreadable."""
    try:
        if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return body.decode("utf-16").encode()
        body.decode()
    except UnicodeDecodeError:
        with suppress(ValueError, LookupError):
            return body.decode(response.charset_encoding or "utf-8").encode()
    return body


class _TooLate(Exception):
    """Nothing was sent."""


class _Deadline:
    """Breaks the connection when the time is up. httpx limits each read, so a peer that drips could go on for ever.

    It is up for all that are `running` when this instance goes down.
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
        for deadline in tuple(cls.running):
            deadline.end()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's trace: the only way to the socket of a call whose answer has not begun. Raises _TooLate."""
        if event.endswith(".send_request_headers.started") and self._clock() >= self._until:
            raise _TooLate
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._lock:
                self._stream = info["return_value"]
                if self.is_over:
                    self._break()

    def end(self) -> None:
        with self._lock:
            self.is_over = True
            self._break()

    def _break(self) -> None:
        connection = self._stream.get_extra_info("socket") if self._stream else None
        if isinstance(connection, socket.socket):
            with suppress(OSError):  # It may be closed already.
                # Not SSLSocket.shutdown: it would take the cipher away under the thread that reads.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


ENDING.on_hang_up(_Deadline.hang_up)
