"""How gunicorn serves the functions here: a request takes a thread when it has come in, and not while it is being sent.

The functions framework hands none of gunicorn's hooks through, so its threaded worker is replaced. What strangers send
slowly is gathered in the worker's own loop, which costs no thread: the head of each request, and a body of the size of
a form. `slow_sender.py` waits for what is larger. `infra/local` serves with werkzeug, and there none of this holds.
"""

from __future__ import annotations

import ctypes
import errno
import re
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.http import get_parser
from gunicorn.http.errors import InvalidHeader, UnsupportedTransferCoding
from gunicorn.workers import gthread

from shared.slow_sender import LARGEST_GATHERED, serving
from shared.work.ending import ENDING

FOR_HEAD = 5.0  # seconds for the whole of the headers, however steadily they drip
FOR_BODY = 10.0  # seconds for head and body of a request that is gathered here
FOR_GOODBYE = 15.0  # seconds in which a caller who still sends may come to read our answer
LARGEST_HEAD = 64 * 1024
_MOST_PASSED_OVER = 33 * 1024 * 1024  # bytes; Cloud Run lets no more than 32 MiB through
_PART = 64 * 1024
_MADE_ROOM_FOR = 16  # callers; threads need file descriptors too
_ROOM_FOR_ANSWER = 512 * 1024  # bytes that the system takes over from us, so that who does not read costs no thread
_M_MMAP_THRESHOLD, _LARGE_BLOCK = -3, 1024 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*(?=\r\n)", re.IGNORECASE)
_UNFORESEEABLE = re.compile(rb"\r\n(?:transfer-encoding|expect)[ \t]*:", re.IGNORECASE)


def serve_patiently() -> None:
    """From now on gunicorn's threaded worker is ours."""
    gthread.ThreadWorker = PatientWorker
    _give_memory_back()


def _give_memory_back() -> None:
    """glibc learns from blocks that are freed, and then keeps those of up to 32 MiB for each thread: 1.2 GiB in all."""
    with suppress(AttributeError, OSError):  # Another C library has no such habit.
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)


class _Waiting:
    """A connection that no thread serves: of its request something is missing, or it is being closed."""

    def __init__(self, connection: Any, seconds: float) -> None:
        self.connection = connection
        self.since = time.monotonic()
        self.until = self.since + seconds
        self.received = bytearray()
        self.looked_at = 0
        self.wanted = 0  # bytes in all, once the head is complete
        self.dropped = 0

    def add(self, part: bytes) -> None:
        self.received += part
        if self.wanted:
            return
        end = self.received.find(b"\r\n\r\n", max(0, self.looked_at - 3))
        self.looked_at = len(self.received)
        if end >= 0:
            self.wanted = end + 4 + _to_gather(bytes(self.received[: end + 4]))
            self.until = self.since + FOR_BODY

    @property
    def is_complete(self) -> bool:
        return 0 < self.wanted <= len(self.received)

    @property
    def is_too_large(self) -> bool:
        return not self.wanted and len(self.received) > LARGEST_HEAD


def _to_gather(head: bytes) -> int:
    """Bytes of the body that are waited for. What cannot be understood is left to gunicorn, which refuses it."""
    lengths = _LENGTH.findall(head)
    if len(lengths) != 1 or _UNFORESEEABLE.search(head):
        return 0
    length = int(lengths[0].lstrip(b"0")[:9] or b"0")  # gunicorn minds no zeros either.
    return length if length <= LARGEST_GATHERED else 0


