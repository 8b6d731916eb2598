"""A quota as a leaky bucket: all of it may be used at once, and uses become free again at a steady rate."""

from __future__ import annotations

from dataclasses import dataclass

_ROUNDING = 0.001  # seconds


@dataclass(frozen=True)
class Quota:
    """At most `most` in `seconds`.

    The state is one number, `used_until`: the moment at which the whole quota is free again, in seconds since 1970.
    """

    most: int
    seconds: float

    def use(self, used_until: float, now: float, count: int = 1) -> float:
        """The new `used_until` after taking `count` more at `now`. It does not check whether they fit."""
        return max(used_until, now) + count * self.seconds / self.most

    def wait(self, used_until: float, now: float) -> float:
        """Seconds until one more fits; 0 when it fits now."""
        return self.over(self.use(used_until, now), now)

    def over(self, used_until: float, now: float) -> float:
        """Seconds until the use fits in the quota; 0 when it fits now."""
        wait = used_until - now - self.seconds
        return wait if wait > _ROUNDING else 0.0
