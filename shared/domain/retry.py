"""When to try again: the table of delays, and what each error means for the next attempt."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.dead_letter_texts import code_of
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

# Seconds after the 1st, 2nd, ... failure. Econobis may mail its staff at each failure, so the third delay is long.
ITEM_DELAYS = (10, 60, 15 * 60, 30 * 60, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600, 24 * 3600)
# The same when the peer as a whole is down. The breaker keeps calls away from the peer, so they may be short.
DOWN_DELAYS = (5, 15, 60, 120, 240)
# Seconds to wait before content that the peer refused 1, 2, ... times is tried again because Hoomdossier sent it once
# more. The first time at once, because the cause may have been mended.
SAME_AGAIN = (0, *ITEM_DELAYS[1:])
GIVE_UP_AFTER = timedelta(days=7)
TOO_FAST = 20.0  # seconds, when the peer does not name a delay
NO_ROOM = "NoRoom"
"""`Attempts.why` of a call that only waits for room at the peer."""


@dataclass(frozen=True)
class Again:
    """Try again at `at` (UTC)."""

    at: datetime
    attempts: Attempts


@dataclass(frozen=True)
class GiveUp:
    """There is no next attempt: only a person can mend it."""

    error: LinkError


def try_later(job: Job, error: LinkError, now: datetime, *, repeatable: bool = False) -> None:
    """Schedules the next attempt of a job that failed with `error`, or parks it.

    A job that was parked because its outcome was unknown goes back to work when a late answer says that it failed.
    `repeatable`: the call may be made again although its outcome is unknown. `now` is UTC.
    """
    decision = next_attempt(job.attempts, error, now, repeatable=repeatable)
    if isinstance(decision, GiveUp):
        job.park(parked(decision.error, now))
    else:
        job.unpark()
        job.attempts = decision.attempts
        job.schedule(decision.at)


def parked(error: LinkError, now: datetime) -> Parked:
    """What to park a job with that `error` ended at `now` (UTC)."""
    reason = getattr(error, "reason", str(error)) or type(error).__name__
    return Parked(code=code_of(error), reason=reason, at=now, unknown=isinstance(error, OutcomeUnknown))


def next_attempt(
    attempts: Attempts, error: LinkError, now: datetime, *, repeatable: bool, jitter: random.Random | None = None
) -> Again | GiveUp:
    """Decides what follows after `error`. Arguments as in `try_later`; `jitter` is the source of random numbers."""
    if isinstance(error, NoRoom):  # No attempt was made, so the cause of the last failure stays.
        return Again(max(error.at, now), attempts.model_copy(update={"why": attempts.why or NO_ROOM}))
    if isinstance(error, Refused | BlobDamaged) or (isinstance(error, OutcomeUnknown) and not repeatable):
        return GiveUp(error)
    first = attempts.first_failed_at or now
    failed = Attempts(failed=attempts.failed + 1, first_failed_at=first, why=code_of(error))
    if now - first >= GIVE_UP_AFTER:
        return GiveUp(error)
    if isinstance(error, TooFast):
        delay = TOO_FAST if error.retry_after is None else error.retry_after
        failed.failed = attempts.failed  # We called too fast, which is no fault of this job.
    else:
        delays = DOWN_DELAYS if _is_about_the_peer(error) else ITEM_DELAYS
        delay = delays[min(attempts.failed, len(delays) - 1)]
        if isinstance(error, Unavailable) and error.retry_after:
            delay = max(delay, error.retry_after)
    spread = (jitter or random).uniform(1, 1.2)
    return Again(now + timedelta(seconds=delay * spread), failed)


def pause_before_same(refusals: int) -> timedelta:
    """How long to wait with content that the peer refused `refusals` times before: see SAME_AGAIN."""
    return timedelta(seconds=SAME_AGAIN[min(refusals, len(SAME_AGAIN) - 1)])


def _is_about_the_peer(error: LinkError) -> bool:
    return isinstance(error, StoreError) or (isinstance(error, PeerError) and error.peer_is_down)
