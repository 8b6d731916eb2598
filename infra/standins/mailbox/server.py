"""The SMTP server of the mailbox: aiosmtpd in a thread. It answers with a fault when the mailbox has one."""

from __future__ import annotations

import asyncio
import functools
import hmac
import logging
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from infra.standins.mailbox.box import Mailbox

TEN_MINUTES = 600  # seconds


def start(
    path: Path | None,
    smtp_port: int = 0,
    *,
    tls: ssl.SSLContext | None = None,
    immediate: bool = False,
    login: tuple[str, str] | None = None,
) -> Mailbox:
    """Serves on 127.0.0.1 in a daemon thread; port 0 takes a free one (`Mailbox.address`).

    With `tls` it offers STARTTLS, or speaks TLS from the start when `immediate`. With `login` (user, password) it
    accepts mail only after that login, which it offers only over TLS.
    """
    # aiosmtpd logs every sender and recipient otherwise.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    mailbox = Mailbox(path)
    options: dict[str, Any] = {"hostname": "localhost", "ident": "mailbox", "enable_SMTPUTF8": True}
    if login:
        options |= {"auth_required": not immediate, "auth_require_tls": not immediate, "authenticator": _only(*login)}
    if not immediate:
        options["tls_context"] = tls
    loop = asyncio.new_event_loop()
    session = functools.partial(_Session, mailbox, loop=loop, **options)
    listening = loop.create_server(session, "127.0.0.1", smtp_port, ssl=tls if immediate else None)
    server = loop.run_until_complete(listening)
    mailbox.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name=f"smtp-{mailbox.port}", daemon=True)
    thread.start()
    mailbox.stop = functools.partial(_stop, loop, server, thread)
    return mailbox


def _stop(loop: asyncio.AbstractEventLoop, server: asyncio.Server, thread: threading.Thread) -> None:
    async def close() -> None:
        server.close()
        sessions = asyncio.all_tasks() - {asyncio.current_task()}
        for session in sessions:
            session.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(close(), loop).result(timeout=5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def _only(user: str, password: str) -> Callable[..., AuthResult]:
    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and hmac.compare_digest(data.password, password.encode())
        return AuthResult(success=right and data.login == user.encode(), handled=False)

    return check


Step = Callable[["_Session", str | None], Awaitable[None]]


def _faulty(name: str) -> Step:
    """Wraps the method of aiosmtpd that handles this SMTP command, so that a fault of the mailbox can answer first."""
    step: Step = getattr(SMTP, f"smtp_{name}")

    @functools.wraps(step)
    async def run(self: _Session, argument: str | None) -> None:
        answer = await self.strike(name)
        if answer is None:
            await step(self, argument)
        else:
            await self.push(answer)

    return run


class _Session(SMTP):
    """One connection. Each SMTP command first asks the mailbox for a fault."""

    def __init__(self, mailbox: Mailbox, **options: Any) -> None:
        self.mailbox = mailbox
        super().__init__(_Letters(mailbox), **options)

    smtp_EHLO = _faulty("EHLO")  # noqa: N815 (aiosmtpd looks the step up by this name)
    smtp_STARTTLS = _faulty("STARTTLS")  # noqa: N815 (aiosmtpd looks the step up by this name)
    smtp_AUTH = _faulty("AUTH")  # noqa: N815 (aiosmtpd looks the step up by this name)
    smtp_MAIL = _faulty("MAIL")  # noqa: N815 (aiosmtpd looks the step up by this name)
    smtp_RCPT = _faulty("RCPT")  # noqa: N815 (aiosmtpd looks the step up by this name)
    smtp_DATA = _faulty("DATA")  # noqa: N815 (aiosmtpd looks the step up by this name)

    async def _handle_client(self) -> None:
        try:
            answer = await self.strike("connect")
        except asyncio.CancelledError:
            self._writer.close()
            raise
        if answer is None:
            await super()._handle_client()
        else:
            await self.push(answer)
            self._writer.close()

    async def strike(self, step: str) -> str | None:
        """Takes the fault for this SMTP command. Returns the answer to send, or None when aiosmtpd has to handle it."""
        fault = self.mailbox.take_fault(step)
        if fault is None:
            return None
        if fault.kind == "tls_refused":
            return "454 TLS not available"
        if fault.kind == "reply":
            return fault.reply()
        if fault.kind == "lost_answer" and self.envelope:
            self.mailbox.keep(self.envelope)
        if fault.kind != "hang":
            self.drop()
        await asyncio.sleep(fault.seconds or TEN_MINUTES)
        return None

    def drop(self) -> NoReturn:
        """Resets the TCP connection, so that the sender gets no answer. Ends the session."""
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        # The only exception on which aiosmtpd ends a session without an answer.
        raise asyncio.CancelledError


class _Letters:
    """aiosmtpd calls `handle_DATA` when a whole message has arrived."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, server: _Session, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (fixed)
        answer = await server.strike("DATA end")
        if answer is None:
            self.mailbox.keep(envelope)
        return answer or "250 OK"
