"""Measures the staff pages with many residents in the store: milliseconds and documents read, for each page.

Run `python -m benchmarks.staff [--residents 100000]`. It fills SQLite in a temporary folder and, when it is installed,
the Firestore emulator.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from shared.domain.ids import ContactId
from shared.domain.resident import Address, Measure, Milestone, Person, Resident
from shared.domain.work import Parked

COOPERATION = "zonnig-dorp"
COACHES = tuple(ContactId(number) for number in (11, 12))
FORMS = ("aanmelden", "")
MEASURES = ("Vloerisolatie", "Gevelisolatie", "Glas in lood vervangen", "Warmtepomp", "Dakisolatie")
LAST_NAMES = ("Vries", "Jansen", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Vos", "Peters")
FIRST_NAMES = ("Anna", "Bram", "Cora", "Daan", "Eva", "Finn", "Greet", "Henk", "Iris", "Jan")
MEANWHILE: dict[Milestone, int] = {
    "intake": 1,
    "dossier": 1,
    "coach_linked": 16,
    "appointment_made": 9,
    "visited": 18,
    "plan": 21,
}
"""The longest time in days until each milestone of these residents."""


def residents(count: int, now: datetime, weeks: int = 100) -> Iterator[tuple[str, Resident]]:
    """Key and record of residents who signed up in the last `weeks`, at all steps; always the same ones."""
    chance = random.Random(7)  # noqa: S311  (no secret)
    for number in range(count):
        yield f"{COOPERATION}:{10_000 + number}", _resident(number, chance, now, weeks)


def _resident(number: int, chance: random.Random, now: datetime, weeks: int) -> Resident:
    signed_up = now - timedelta(days=7 * weeks * chance.random())
    form = chance.choices(FORMS, (9, 1))[0]
    resident = Resident(
        cooperation=COOPERATION,
        contact_id=ContactId(10_000 + number),
        state="done",
        accepted_at=signed_up,
        campaign_id=1 if form else None,
        form=form,
        person=Person(first_name=chance.choice(FIRST_NAMES), last_name=chance.choice(LAST_NAMES)),
        address=Address(postal_code=f"{1000 + number % 9000}AB", number=1 + number % 200, city="Zonnig Dorp"),
    )
    _go_on(resident, chance, now)
    return resident


def _go_on(resident: Resident, chance: random.Random, now: datetime) -> None:
    """As far as it came until now."""
    at = resident.accepted_at
    if resident.form:
        resident.reach("signed_up", at)
    for milestone, longest in MEANWHILE.items():
        at += timedelta(days=longest * chance.random() ** 2 + 0.01)
        if milestone == "visited" and at > now:
            resident.visit_at = at
        if at > now or chance.random() < 0.04:
            break
        resident.reach(milestone, at)
        if milestone == "coach_linked":
            resident.visit_coach = chance.choice(COACHES)
        if milestone == "appointment_made":
            resident.visit_at = at + timedelta(days=9)
    if resident.milestones.plan:
        resident.measures = [
            Measure(name=name, m2=chance.randrange(10, 90), by_resident=chance.random() < 0.4)
            for name in chance.sample(MEASURES, 2)
        ]
    if chance.random() < 0.05:
        resident.reach(chance.choice(("cancelled", "cancelled", "removed")), min(at, now))
    elif not resident.milestones.dossier and at < now and chance.random() < 0.5:
        resident.park(Parked(code="Refused", reason="The extra.contact id must be an integer.", at=at))


def tallies(residents: Iterator[Resident]) -> dict[str, dict[str, Any]]:
    """The documents with the counts of these residents, by key."""
    documents: dict[str, dict[str, Any]] = {}
    for resident in residents:
        for tally in resident.derived()["tally"] or ():
            document = documents.setdefault(tally["key"], {**tally["fixed"], "expires_at": None, "counts": Counter()})
            document["counts"].update(tally["counts"])
    return {key: {**it, "counts": dict(it["counts"])} for key, it in documents.items()}
