"""The rows that a stored resident gives.

They are made from the document as it is stored, without its model: one answer may read a hundred thousand. Where a
resident stands is said by `place_in`, as on the staff pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.clock import from_text, to_text
from shared.config import Cooperation, Personal
from shared.domain.ids import ContactId
from shared.domain.journey import WAITS, Place
from shared.domain.local_time import day_of
from shared.domain.resident import Address, Journey, Milestones, Person, place_in
from shared.feed.sets import Row
from shared.store.port import Data
from shared.work.feed_salt import Pseudonyms

_MILESTONES = {
    "signed_up": "signed_up",
    "intake": "intake",
    "dossier": "dossier",
    "coach": "coach_linked",
    "appointment": "appointment_made",
    "visited": "visited",
    "plan": "plan",
    "cancelled": "cancelled",
    "removed": "removed",
}
"""Each milestone of the feed, in order, and its field in Milestones."""


@dataclass(frozen=True)
class Maker:
    """Makes rows for one answer. `today`: the day in Amsterdam until which waits are counted."""

    settings: Cooperation
    ids: Pseudonyms
    personal: Personal
    today: date

    def rows(self, table: str, data: Data) -> Iterator[tuple[str, Row]]:
        """Those of a resident's document, the oldest journey first. None for a coach with an own dossier.

        Each with its place, by which they are in order. It stays the same when other rows come or go.
        """
        if data.get("is_coach"):
            return
        make = _MAKERS[table]
        present = {**data, "coach": data.get("visit_coach") or data.get("named_coach")}
        for number, journey in enumerate((*(data.get("earlier") or ()), present)):
            for place, row in make(self, _StoredJourney(self, data, journey, number)):
                yield f"{number:06} {place}", row

    def coach(self, contact_id: ContactId | None) -> Row:
        """The columns that name a coach."""
        known = self.settings.coach(contact_id) if contact_id else None
        named = {"coach": known.name if known else None} if self.personal != "none" else {}
        return {"coach_id": self.ids.id_of("coach", contact_id) if contact_id else None, **named}


class _StoredJourney:
    """One journey of a stored resident, which is `data`. `number`: how many journeys the resident had before it.

    `ids` and `changed` are the columns that begin and end the rows of every table.
    """

    def __init__(self, maker: Maker, resident: Data, journey: Mapping[str, Any], number: int) -> None:
        self.resident, self.data = resident, journey
        self.milestones: Mapping[str, str | None] = journey.get("milestones") or {}
        # A journey keeps its number when the next one begins, and also when its campaign becomes known later.
        self.number: tuple[int, int] = resident["contact_id"], number
        self.is_over = number < len(resident.get("earlier") or ())
        self.campaign_id: int | None = journey.get("campaign_id")
        self.ids: Row = {
            "journey_id": maker.ids.id_of("journey", *self.number),
            "resident_id": maker.ids.id_of("resident", resident["contact_id"]),
            "campaign_id": self.campaign_id,
        }
        self.changed: Row = {"changed_at": resident.get("changed_at")}
        self.visited, self.cancelled = self.milestones.get("visited"), self.milestones.get("cancelled")
        self.visit_at: str | None = journey.get("visit_at")
        self.gone_visit_at: str | None = journey.get("gone_visit_at")

    def place(self) -> Place:
        moments = {name: from_text(at) for name, at in self.milestones.items() if at}
        return place_in(
            Journey.model_construct(
                accepted_at=from_text(self.data["accepted_at"]),
                wants_dossier=self.data.get("wants_dossier", True),
                wants_visit=self.data.get("wants_visit", True),
                visit_at=from_text(self.visit_at) if self.visit_at else None,
                milestones=Milestones.model_construct(**moments),  # type: ignore[arg-type]  # names from the store
            )
        )


def _journeys(maker: Maker, journey: _StoredJourney) -> Iterator[tuple[str, Row]]:
    place, campaign = journey.place(), maker.settings.campaigns.get(journey.campaign_id or 0)
    waits = place.waits_for in WAITS and not journey.is_over
    row: Row = {
        **journey.ids,
        "campaign": campaign.name if campaign else None,
        "form": journey.data.get("form") or None,
        "step": place.step,
        "waits_for": "moved" if journey.is_over and place.waits_for in WAITS else place.waits_for,
        "waiting_since": to_text(place.since),
        "days_waiting": max((maker.today - day_of(place.since)).days, 0) if waits else None,
        **{f"{name}_at": journey.milestones.get(field) for name, field in _MILESTONES.items()},
        "visit_at": journey.visit_at or journey.visited,
        "cancelled": place.waits_for in ("cancelled", "removed"),
        **maker.coach(journey.data.get("coach")),
        "measures": len(journey.data.get("measures") or ()),
        **(_personal(journey.resident) if maker.personal == "everybody" else {}),
        **journey.changed,
    }
    yield "", row


def _personal(resident: Data) -> Row:
    person = Person.model_construct(**(resident.get("person") or {}))
    address = Address.model_construct(**(resident.get("address") or {}))
    return {
        "contact_id": resident["contact_id"],
        "name": person.full_name or None,
        "email": person.email or None,
        "address": address.in_one_line() or None,
        "postal_code": address.postal_code or None,
    }


def _appointments(maker: Maker, journey: _StoredJourney) -> Iterator[tuple[str, Row]]:
    """One per journey, the newest: the cancelled one, else the one that took place, else the one that is planned."""
    if not (journey.cancelled or journey.visited or journey.visit_at):
        return
    status = "cancelled" if journey.cancelled else "visited" if journey.visited else "planned"
    row: Row = {
        "appointment_id": maker.ids.id_of("appointment", *journey.number),
        **journey.ids,
        **maker.coach(journey.data.get("coach")),
        "starts_at": journey.visited if status == "visited" else journey.visit_at or journey.gone_visit_at,
        "status": status,
        "cancelled_at": journey.cancelled,
        **journey.changed,
    }
    yield "", row


def _measures(maker: Maker, journey: _StoredJourney) -> Iterator[tuple[str, Row]]:
    """In the order of their ids, because that of a plan changes."""
    seen: Counter[str] = Counter()
    rows: dict[str, Row] = {}
    for measure in journey.data.get("measures") or ():
        name = measure["name"]
        seen[name] += 1  # The same measure may stand in a plan twice.
        id_ = maker.ids.id_of("measure", *journey.number, name, seen[name])
        rows[id_] = {
            "measure_id": id_,
            **journey.ids,
            "measure": name,
            "m2": measure.get("m2"),
            "execute_self": measure.get("by_resident"),
            "planned_at": journey.milestones.get("plan"),
            **journey.changed,
        }
    yield from sorted(rows.items())


def _milestones(maker: Maker, journey: _StoredJourney) -> Iterator[tuple[str, Row]]:
    for number, (name, field) in enumerate(_MILESTONES.items(), 1):
        if at := journey.milestones.get(field):
            row: Row = {
                "milestone_id": maker.ids.id_of("milestone", *journey.number, name),
                **journey.ids,
                "milestone": name,
                "number": number,
                "at": at,
                **journey.changed,
            }
            yield str(number), row


_MAKERS: Mapping[str, Callable[[Maker, _StoredJourney], Iterator[tuple[str, Row]]]] = {
    "Journeys": _journeys,
    "Appointments": _appointments,
    "Measures": _measures,
    "Milestones": _milestones,
}
