"""A clock that a test moves. `sleep` moves it too and returns at once, so that a test can pass hours."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from shared.clock import to_text

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class TestClock:
    """Starts at `now` (UTC). Called, it gives its time in UTC."""

    __test__ = False  # pytest takes a class of this name for a test.

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def in_seconds(self, seconds: float) -> str:
        """The time so many seconds from now, as text in the form that the stores keep."""
        return to_text(self() + timedelta(seconds=seconds))

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)
