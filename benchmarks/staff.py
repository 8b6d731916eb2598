"""Measures the staff pages with 100,000 residents in the store: milliseconds, and the documents that a page reads.

Run `python -m benchmarks.staff`. It fills SQLite in a temporary folder, which takes a minute; and, when it is
installed, the Firestore emulator, with fewer residents, because that has no indexes: each question reads everything.
The first page asks no such question: `--first-page` measures only that, with all residents in both stores.
"""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from shared import wiring
from shared.clock import utc_now
from shared.domain.ids import ContactId
from shared.domain.resident import Address, Measure, Milestone, Person, Resident
from shared.domain.work import Parked
from shared.store.firestore import FirestoreStore
from shared.store.port import Document, Query, Store
from shared.work.records import Records
from tests.world.firestore_emulator import FirestoreEmulator, NoEmulator
from tests.world.functions_over_http import Machine, running
from tests.world.threads import at_once

MANY = 100_000
MANY_IN_EMULATOR = 10_000
MAKERS = 16
TIMES = 9
FIRST_PAGE = {"the first page": "/zonnig-dorp/"}
PAGES: Mapping[str, str] = {
    **FIRST_PAGE,
    "the campaigns": "/zonnig-dorp/campaigns",
    "a campaign": "/zonnig-dorp/campaigns/1",
    "the residents": "/zonnig-dorp/residents",
    "who waits long for a coach": "/zonnig-dorp/residents?waits_for=coach&longer=14",
    "a search": "/zonnig-dorp/residents?q=de+vries",
    "trouble": "/zonnig-dorp/trouble",
}
AS = {"Cookie": "dossierlink_as=coordinator@zonnig-dorp.example"}
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


def main() -> None:
    """Prints a line per store and page."""
    first_only = "--first-page" in sys.argv
    pages, in_emulator = (FIRST_PAGE, MANY) if first_only else (PAGES, MANY_IN_EMULATOR)
    print(f"{'':<11}{'':<30}{'first ms':>10}{'ms':>8}{'reads':>8}{'KB':>6}")
    with TemporaryDirectory() as folder, running(Path(folder)) as link:
        _measure("sqlite", link, wiring.services().store, MANY, pages)
        emulator = FirestoreEmulator(Path(folder))
        try:
            emulator.start()
        except NoEmulator as reason:
            print(f"no Firestore: {reason}")
            return
        try:
            store = FirestoreStore("benchmark", "(default)", utc_now, emulator.host)
            _measure("emulator", link, store, in_emulator, pages)
        finally:
            emulator.stop()


def _measure(name: str, link: Machine, store: Store, many: int, pages: Mapping[str, str]) -> None:
    begun = time.monotonic()
    _fill(store, many)
    seconds, load = time.monotonic() - begun, os.getloadavg()[0]
    print(f"{name:<11}{many:,} residents made in {seconds:.0f} s, load {load:.1f}", flush=True)
    counting = Counting(store)
    wiring.services().store = counting  # type: ignore[assignment]  (it has what a store has)
    for cached in ("tallies", "now", "erasures"):
        wiring.services().__dict__.pop(cached, None)
    for what, path in pages.items():
        spans = []
        for _ in range(TIMES + 1):
            counting.reads, begun = 0, time.monotonic()
            answer = link.get("show-staff", path, headers=AS)
            spans.append(1000 * (time.monotonic() - begun))
            if answer.status_code != 200:
                print(f"{name:<11}{what:<30}{answer.status_code:>10}")
                break
        else:
            ms = f"{spans[0]:>10.0f}{median(spans[1:]):>8.0f}"
            print(f"{name:<11}{what:<30}{ms}{counting.reads:>8}{len(answer.content) / 1000:>6.0f}", flush=True)


class Counting:
    """A store that counts what Firestore bills as reads: a document each, and one per 1,000 that are counted."""

    def __init__(self, store: Store) -> None:
        self.store, self.reads = store, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def get(self, collection: str, key: str) -> Document | None:
        self.reads += 1
        return self.store.get(collection, key)

    def find(self, query: Query) -> list[Document]:
        found = self.store.find(query)
        self.reads += max(len(found), 1)
        return found

    def count(self, query: Query, up_to: int | None = None) -> int:
        number = self.store.count(query, up_to)
        self.reads += max(ceil(number / 1000), 1)
        return number


def _fill(store: Store, many: int) -> None:
    """The tallies are written once, at the end: so many additions to one document would take an hour."""
    records = Records(store, "residents", Resident)
    made = list(residents(many, utc_now()))

    def part(first: int) -> None:
        for key, resident in made[first::MAKERS]:
            store.create("residents", key, records.dump(resident))

    at_once(MAKERS, part)
    for key, tally in tallies(resident for _, resident in made).items():
        store.create("tallies", key, tally)


# -- the residents -----------------------------------------------------------------------------------------------------


def residents(
    count: int, now: datetime, weeks: int = 100, cooperation: str = COOPERATION
) -> Iterator[tuple[str, Resident]]:
    """Key and record of residents who signed up in the last `weeks`, at all steps; always the same ones."""
    chance = random.Random(7)  # noqa: S311  (no secret)
    for number in range(count):
        resident = _resident(number, chance, now, weeks)
        resident.cooperation = cooperation
        yield f"{cooperation}:{10_000 + number}", resident


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
            document = documents.setdefault(tally["key"], {**tally["fixed"], "counts": Counter()})
            document["counts"].update(tally["counts"])
    return {key: {**it, "counts": dict(it["counts"])} for key, it in documents.items()}


if __name__ == "__main__":
    main()
