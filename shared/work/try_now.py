"""Makes work that waits for its next attempt due now, because a person asks for it. The limiter still decides when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from shared.clock import Clock
from shared.domain.effect import ALWAYS, Effect, Repeats, Situation, situation
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.relay import Relay, repeats_of
from shared.domain.resident import REPEATS as REGISTRATION_REPEATS
from shared.domain.resident import Resident
from shared.domain.submission import LONGEST_CALL, LOOKS, Submission
from shared.domain.work import Work
from shared.work.kinds import kind_of
from shared.work.services import Services


def try_now(services: Services, found: Iterable[tuple[str, Work]]) -> int:
    """Returns how much of this work, by key, waited for later and is due now. Raises StoreUnavailable.

    What has to wait stays as it is: a call that is under way, one whose answer was lost and that may still arrive, and
    a letter that goes with other news.
    """
    return sum(_hurry(services, key, work) for key, work in found if work.due_at)


def can_hurry(work: Work, now: datetime) -> bool:
    """Whether `try_now` would do something for it at `now` (UTC)."""
    return _hurried(now, work.model_copy(deep=True)) is not None


def _hurry(services: Services, key: str, work: Work) -> bool:
    hurried: list[Work] = []
    services.records(kind_of(type(work)).model).update(key, partial(_noted, services.clock, hurried))
    for one in hurried:
        services.enqueue_if_possible(key, one)
    return bool(hurried)


def _noted(clock: Clock, hurried: list[Work], record: Work | None) -> Work | None:
    """Fills `hurried` with the work that is due now.

    Looks at the clock after the record was read: what somebody else made due while we read it is not later.
    """
    changed = _hurried(clock(), record)
    hurried[:] = [changed] if changed else []
    return changed


def _hurried(now: datetime, work: Work | None) -> Work | None:
    """The work, due now; None when there is nothing to change."""
    if work is None or work.due_at is None or work.due_at <= now:
        return None
    if isinstance(work, Relay):
        return _hurried_events(now, work)
    if not _may_go(work, now):
        return None
    work.schedule(now)
    return work


def _hurried_events(now: datetime, relay: Relay) -> Relay | None:
    later = [(kind, item) for kind, item in relay.items.items() if item.state == "waiting" and item.next_at > now]
    ready = [item for kind, item in later if _is_free(item.effect, now, repeats_of(kind))]
    for item in ready:
        item.schedule(now)
    if not ready:
        return None
    relay.reschedule()
    return relay


def _may_go(work: Work, now: datetime) -> bool:
    match work:
        case Submission() if work.unsure and work.sent_at:
            return now >= work.sent_at + LONGEST_CALL * LOOKS[0]
        case OutgoingMail(kind="coach_digest"):
            return False
        case Resident():
            return _is_free(work.effect, now, REGISTRATION_REPEATS)
    return _is_free(work.effect, now, ALWAYS)


def _is_free(effect: Effect | None, now: datetime, repeats: Repeats) -> bool:
    """Whether the call may be made at `now` (UTC), or was made and something follows from it."""
    return situation(effect, now, repeats) in {Situation.FREE, Situation.DONE}
