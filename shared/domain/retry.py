"""When to try again: the table of delays, and what each error means for the next attempt."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.advice import code_of
from shared.domain.work import Attempts, Job, Parked
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

# Seconds until the next attempt after each failure. Econobis may mail its staff each time, so the third pause is long.
ITEM_DELAYS = (10, 60, 15 * 60, 30 * 60, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600, 24 * 3600)
# The same when the peer as a whole is down: the breaker keeps calls away from it, so an attempt costs it nothing.
DOWN_DELAYS = (5, 15, 60, 120, 240)
# Seconds to wait before content that was refused is tried again because its sender sent it once more: the first time at
# once, since the cause may have been mended, and then less and less often.
SAME_AGAIN = (0, *ITEM_DELAYS[1:])
GIVE_UP_AFTER = timedelta(days=7)
TOO_FAST = 20.0  # seconds, when the peer does not name a delay


@dataclass(frozen=True)
class Again:
    """Try again at `at` (UTC)."""

    at: datetime
    attempts: Attempts


@dataclass(frozen=True)
class GiveUp:
    """Only a person can mend it."""

    error: LinkError


def try_later(job: Job, error: LinkError, now: datetime, *, repeatable: bool = False) -> None:
    """Schedules the next attempt of a job that failed with `error`, or parks it.

    A job that was parked because its outcome was unknown goes back to work when a late answer says that it failed.
    `repeatable`: the call may be made again although its outcome is unknown.
    """
    decision = next_attempt(job.attempts, error, now, repeatable=repeatable)
    if isinstance(decision, GiveUp):
        job.park(parked(decision.error, now))
    else:
        job.unpark()
        job.attempts = decision.attempts
        job.schedule(decision.at)


def parked(error: LinkError, now: datetime) -> Parked:
    """A job that `error` ended, as a dead letter since `now` (UTC)."""
    reason = getattr(error, "reason", str(error)) or type(error).__name__
    return Parked(code=code_of(error), reason=reason, at=now, unknown=isinstance(error, OutcomeUnknown))


def next_attempt(
    attempts: Attempts, error: LinkError, now: datetime, *, repeatable: bool, jitter: random.Random | None = None
) -> Again | GiveUp:
    """Decides what follows after `error`. `now` is UTC; `repeatable` as in `try_later`."""
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
        failed.failed = attempts.failed  # Our pace was wrong; the item may be fine.
    else:
        delays = DOWN_DELAYS if _says_nothing_of_the_item(error) else ITEM_DELAYS
        delay = delays[min(attempts.failed, len(delays) - 1)]
        if isinstance(error, Unavailable) and error.retry_after:
            delay = max(delay, error.retry_after)
    spread = (jitter or random).uniform(1, 1.2)
    return Again(now + timedelta(seconds=delay * spread), failed)


def pause_before_same(refusals: int) -> timedelta:
    """How long to wait with content that was refused and is sent again, `refusals` times before."""
    return timedelta(seconds=SAME_AGAIN[min(refusals, len(SAME_AGAIN) - 1)])


def _says_nothing_of_the_item(error: LinkError) -> bool:
    return isinstance(error, StoreError) or (isinstance(error, PeerError) and error.peer_is_down)
