"""Lays Econobis' own list of visits beside what the link delivered, to show where the two differ. It mends nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal

from shared.config import Cooperation
from shared.domain.ids import ContactId
from shared.domain.imported import KnownVisit
from shared.domain.local_time import AMSTERDAM, to_amsterdam
from shared.domain.resident import folded
from shared.econobis.visits_export import ListedVisit
from shared.imports.known import Known, KnownResident

Difference = Literal["no_date", "other_date", "not_done", "not_cancelled", "other_coach", "missing"]
"""`no_date`: the link delivered an appointment, and Econobis has none. `other_date`: another one. `not_done` and
`not_cancelled`: the link delivered that it took place or was cancelled, and Econobis has another status. `other_coach`:
Econobis has another coach. `missing`: the visit of a resident with an appointment is not in the list.
"""
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Differs:
    """One resident whose visit differs. `listed` is None when it is missing."""

    resident: KnownResident
    visit: KnownVisit | None
    listed: ListedVisit | None
    differences: tuple[Difference, ...]


@dataclass
class Checked:
    """`rows` are at most MOST_SHOWN of `differing`. `equal` visits are the same in both; `unknown` are in Econobis'
    list, and of nobody whom the link knows.
    """

    rows: list[Differs] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, row: Differs) -> None:
        """Counts it, and keeps it as long as there is room."""
        self.counts["differing" if row.differences else "equal"] += 1
        if row.differences and len(self.rows) < MOST_SHOWN:
            self.rows.append(row)


def check(settings: Cooperation, known: Known, listed: Iterable[ListedVisit]) -> Checked:
    """Of several visits of a resident the newest counts, as for an appointment."""
    names = {coach.contact_id: coach.name for coach in settings.coaches}
    owners = {visit_id: it.contact_id for it in known.residents.values() for visit_id in it.visit_ids}
    newest: dict[ContactId, ListedVisit] = {}
    checked = Checked()
    unclear: set[str] = set()
    for visit in listed:
        contact_id = owners.get(visit.visit_id) or _resident_at(known, visit)
        if contact_id is None:
            checked.counts["unknown"] += 1
            unclear.add(visit.home)
        elif contact_id not in newest or newest[contact_id].visit_id < visit.visit_id:
            newest[contact_id] = visit
    for contact_id, resident in known.residents.items():
        told = known.visits.get(resident.building_id) if resident.building_id else None
        found = newest.get(contact_id)
        if resident.home and resident.home in unclear:
            continue  # Of the visits there nobody can tell whose they are.
        if found or (told and told.planned and not told.is_removed and resident.visit_ids):
            checked.add(Differs(resident, told, found, _differences(resident, told, found, names)))
    return checked


def _resident_at(known: Known, visit: ListedVisit) -> ContactId | None:
    """Who lives there alone, whatever the name: it may be the partner's. Of several who has the name."""
    at_home = known.by_home.get(visit.home, [])
    found = at_home if len(at_home) == 1 else [it for it in at_home if _is_named(known.residents[it], visit.name)]
    return found[0] if len(found) == 1 else None


def _is_named(resident: KnownResident, name: str) -> bool:
    return folded(resident.name) == folded(name)


def _differences(
    resident: KnownResident, told: KnownVisit | None, listed: ListedVisit | None, names: dict[ContactId, str]
) -> tuple[Difference, ...]:
    if listed is None:
        return ("missing",)
    found = list[Difference]()
    if told and told.planned and not told.cancelled:
        if listed.day is None:
            found.append("no_date")
        elif to_amsterdam(datetime.combine(listed.day, listed.at or time(), AMSTERDAM)) != told.planned:
            found.append("other_date")
    if told and told.executed and listed.status != "done":
        found.append("not_done")
    if told and told.cancelled and listed.status != "cancelled":
        found.append("not_cancelled")
    if resident.coach in names and listed.coach and _words(names[resident.coach]) != _words(listed.coach):
        found.append("other_coach")
    return tuple(found)


def _words(name: str) -> set[str]:
    """Econobis writes `Coach, Cora` where the settings have `Cora Coach`."""
    return set(re.split(r"\W+", folded(name))) - {""}