class PatientWorker(gthread.ThreadWorker):  # type: ignore[misc]
    """gunicorn's own, but for who is waited for in a thread, and how a connection ends."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cfg.set("forwarder_headers", "")  # No header says under what path we are: a wrong one is a 500.
        self._waiting: dict[Any, _Waiting] = {}
        self._dropped = bytearray(_PART)

    def handle_exit(self, *signal: object) -> None:
        ENDING.begin()
        super().handle_exit(*signal)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """A transfer coding that nobody knows is the caller's fault, and no 501."""
        refused = InvalidHeader("TRANSFER-ENCODING") if isinstance(exc, UnsupportedTransferCoding) else exc
        super().handle_error(req, client, addr, refused)

    def accept(self, listener: socket.socket) -> None:
        """Without a file descriptor for the next caller those who wait longest go: gunicorn's worker would end."""
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in {errno.EMFILE, errno.ENFILE}:
                raise
            for waiting in list(self._waiting.values())[:_MADE_ROOM_FOR]:
                self._close(waiting)

    def enqueue_req(self, conn: Any) -> None:
        """Also of a connection that was kept alive, whose next request may have begun."""
        if conn.parser is None:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM_FOR_ANSWER)
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
            conn.initialized = True
        waiting = _Waiting(conn, FOR_HEAD)
        waiting.add(conn.parser.unreader.take_buffered())
        self._wait(waiting, self._gather)

    def _wait(self, waiting: _Waiting, more: Callable[[_Waiting, socket.socket], None]) -> None:
        conn = waiting.connection
        conn.sock.setblocking(False)
        self._waiting[conn] = waiting
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._go_on, waiting, more))
        more(waiting, conn.sock)

    def _go_on(
        self, waiting: _Waiting, more: Callable[[_Waiting, socket.socket], None], connection: socket.socket
    ) -> None:
        """Of the events that come in one go an earlier one may have closed it."""
        if self._waiting.get(waiting.connection) is waiting:
            more(waiting, connection)

    def _gather(self, waiting: _Waiting, connection: socket.socket) -> None:
        ended = False
        try:
            part = connection.recv(_PART)
            waiting.add(part)
            ended = not part
        except BlockingIOError:
            pass
        except OSError:
            ended = True
        if waiting.is_complete:
            self._serve(waiting)
        elif waiting.is_too_large:
            self._refuse(waiting, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif ended:
            self._close(waiting)

    def _serve(self, waiting: _Waiting) -> None:
        self._forget(waiting)
        waiting.connection.parser.unreader.unread(bytes(waiting.received))
        super().enqueue_req(waiting.connection)

    def _refuse(self, waiting: _Waiting, status: HTTPStatus) -> None:
        self._forget(waiting)
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        with suppress(OSError):
            waiting.connection.sock.send(head.encode())
        self._say_goodbye(waiting.connection)

    def handle(self, conn: Any) -> Any:
        with serving(conn.sock):
            return super().handle(conn)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """What is left of a body is not waited for in this thread."""
        return bool(keepalive and conn.parser.finish_body(deadline=time.monotonic() + 0.05))

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            self._say_goodbye(conn)

    def _say_goodbye(self, conn: Any) -> None:
        """Closed at once, our answer would be lost to a caller who is still sending (RFC 9112, 9.6)."""
        waiting = _Waiting(conn, FOR_GOODBYE)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        self._wait(waiting, self._drop)

    def _drop(self, waiting: _Waiting, connection: socket.socket) -> None:
        try:
            size = connection.recv_into(self._dropped)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        waiting.dropped += size
        if not size or waiting.dropped > _MOST_PASSED_OVER:
            self._close(waiting)

    def murder_pending(self) -> None:
        """Called about once a second."""
        super().murder_pending()
        now = time.monotonic()
        is_wanted = not self.alive or self.nr_conns >= self.worker_connections
        for waiting in list(self._waiting.values()):
            late = now > waiting.until or (is_wanted and now > waiting.since + 1)
            if late and waiting.received:
                self._refuse(waiting, HTTPStatus.REQUEST_TIMEOUT)
            elif late:
                self._close(waiting)

    def _forget(self, waiting: _Waiting) -> None:
        self.poller.unregister(waiting.connection.sock)
        del self._waiting[waiting.connection]

    def _close(self, waiting: _Waiting) -> None:
        self._forget(waiting)
        self.nr_conns -= 1
        waiting.connection.close()
