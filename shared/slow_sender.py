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
    """Tells `waited_for` that this thread handles a request of `connection`."""
    _thread.connection = connection
    try:
        yield
    finally:
        del _thread.connection


@contextmanager
def waited_for(seconds: float) -> Iterator[None]:
    """Limits the reading of a request in this block to `seconds`.

    After that the connection can only be written to: reads end as if the client had hung up, and we can still answer.
    """
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
