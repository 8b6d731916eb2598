"""Sends one e-mail over SMTP and says whether the server accepted it. `message.py` makes the message."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from shared.errors import OutcomeUnknown, PeerError, Refused, Unavailable
from shared.mail.address import on_the_wire, without_addresses
from shared.mail.answers import NoMailbox
from shared.mail.headers import ON_THE_WIRE

LOOPBACK = {"127.0.0.1", "::1", "localhost"}

# The status codes that say that the address is wrong, and not our setup (RFC 3463 3.2, 3.3).
_NO_MAILBOX = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.[0-3])\b")

Step = Literal["connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "text", "answer"]
"""The steps of the SMTP dialogue in their order; `text` sends the message, `answer` reads the reply to it."""


@dataclass(frozen=True)
class Smtp:
    """A mail server. Each message gets a connection of its own.

    `timeout` is the seconds for each step of the dialogue; the whole may take three times as long. The reply to the
    message itself may take all that is left, because a server may scan the message first, and giving up there leaves
    the outcome unknown. `ca` is a PEM file with the certificates to trust.
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "immediate"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: str | None = None
    timeout: float = 10.0

    @classmethod
    def from_url(cls, url: str, *, only_tls: bool = False) -> Smtp:
        """From `smtp://user:password@host:587?starttls=required&timeout=10`, or `smtps://` for TLS from the start.

        User and password are percent-encoded. STARTTLS is required unless the host is this machine or the URL says
        `starttls=never`. A password is never sent to another machine without TLS. The server's certificate is always
        verified, against `ca` if it is given. Raises ValueError, which does not quote the URL; with `only_tls`, for
        Google Cloud, also for a server without TLS.
        """
        try:
            return _from_url(url, only_tls=only_tls)
        except ValueError as error:
            # A ValueError of the library may quote the URL, and so the password.
            reason = error.args[0] if isinstance(error, _UrlError) else "it is not a URL like smtp://user:password@host"
            raise ValueError(f"LINK_SMTP: {reason}") from None

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Sends `message` to the address `recipient`. Returns when the server has accepted it.

        Raises NoMailbox when the server says that there is no such mailbox, Refused when it refuses this mail or our
        login, Unavailable when it did not accept the mail (safe to retry), and OutcomeUnknown when everything was sent
        and no reply came. The texts hold no e-mail address.
        """
        _Dialogue(self, message, on_the_wire(recipient)).run()

    @cached_property
    def tls_context(self) -> ssl.SSLContext:
        """Made once, because loading the certificates takes long."""
        return ssl.create_default_context(cafile=self.ca)


class _UrlError(ValueError):
    """Its text does not quote the URL."""


def _from_url(url: str, *, only_tls: bool) -> Smtp:
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/"):
        raise _UrlError("it starts with smtp:// or smtps://, followed by a host")
    is_local = parts.hostname in LOOPBACK
    starttls, timeout, ca = _options(parts.query, "never" if is_local else "required")
    smtp = Smtp(
        host=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 587),
        tls="immediate" if parts.scheme == "smtps" else "starttls" if starttls == "required" else "none",
        user=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
        ca=ca,
        timeout=timeout,
    )
    _check_login(smtp, is_local=is_local)
    if only_tls and smtp.tls == "none":
        raise _UrlError("in Google Cloud letters only go over TLS, because they name residents")
    return smtp


def _check_login(smtp: Smtp, *, is_local: bool) -> None:
    if smtp.user and smtp.tls == "none" and not is_local:
        raise _UrlError("a password is only sent over TLS")
    if not f"{smtp.user}{smtp.password}".isascii():
        raise _UrlError("smtplib can only log in with a user and a password in ASCII")


def _options(query: str, starttls: str) -> tuple[str, float, str | None]:
    options = {"starttls": starttls, "timeout": "10", "ca": "", **dict(parse_qsl(query, strict_parsing=bool(query)))}
    if len(options) > 3 or options["starttls"] not in {"required", "never"}:
        raise _UrlError("after the ? only starttls=required or never, timeout=seconds and ca=file may stand")
    if not re.fullmatch(r"\d{1,3}(\.\d+)?", options["timeout"]) or not float(options["timeout"]):
        raise _UrlError("timeout is a number of seconds, at most 999")
    if options["ca"] and not Path(options["ca"]).is_file():
        raise _UrlError("the file of ca is not there")
    return options["starttls"], float(options["timeout"]), options["ca"] or None


class _Answer(Exception):
    """The server refused a step of the dialogue."""

    def __init__(self, code: int, text: bytes | str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


class _Dialogue:
    """Sends one message over one connection. `step` is how far it came, which decides what a failure means.

    Goes step by step, because `smtplib.sendmail` does not tell whether a connection was lost before or after the end of
    the message.
    """

    def __init__(self, smtp: Smtp, message: EmailMessage, recipient: str) -> None:
        self.smtp = smtp
        self.sender = on_the_wire(message["From"].addresses[0].addr_spec)
        self.recipient = recipient
        self.international = not recipient.isascii()
        self.text = message.as_bytes(policy=ON_THE_WIRE.clone(utf8=self.international))
        self.step: Step = "connect"
        self.ends = time.monotonic() + 3 * smtp.timeout

    def run(self) -> None:
        """Sends the message. Raises the errors of `Smtp.send`."""
        connection = None
        try:
            connection = self._connect()
            self._log_in(connection)
            self._send_message(connection)
        except (smtplib.SMTPConnectError, smtplib.SMTPAuthenticationError) as error:
            raise self._error_of(error.smtp_code, error.smtp_error) from None
        except _Answer as answer:
            # `from None`, because the server's own words may hold the address.
            raise self._error_of(answer.code, answer.text) from None
        except OSError as error:
            raise self._error_without_answer(error) from error
        finally:
            if connection:
                _leave(connection, min(2, self.smtp.timeout))

    def _connect(self) -> smtplib.SMTP:
        to, own_name = (self.smtp.host, self.smtp.port), self.sender.rpartition("@")[2]
        if self.smtp.tls == "immediate":
            tls = self.smtp.tls_context
            connection: smtplib.SMTP = smtplib.SMTP_SSL(*to, own_name, timeout=self.smtp.timeout, context=tls)
        else:
            connection = smtplib.SMTP(*to, own_name, timeout=self.smtp.timeout)
        if connection.sock:  # Message and end are two writes. With Nagle's algorithm the second waits 40 ms.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _log_in(self, connection: smtplib.SMTP) -> None:
        self._ask(connection, "EHLO", connection.ehlo)
        if self.smtp.tls == "starttls":
            self._ask(connection, "STARTTLS", lambda: self._start_tls(connection))
            self._ask(connection, "EHLO", connection.ehlo)
        if self.smtp.user:
            user, password = self.smtp.user, self.smtp.password or ""
            self._ask(connection, "AUTH", lambda: connection.login(user, password))

    def _start_tls(self, connection: smtplib.SMTP) -> tuple[int, bytes | str]:
        """Returns a refusal like every other step; smtplib raises it."""
        try:
            return connection.starttls(context=self.smtp.tls_context)
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code, refused.smtp_error

    def _send_message(self, connection: smtplib.SMTP) -> None:
        options = [f"SIZE={len(self.text)}"] if connection.has_extn("size") else []
        if self.international:
            if not connection.has_extn("smtputf8"):
                raise Refused("the mail server does not offer SMTPUTF8, which this address needs")
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        self._ask(connection, "MAIL", lambda: connection.mail(self.sender, options))
        self._ask(connection, "RCPT", lambda: connection.rcpt(self.recipient))
        self._ask(connection, "DATA", lambda: connection.docmd("DATA"), wanted=3)
        self._begin(connection, "text")
        connection.send(re.sub(rb"(?m)^\.", b"..", self.text))
        # Until it has this whole line the server has no message (RFC 5321 4.1.1.4), so a failure up to here is safe.
        connection.send(b".\r\n")
        self._ask(connection, "answer", connection.getreply)

    def _ask(
        self, connection: smtplib.SMTP, step: Step, ask: Callable[[], tuple[int, bytes | str]], wanted: int = 2
    ) -> None:
        self._begin(connection, step)
        code, text = ask()
        if code // 100 != wanted:
            raise _Answer(code, text)

    def _begin(self, connection: smtplib.SMTP, step: Step) -> None:
        self.step = step
        left = self.ends - time.monotonic()
        seconds = left if step == "answer" else min(self.smtp.timeout, left - self.smtp.timeout)
        if seconds <= 0:
            raise TimeoutError("timed out")
        if connection.sock:
            connection.sock.settimeout(seconds)

    def _error_of(self, code: int, text: bytes | str) -> PeerError:
        """The error for a refused step. Before MAIL a refusal is not about this message, except of our login."""
        words = text if isinstance(text, str) else text.decode(errors="replace")
        reason = self._reason(f"{code} {words}", our_setting=self.step == "AUTH" or code == 530)
        if 500 <= code < 600 and self.step not in {"connect", "EHLO", "STARTTLS"}:
            nobody = self.step == "RCPT" and _NO_MAILBOX.match(words)
            return (NoMailbox if nobody else Refused)(reason, code=code)
        if self.step == "answer" and not 400 <= code < 500:
            return OutcomeUnknown(reason, code=code)
        return Unavailable(reason, code=code)

    def _error_without_answer(self, error: OSError) -> PeerError:
        """The error for a refused or lost connection, a time-out, or a certificate that is not trusted."""
        reason = self._reason(str(error), our_setting=self.step in {"connect", "STARTTLS", "AUTH"})
        return OutcomeUnknown(reason) if self.step == "answer" else Unavailable(reason)

    def _reason(self, words: str, *, our_setting: bool) -> str:
        words = f"{self.step}: {without_addresses(words, self.recipient)}"
        return f"LINK_SMTP: {words}" if our_setting else words


def _leave(connection: smtplib.SMTP, seconds: float) -> None:
    """Ends the dialogue. The outcome is known by now, so errors are ignored."""
    with suppress(OSError):
        if connection.sock:
            connection.sock.settimeout(seconds)
            connection.quit()
    connection.close()
