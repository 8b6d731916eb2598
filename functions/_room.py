"""Room in memory for bodies larger than a form: one bound for all threads of this process."""

from __future__ import annotations

import threading
import time

from shared.errors import LinkError


class NoRoomInMemory(LinkError):
    """Too many large bodies at once. The same request may come again."""

    status = 503


class Room:
    """`most` bytes in at most `bodies` bodies. At most `waiting` threads wait for some, so that others are free."""

    def __init__(self, most: int, bodies: int, waiting: int) -> None:
        self._bytes, self._bodies, self._waiting = most, bodies, waiting
        self._changed = threading.Condition()

    def take(self, size: int, patience: float) -> None:
        """Waits for at most `patience` seconds. Raises NoRoomInMemory."""
        until = time.monotonic() + patience
        with self._changed:
            if not self._fits(size):
                self._wait(size, until)
            self._bytes -= size
            self._bodies -= 1

    def give_back(self, size: int) -> None:
        with self._changed:
            self._bytes += size
            self._bodies += 1
            self._changed.notify_all()

    def _fits(self, size: int) -> bool:
        return size <= self._bytes and self._bodies > 0

    def _wait(self, size: int, until: float) -> None:
        if self._waiting == 0:
            raise NoRoomInMemory
        self._waiting -= 1
        try:
            while not self._fits(size):
                left = until - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise NoRoomInMemory
        finally:
            self._waiting += 1
