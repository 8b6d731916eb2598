"""How many of something are fine in a while: so many at once, and as many again spread over the time after it."""

from __future__ import annotations

from dataclasses import dataclass

_ROUNDING = 0.001  # seconds


@dataclass(frozen=True)
class Quota:
    """`most` in `seconds`. What was used is one moment, in seconds since 1970: when all of it is there again."""

    most: int
    seconds: float

    def use(self, used_until: float, now: float, count: int = 1) -> float:
        """What is used when `count` more are taken."""
        return max(used_until, now) + count * self.seconds / self.most

    def wait(self, used_until: float, now: float) -> float:
        """Seconds until one more fits; 0 when it does."""
        return self.over(self.use(used_until, now), now)

    def over(self, used_until: float, now: float) -> float:
        """Seconds until what is used fits in the quota; 0 when it does."""
        wait = used_until - now - self.seconds
        return wait if wait > _ROUNDING else 0.0
