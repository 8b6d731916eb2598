"""Whoever sends its request slowly is waited for until a set time; then our end of the connection reads no further.

`serving.py` says which connection a thread serves. Where nothing does, as in a local run, nobody is cut off.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LARGEST_GATHERED = 64 * 1024  # bytes of a body that is here before a thread begins on it; a form is not larger

_thread = threading.local()


@contextmanager
def serving(connection: socket.socket) -> Iterator[None]:
    """This thread handles a request of this connection."""
    _thread.connection = connection
    try:
        yield
    finally:
        del _thread.connection


@contextmanager
def waited_for(seconds: float) -> Iterator[None]:
    """After so many seconds the request ends where it is, as if the sender had hung up. It can still be answered."""
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
