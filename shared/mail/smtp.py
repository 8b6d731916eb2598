"""Sends one e-mail over SMTP, and knows afterwards whether it was taken. `build` makes the message."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from shared.errors import OutcomeUnknown, PeerError, Refused, Unavailable
from shared.mail.address import Address, on_the_wire, without_addresses
from shared.mail.headers import ON_THE_WIRE
from shared.mail.message import Rendered

LOOPBACK = {"127.0.0.1", "::1", "localhost"}

_NO_MAILBOX = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.[0-3])\b")  # RFC 3463 3.2, 3.3: of the address, not of us.

Step = Literal["connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "text", "answer"]


def build(  # noqa: PLR0913 - each is a header or a part
    rendered: Rendered,
    *,
    sender: Address,
    recipient: Address,
    reply_to: str | None,
    message_id: str,
    date: datetime,
    calendar: bytes | None = None,
) -> EmailMessage:
    """Text, HTML and, with `calendar`, the appointment: once for mail clients that show it, once as a file to open.

    `message_id` is the id of the item that is mailed (letters, digits and `.-_`, at most 100): the same item sent
    again has the same Message-ID, so that a receiver can see it. `date` is aware. Raises Refused when an address is
    not one, and ValueError for another id.
    """
    if not re.fullmatch(r"[\w.-]{1,100}", message_id, re.ASCII):
        raise ValueError("a message id is made of letters, digits and .-_")
    message = EmailMessage(policy=ON_THE_WIRE)
    message["From"] = sender.header()
    message["To"] = recipient.header()
    if reply_to:
        message["Reply-To"] = Address("", reply_to).header()
    message["Subject"] = rendered.subject
    message["Date"] = date
    message["Message-ID"] = f"<{message_id}@{sender.header().domain}>"
    message["Auto-Submitted"] = "auto-generated"
    # Not "All", which also keeps away the notice that a mail could not be delivered.
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    if calendar:
        _add_calendar(message, calendar)
    return message


def _add_calendar(message: EmailMessage, calendar: bytes) -> None:
    method = "CANCEL" if b"\r\nMETHOD:CANCEL\r\n" in calendar else "REQUEST"
    message.add_alternative(calendar.decode(), subtype="calendar", cte="base64", params={"method": method})
    message.add_attachment(calendar, maintype="application", subtype="ics", filename="afspraak.ics")


@dataclass(frozen=True)
class Smtp:
    """A mail server; connects when something is sent, once per message.

    `timeout` is seconds for each step of the dialogue, and a third of what the whole may take. The answer to the mail
    itself gets all that is left, because a server may scan it first, and to give up there leaves the outcome unknown.
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "immediate"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: str | None = None
    timeout: float = 10.0

    @classmethod
    def from_url(cls, url: str) -> Smtp:
        """`smtp://user:password@host:587?starttls=required&timeout=10`, or `smtps://` for TLS from the start.

        User and password are percent-encoded. STARTTLS is required unless the host is this machine or the URL says
        `starttls=never`; a password is never sent without TLS to another machine. The server's certificate is always
        verified, against `ca` (a PEM file) when given. Raises ValueError, which holds nothing of the URL.
        """
        try:
            return _from_url(url)
        except ValueError as error:
            # The reason of a ValueError of the library would hold a part of the URL, and so maybe of the password.
            reason = error.args[0] if isinstance(error, _UrlError) else "it is not a URL like smtp://user:password@host"
            raise ValueError(f"LINK_SMTP: {reason}") from None

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hands `message` to the server for `recipient`, an address. Returned: the server has taken it.

        Raises Refused (the server said no to this mail, or to our login), Unavailable (it did not take it; safe to
        repeat) and OutcomeUnknown (all was sent, and no answer came). Their texts hold no address.
        """
        _Dialogue(self, message, on_the_wire(recipient)).run()

    @cached_property
    def tls_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)


class NoMailbox(Refused):
    """There is no such mailbox, says the server; other mail it may well take."""


class _UrlError(ValueError): ...


def _from_url(url: str) -> Smtp:
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/"):
        raise _UrlError("it starts with smtp:// or smtps://, followed by a host")
    local = parts.hostname in LOOPBACK
    starttls, timeout, ca = _options(parts.query, "never" if local else "required")
    smtp = Smtp(
        host=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 587),
        tls="immediate" if parts.scheme == "smtps" else "starttls" if starttls == "required" else "none",
        user=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
        ca=ca,
        timeout=timeout,
    )
    if smtp.user and smtp.tls == "none" and not local:
        raise _UrlError("a password is only sent over TLS")
    if not f"{smtp.user}{smtp.password}".isascii():
        raise _UrlError("smtplib can only log in with a user and a password in ASCII")
    return smtp


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
    """The server answered a step with something else than yes."""

    def __init__(self, code: int, text: bytes | str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


class _Dialogue:
    """One message over one connection; `step` is how far it came, which decides what a failure means.

    Driven step by step, because `smtplib.sendmail` does not tell a connection that was lost before the end of the text
    from one that was lost after it.
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
        connection = None
        try:
            connection = self._connect()
            self._greet(connection)
            self._hand_over(connection)
        except (smtplib.SMTPConnectError, smtplib.SMTPAuthenticationError) as error:
            raise self._answered(error.smtp_code, error.smtp_error) from None
        except _Answer as answer:
            # The chain ends here: a server's own words may hold the address.
            raise self._answered(answer.code, answer.text) from None
        except OSError as error:
            raise self._silent(error) from error
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
        if connection.sock:  # The text and its end are two writes: without this the second waits 40 ms for the first.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _greet(self, connection: smtplib.SMTP) -> None:
        self._ask(connection, "EHLO", connection.ehlo)
        if self.smtp.tls == "starttls":
            self._ask(connection, "STARTTLS", lambda: self._start_tls(connection))
            self._ask(connection, "EHLO", connection.ehlo)
        if self.smtp.user:
            user, password = self.smtp.user, self.smtp.password or ""
            self._ask(connection, "AUTH", lambda: connection.login(user, password))

    def _start_tls(self, connection: smtplib.SMTP) -> tuple[int, bytes | str]:
        """smtplib raises what it returns for every other step."""
        try:
            return connection.starttls(context=self.smtp.tls_context)
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code, refused.smtp_error

    def _hand_over(self, connection: smtplib.SMTP) -> None:
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
        # Without the whole of this line the server has no message (RFC 5321 4.1.1.4), so a failure up to here is safe.
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

    def _answered(self, code: int, text: bytes | str) -> PeerError:
        """What an answer other than yes means. A no to our connection says nothing about this mail, but for a login."""
        words = text if isinstance(text, str) else text.decode(errors="replace")
        reason = self._reason(f"{code} {words}", our_setting=self.step == "AUTH" or code == 530)
        if 500 <= code < 600 and self.step not in {"connect", "EHLO", "STARTTLS"}:
            nobody = self.step == "RCPT" and _NO_MAILBOX.match(words)
            return (NoMailbox if nobody else Refused)(reason, code=code)
        if self.step == "answer" and not 400 <= code < 500:
            return OutcomeUnknown(reason, code=code)
        return Unavailable(reason, code=code)

    def _silent(self, error: OSError) -> PeerError:
        """No answer that can be read: refused connections, TLS that cannot be trusted, time-outs, lost connections."""
        reason = self._reason(str(error), our_setting=self.step in {"connect", "STARTTLS", "AUTH"})
        return OutcomeUnknown(reason) if self.step == "answer" else Unavailable(reason)

    def _reason(self, words: str, *, our_setting: bool) -> str:
        words = f"{self.step}: {without_addresses(words, self.recipient)}"
        return f"LINK_SMTP: {words}" if our_setting else words


def _leave(connection: smtplib.SMTP, seconds: float) -> None:
    """The message's fate is known by now, so a server that is slow or rude at the end changes nothing."""
    with suppress(OSError):
        if connection.sock:
            connection.sock.settimeout(seconds)
            connection.quit()
    connection.close()
