"""Memory for bodies larger than a form: one budget for all threads of this process."""

from __future__ import annotations

import threading
import time

from shared.errors import LinkError


class NoRoomInMemory(LinkError):
    """Too many large bodies at once. The caller may repeat the request."""

    status = 503


class Room:
    """A budget of `most` bytes for at most `bodies` bodies.

    At most `waiting` threads wait for a part of it, so that the other threads keep serving small requests.
    """

    def __init__(self, most: int, bodies: int, waiting: int) -> None:
        self._bytes, self._bodies, self._waiting = most, bodies, waiting
        self._changed = threading.Condition()

    def take(self, size: int, patience: float) -> None:
        """Reserves `size` bytes; waits for them at most `patience` seconds. Raises NoRoomInMemory."""
        until = time.monotonic() + patience
        with self._changed:
            if not self._fits(size):
                self._wait(size, until)
            self._bytes -= size
            self._bodies -= 1

    def give_back(self, size: int) -> None:
        """Ends a reservation. `size` is the number of bytes given to `take`."""
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
