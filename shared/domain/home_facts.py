"""What the events about a home say of the resident's journey. `events/follow_event.py` tells it to the resident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.clock import to_text
from shared.domain.ids import ContactId
from shared.domain.keys import digest
from shared.domain.local_time import from_amsterdam
from shared.domain.relay import Relay
from shared.domain.resident import Measure


@dataclass(frozen=True)
class HomeFacts:
    """All moments are UTC, and None when it did not happen.

    `visit_at`: the appointment that stands. `made_at`: it was set then. `gone_visit_at`: the moment of one that was
    removed or cancelled, also after the visit. `visit_changed_at` and `visit_version`: the newest change of either, and
    how many there were. `visited_at`: the visit that took place. `cancelled_at`: the visit was cancelled. `removed_at`:
    the dossier was removed. `plan_at`: a plan with measures was there. `coach`: the only coach with a contact id whom
    Hoomdossier names, since `coach_at` at the latest. `building_id` is Hoomdossier's.
    """

    visit_at: datetime | None = None
    made_at: datetime | None = None
    visited_at: datetime | None = None
    cancelled_at: datetime | None = None
    removed_at: datetime | None = None
    plan_at: datetime | None = None
    coach: ContactId | None = None
    coach_at: datetime | None = None
    measures: tuple[Measure, ...] = ()
    gone_visit_at: datetime | None = None
    visit_changed_at: datetime | None = None
    visit_version: int = 0
    building_id: int | None = None

    @property
    def digest(self) -> str:
        """Equal for equal facts."""
        measures = [measure.model_dump() for measure in self.measures]
        moments = [at and to_text(at) for at in vars(self).values() if at is None or isinstance(at, datetime)]
        return digest([moments, self.coach, measures, self.visit_version])


def facts_of(relay: Relay) -> HomeFacts:
    """What the relay says now."""
    item, visit_at = relay.items.get("appointment"), _moment(relay.appointment)
    changed_at = item.known_since if item else None
    version = item.version if item else 0
    if relay.deleted_at:
        return HomeFacts(
            removed_at=relay.deleted_at,
            gone_visit_at=_moment(relay.last_appointment),
            visit_changed_at=relay.deleted_at,
            visit_version=version + 1,
            building_id=relay.building_id,
        )
    return HomeFacts(
        visit_at=visit_at,
        gone_visit_at=_moment(relay.last_appointment) if visit_at is None else None,
        visit_changed_at=changed_at,
        visit_version=version,
        building_id=relay.building_id,
        made_at=changed_at if visit_at else None,
        visited_at=_visited_at(relay),
        cancelled_at=changed_at if relay.cancelled and visit_at is None and not relay.executed else None,
        plan_at=relay.plan_at if relay.measures else None,
        coach=relay.coaches[0] if len(relay.coaches) == 1 else None,
        coach_at=relay.coaches_at,
        measures=tuple(relay.measures),
    )


def _visited_at(relay: Relay) -> datetime | None:
    """The moment of the visit, when the coach says that it took place: that of the appointment before he said so."""
    status = relay.items.get("status")
    if not relay.executed or status is None:
        return None
    visit_at = _moment(relay.last_appointment)
    return visit_at if visit_at and visit_at <= status.known_since else status.known_since


def _moment(local: str | None) -> datetime | None:
    return from_amsterdam(local) if local else None
