"""A time limit on reading the body of a request, against clients that send slowly and so keep a thread busy.

`serving.py` tells which connection a thread serves. A server that does not, as in a local run, has no time limit.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LARGEST_GATHERED = 64 * 1024
"""Bytes. A smaller body is buffered before a thread starts on its request (`serving.py`). A form is not larger."""

_thread = threading.local()


@contextmanager
def serving(connection: socket.socket) -> Iterator[None]:
    """Within it this thread handles a request of `connection`."""
    _thread.connection = connection
    try:
        yield
    finally:
        del _thread.connection


@contextmanager
def waited_for(seconds: float) -> Iterator[None]:
    """Within it, after `seconds`, reading the request ends as if the client had hung up. It can still be answered."""
    connection: socket.socket | None = getattr(_thread, "connection", None)
    if connection is None:
        yield
        return
    timer = threading.Timer(seconds, _read_no_further, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read_no_further(connection: socket.socket) -> None:
    with suppress(OSError):  # It may be closed already.
        connection.shutdown(socket.SHUT_RD)
