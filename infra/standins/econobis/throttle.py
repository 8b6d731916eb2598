"""Laravel's `throttle:60,1`: 60 calls a minute per IP address, for all of `/api` (docs/peers/econobis.md 4.1)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

WINDOW_SECONDS = 60


class TooManyError(Exception):
    """Too many calls. `headers` holds the headers of the answer 429."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("Too Many Attempts.")
        self.headers = headers


@dataclass
class Throttle:
    """Counts calls per address. A minute starts with the first call; every answer counts except a 429."""

    calls_per_minute: int = 60
    _windows: dict[str, tuple[int, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, address: str, now: datetime) -> dict[str, str]:
        """The headers for the answer. Raises TooManyError when the address has used up its calls of this minute."""
        second = int(now.timestamp())
        with self._lock:
            started, calls = self._windows.get(address, (second, 0))
            if not 0 <= second - started < WINDOW_SECONDS:
                started, calls = second, 0
            if calls >= self.calls_per_minute:
                free_at = started + WINDOW_SECONDS
                reset = {"Retry-After": str(free_at - second), "X-RateLimit-Reset": str(free_at)}
                raise TooManyError({**self._headers(0), **reset})
            self._windows[address] = (started, calls + 1)
            return self._headers(self.calls_per_minute - calls - 1)

    def forget(self) -> None:
        """Gives every address its full number of calls again."""
        with self._lock:
            self._windows.clear()

    def _headers(self, remaining: int) -> dict[str, str]:
        return {"X-RateLimit-Limit": str(self.calls_per_minute), "X-RateLimit-Remaining": str(remaining)}
