"""A gunicorn worker that gives a request a thread only when it has arrived, so that slow clients block no threads.

Like nginx in front of an application: the worker's event loop buffers the head of each request, and its body up to the
size of a form. A larger body is read in the thread, with the time limit of `slow_sender.py`. The functions framework
passes no hooks or worker classes to gunicorn, so `serve_patiently` replaces gunicorn's threaded worker itself.
`infra/local` serves with werkzeug, which has none of this.
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

from shared.ending import ENDING
from shared.slow_sender import LARGEST_GATHERED, serving

FOR_HEAD = 5.0  # seconds for all headers together, from the start of the request
FOR_BODY = 10.0  # seconds for headers and body of a request that is buffered here, from the start of the request
FOR_GOODBYE = 15.0  # seconds after our response in which a client may go on sending before we close
LARGEST_HEAD = 64 * 1024  # bytes
_MOST_DROPPED = 33 * 1024 * 1024  # bytes to read and drop after our response; Cloud Run accepts requests of 32 MiB
_PART = 64 * 1024  # bytes to read at a time
_CLOSED_FOR_ROOM = 16  # connections to close when file descriptors are used up; threads need some too
_SEND_BUFFER = 512 * 1024  # bytes; a whole response fits, so a client that does not read blocks no thread
_M_MMAP_THRESHOLD, _LARGE_BLOCK = -3, 1024 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*(?=\r\n)", re.IGNORECASE)
_UNKNOWN_LENGTH = re.compile(rb"\r\n(?:transfer-encoding|expect)[ \t]*:", re.IGNORECASE)


def serve_patiently() -> None:
    """Replaces gunicorn's threaded worker by BufferingWorker, for every server that starts after this."""
    gthread.ThreadWorker = BufferingWorker
    _give_memory_back()


def _give_memory_back() -> None:
    """Makes glibc return large freed blocks to the system.

    Its default threshold grows to 32 MiB as blocks are freed, and what lies below is kept per thread: 1.2 GiB in all.
    """
    with suppress(AttributeError, OSError):  # This C library is not glibc.
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)


class _Waiting:
    """A connection that the event loop handles: its request is being buffered, or it is being closed.

    `since` and `until` are of `time.monotonic`. `wanted` is the size in bytes of the request to buffer, 0 while its
    head is incomplete. `dropped` counts the bytes that were read and ignored after our response.
    """

    def __init__(self, connection: Any, seconds: float) -> None:
        self.connection = connection
        self.since = time.monotonic()
        self.until = self.since + seconds
        self.received = bytearray()
        self.looked_at = 0
        self.wanted = 0
        self.dropped = 0

    def add(self, part: bytes) -> None:
        """Buffers what was received. Extends the time limit once the head is complete."""
        self.received += part
        if self.wanted:
            return
        end = self.received.find(b"\r\n\r\n", max(0, self.looked_at - 3))
        self.looked_at = len(self.received)
        if end >= 0:
            self.wanted = end + 4 + _body_to_buffer(bytes(self.received[: end + 4]))
            self.until = self.since + FOR_BODY

    @property
    def is_complete(self) -> bool:
        return 0 < self.wanted <= len(self.received)

    @property
    def is_too_large(self) -> bool:
        return not self.wanted and len(self.received) > LARGEST_HEAD


def _body_to_buffer(head: bytes) -> int:
    """Bytes of the body to buffer; 0 for a body that is large or of unknown length.

    A head that is wrong gives 0 too, and is refused by gunicorn.
    """
    lengths = _LENGTH.findall(head)
    if len(lengths) != 1 or _UNKNOWN_LENGTH.search(head):
        return 0
    length = int(lengths[0].lstrip(b"0")[:9] or b"0")  # gunicorn accepts leading zeros too.
    return length if length <= LARGEST_GATHERED else 0


class BufferingWorker(gthread.ThreadWorker):  # type: ignore[misc]  # (gunicorn has no types)
    """gunicorn's threaded worker, with another way to receive requests and to close connections.

    Overrides methods that gunicorn calls; several are not public, so requirements.in keeps gunicorn below 28.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cfg.set("forwarder_headers", "")  # Ignore SCRIPT_NAME headers: a wrong one would be a 500.
        self._waiting: dict[Any, _Waiting] = {}
        self._dropped = bytearray(_PART)

    def handle_exit(self, *signal: object) -> None:
        """On SIGTERM. Begins the shutdown of `shared/ending.py` too."""
        ENDING.begin()
        super().handle_exit(*signal)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answers an unknown transfer coding with 400 instead of gunicorn's 501, because the client is wrong."""
        refused = InvalidHeader("TRANSFER-ENCODING") if isinstance(exc, UnsupportedTransferCoding) else exc
        super().handle_error(req, client, addr, refused)

    def accept(self, listener: socket.socket) -> None:
        """Closes the connections that wait longest when there are no file descriptors left for the next one.

        gunicorn's own worker would end with the error.
        """
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in {errno.EMFILE, errno.ENFILE}:
                raise
            for waiting in list(self._waiting.values())[:_CLOSED_FOR_ROOM]:
                self._close(waiting)

    def enqueue_req(self, conn: Any) -> None:
        """Starts to buffer the next request of a connection, which gunicorn would hand to a thread here.

        On a kept-alive connection gunicorn may have read the beginning of that request already.
        """
        if conn.parser is None:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
            conn.initialized = True
        waiting = _Waiting(conn, FOR_HEAD)
        waiting.add(conn.parser.unreader.take_buffered())
        self._wait(waiting, self._buffer)

    def _wait(self, waiting: _Waiting, more: Callable[[_Waiting, socket.socket], None]) -> None:
        conn = waiting.connection
        conn.sock.setblocking(False)
        self._waiting[conn] = waiting
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._go_on, waiting, more))
        more(waiting, conn.sock)

    def _go_on(
        self, waiting: _Waiting, more: Callable[[_Waiting, socket.socket], None], connection: socket.socket
    ) -> None:
        """Skips a connection that was closed by an earlier event of the same round."""
        if self._waiting.get(waiting.connection) is waiting:
            more(waiting, connection)

    def _buffer(self, waiting: _Waiting, connection: socket.socket) -> None:
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
        self._close_gracefully(waiting.connection)

    def handle(self, conn: Any) -> Any:
        """Runs in a thread. Tells `slow_sender.py` which connection the thread serves."""
        with serving(conn.sock):
            return super().handle(conn)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Keeps a connection only when the rest of its request's body, which nobody read, is here already."""
        return bool(keepalive and conn.parser.finish_body(deadline=time.monotonic() + 0.05))

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        """After a response. A connection that is not kept alive is closed gracefully instead of at once."""
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            self._close_gracefully(conn)

    def _close_gracefully(self, conn: Any) -> None:
        """Ends our side and reads on until the client closes too, or FOR_GOODBYE is over.

        Closed at once, the connection is reset and a client that is still sending loses our response (RFC 9112 9.6).
        """
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
        if not size or waiting.dropped > _MOST_DROPPED:
            self._close(waiting)

    def murder_pending(self) -> None:
        """Called by gunicorn about once a second. Ends the connections whose time limit is over.

        During a shutdown, or when the worker has its most connections, a second is the limit.
        """
        super().murder_pending()
        now = time.monotonic()
        is_full = not self.alive or self.nr_conns >= self.worker_connections
        for waiting in list(self._waiting.values()):
            late = now > waiting.until or (is_full and now > waiting.since + 1)
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
