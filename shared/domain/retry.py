"""When to try again, as data: the one table of delays, and what each outcome means for the next attempt."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.work import Attempts
from shared.errors import (
    BlobDamaged,
    LinkError,
    NoRoom,
    OutcomeUnknown,
    PeerError,
    Refused,
    StoreError,
    TooFast,
    Unavailable,
)

# A peer that refuses an item may mail its staff each time: after three failed calls it is left alone for 15 minutes.
ITEM_DELAYS = (10, 60, 15 * 60, 30 * 60, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600, 24 * 3600)
# A peer that is down answers nobody, and the breaker spares it: the item can come back soon.
DOWN_DELAYS = (5, 15, 60, 120, 240)
# The same that was refused, sent to us once more: at once, for who mended the cause, and then ever less often.
SAME_AGAIN = (0, *ITEM_DELAYS[1:])
GIVE_UP_AFTER = timedelta(days=7)
TOO_FAST = 20.0  # seconds, when the peer does not say


@dataclass(frozen=True)
class Again:
    """Try again at `at` (UTC)."""

    at: datetime
    attempts: Attempts


@dataclass(frozen=True)
class GiveUp:
    """Only a person can mend it."""

    error: LinkError


def next_attempt(
    attempts: Attempts, error: LinkError, now: datetime, *, repeatable: bool, jitter: random.Random | None = None
) -> Again | GiveUp:
    """`repeatable`: an unknown outcome may be tried again without harm."""
    if isinstance(error, NoRoom):
        return Again(max(error.at, now), attempts)
    if isinstance(error, Refused | BlobDamaged) or (isinstance(error, OutcomeUnknown) and not repeatable):
        return GiveUp(error)
    first = attempts.first_failed_at or now
    failed = Attempts(failed=attempts.failed + 1, first_failed_at=first)
    if now - first >= GIVE_UP_AFTER:
        return GiveUp(error)
    if isinstance(error, TooFast):
        delay = TOO_FAST if error.retry_after is None else error.retry_after
        failed.failed = attempts.failed  # It is our pace that was wrong, not the item.
    else:
        delays = DOWN_DELAYS if _says_nothing_of_the_item(error) else ITEM_DELAYS
        delay = delays[min(attempts.failed, len(delays) - 1)]
        if isinstance(error, Unavailable) and error.retry_after:
            delay = max(delay, error.retry_after)
    spread = (jitter or random).uniform(1, 1.2)
    return Again(now + timedelta(seconds=delay * spread), failed)


def pause_before_same(refusals: int) -> timedelta:
    """`refusals`: how often the same content was refused and sent again before."""
    return timedelta(seconds=SAME_AGAIN[min(refusals, len(SAME_AGAIN) - 1)])


def _says_nothing_of_the_item(error: LinkError) -> bool:
    return isinstance(error, StoreError) or (isinstance(error, PeerError) and error.peer_is_down)
