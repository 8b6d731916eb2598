"""How a visit stands for the coach who makes it, as the coach's own page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.ids import ContactId
from shared.domain.journey import WaitsFor
from shared.domain.local_time import begins_at_last, has_time
from shared.domain.proper_name import fit_to_show
from shared.domain.resident import Journey, Resident

Stands = Literal["ahead", "waits", "to_tell", "cancelled", "done"]
"""`ahead`: it has a date to come. `waits`: for a date. `to_tell`: the date is over, and nobody told how it went."""
Enters = Literal["all", "building", "nothing"]
"""What the coach can enter: everything; everything once the building is known; nothing, because there is no dossier."""
CancelReason = Literal["not_wanted", "resident_cannot", "unreachable", "coach_cannot", "nobody_home", "other"]
"""Why a visit was cancelled. A coach chooses one, so that nothing of a resident is typed."""

_BEFORE_IT: frozenset[WaitsFor] = frozenset({"intake", "dossier", "coach", "appointment"})
GONE_SHOWN = timedelta(days=30)
"""How long a visit that took place, or was cancelled, stays on the page."""


@dataclass(frozen=True)
class CoachVisit:
    """`at` (UTC) is None without a date; `has_time`: its time is known. `since` (UTC) is what it is sorted by.

    `version` is that of the visit as the coach saw it. `is_over`: it can be told how it went.
    """

    contact_id: ContactId
    name: str
    address: str
    stands: Stands
    enters: Enters
    at: datetime | None
    has_time: bool
    since: datetime
    version: int
    is_over: bool


def coach_visit(resident: Resident, now: datetime) -> CoachVisit | None:
    """None for a resident whom the coach's page does not show: there is no visit to make, or it is long gone."""
    place = resident.place()
    if place.waits_for == "removed":
        return None
    stands = _stands(resident, now)
    if stands is None:
        return None
    shown = _shown_at(resident, stands)
    return CoachVisit(
        contact_id=resident.contact_id,
        name=fit_to_show(resident.person.full_name),
        address=resident.address.fit_to_show(),
        stands=stands,
        enters=_enters(resident),
        at=shown,
        has_time=shown is not None and has_time(shown),
        since=shown or place.since,
        version=version_of(resident),
        is_over=stands in {"ahead", "to_tell"} and shown is not None and shown <= now,
    )


def version_of(resident: Resident) -> int:
    """Counts the appointments of the present home, as its relay does. 0: there never was one."""
    return resident.visit_version if resident.visit_building_id == resident.building_id else 0


def took_place(journey: Journey) -> bool:
    """Whether the newest visit of this journey did, also when its date was removed afterwards."""
    at, visited = journey.visit_at or journey.gone_visit_at, journey.milestones.visited
    return visited is not None and (at is None or at <= visited)


def _shown_at(resident: Resident, stands: Stands) -> datetime | None:
    newest, present = resident.visit, resident.journey
    if stands in {"ahead", "to_tell"}:
        return newest.visit_at
    if stands == "waits":
        return None
    return present.visit_at or present.gone_visit_at or present.milestones.visited


def _enters(resident: Resident) -> Enters:
    if not resident.account_id:
        return "nothing"
    return "all" if resident.building_id else "building"


def _stands(resident: Resident, now: datetime) -> Stands | None:
    newest, present = resident.visit, resident.journey
    if newest.visit_at and not took_place(newest):  # Perhaps of an earlier journey: that appointment still stands.
        return "ahead" if begins_at_last(newest.visit_at) > now else "to_tell"
    if took_place(present):
        visited = present.milestones.visited
        return "done" if visited and visited > now - GONE_SHOWN else None
    if present.gone_visit_at and not _signed_up_since(resident):
        is_new = (resident.visit_changed_at or resident.accepted_at) > now - GONE_SHOWN
        return "cancelled" if is_new else None
    return "waits" if resident.place().waits_for in _BEFORE_IT else None


def _signed_up_since(resident: Resident) -> bool:
    """Whether the resident signed up once more after the visit was cancelled."""
    again, changed = resident.resumed_at, resident.visit_changed_at
    return again is not None and (changed is None or changed <= again)
