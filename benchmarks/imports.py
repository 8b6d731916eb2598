"""Measures the import of a large report, from the file to what is shown: seconds of a CPU, and the peak memory.

Run `python -m benchmarks.imports [--rows N] [--known N] [--questions N]`. It fills SQLite in a temporary folder with
residents whose dossiers are known, each with a home, and writes a report with as many columns of questions as the real
one has. Each line is a new process.
"""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.surroundings import machine
from infra.standins.php_csv import to_csv
from shared.clock import to_text, utc_now
from shared.config import Coach, Cooperation
from shared.domain.ids import ContactId
from shared.domain.keys import of_building, of_contact
from shared.domain.relay import Relay
from shared.domain.resident import Address, Milestones, Person, Resident
from shared.imports.brought import Brought
from shared.imports.compare import compare
from shared.imports.known import read_known
from shared.imports.read import read_file
from shared.store.port import Query
from shared.store.sqlite import SqliteStore
from shared.work.records import Records

COOPERATION = "zonnig-dorp"
DOSSIER = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
FIRST = 1001


class _Known:
    """Of `Services` what the import reads."""

    def __init__(self, store: SqliteStore) -> None:
        coach = Coach.model_construct(contact_id=11, name="Cora Coach", email="cora@example.org")
        self.cooperations = {COOPERATION: Cooperation.model_construct(coaches=[coach], merged_contacts={})}
        self._store = store

    def records(self, model: type) -> Records:  # type: ignore[type-arg]
        return Records(self._store, {"Resident": "residents", "Relay": "relays"}.get(model.__name__, "links"), model)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--known", type=int, default=50_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        _measure(options.folder)
        return
    print(machine())
    with TemporaryDirectory() as folder:
        _fill(Path(folder), options.known)
        for questions in (0, options.questions):
            size = _write(Path(folder) / "report.csv", options.rows, questions)
            command = [sys.executable, "-m", "benchmarks.imports", "--in", folder]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - itself
            print(
                f"{options.rows:,} rows, {18 + questions} columns, {size / 1e6:.0f} MB, {options.known:,} known: {said}"
            )


def _measure(folder: Path) -> None:
    store = SqliteStore(folder / "link.sqlite", utc_now)
    services = _Known(store)
    before, began = _peak(), time.process_time()
    with (folder / "report.csv").open("rb") as file:
        claims = read_file(file)
    read = time.process_time()
    known = read_known(services, COOPERATION)  # type: ignore[arg-type]
    looked = time.process_time()
    shown = compare(services.cooperations[COOPERATION], known, Brought(utc_now(), utc_now(), claims))
    done = time.process_time()
    store.close()
    print(
        f"{done - began:.1f} s (file {read - began:.1f}, store {looked - read:.1f}, compare {done - looked:.1f}), "
        f"peak {_peak():.0f} MiB ({before:.0f} before); {dict(shown.counts)}"
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _write(path: Path, rows: int, questions: int) -> int:
    header = [
        "Datum account", "Laatste wijziging", "Datum afspraak coachgesprek", "Status", "Toestemming aanwezig",
        "Gekoppelde coaches", "Voornaam", "Achternaam", "Email", "Telefoonnummer", "Straat", "Huis nummer", "Postcode",
        "Woonplaats", *(f"Woning: Vraag {number}" for number in range(questions)), "Account id", "User id",
        "Building id", "Contact id",
    ]  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(to_csv([header], ","))
        for at in range(rows):
            file.write(to_csv([_row(at, questions)], ","))
    return path.stat().st_size


def _row(at: int, questions: int) -> list[object]:
    day = f"2026-12-{1 + at % 28:02d}" if at % 3 else None
    return [
        "2026-10-01", "2026-11-01 10:00:00", day, "In uitvoering", "Ja", "Cora Coach", f"Voornaam{at}",
        f"van Achternaam{at}", f"bewoner{at}@example.org", "'0612345678", "Lange Dorpsstraat", f"{1 + at % 200} a",
        f"{1000 + at % 8000} AB", "Zonnedorp", *(["Goede isolatie"] * questions), 100_000 + at, 200_000 + at,
        300_000 + at, FIRST + at,
    ]  # fmt: skip


def _fill(folder: Path, known: int) -> None:
    store = SqliteStore(folder / "link.sqlite", utc_now)
    residents, relays = Records(store, "residents", Resident), Records(store, "relays", Relay)
    with store._file.transaction() as connection:  # noqa: SLF001 - one transaction, because 100,000 take minutes
        for collection, key, data in _documents(residents, relays, known):
            connection.execute(
                "INSERT INTO documents (collection, key, data, version) VALUES (?, ?, json(?), 'v')",
                (collection, key, data),
            )
    for collection in ("residents", "relays", "links"):  # The first question of its kind makes the index.
        store.find(Query(collection, {"cooperation": COOPERATION}, limit=1))
    store.close()


def _documents(residents: Records[Resident], relays: Records[Relay], known: int) -> Iterator[tuple[str, str, str]]:
    for at in range(known):
        contact, building = FIRST + at, 300_000 + at
        resident = Resident(
            cooperation=COOPERATION, contact_id=contact, state="done", accepted_at=DOSSIER, account_id=100_000 + at,  # type: ignore[arg-type]
            user_id=200_000 + at, building_id=building, visit_coach=11, campaign_id=1, form="aanmelden",  # type: ignore[arg-type]
            person=Person(first_name=f"Voornaam{at}", last_name=f"Achternaam{at}", email=f"b{at}@example.org"),
            address=Address(postal_code=f"{1000 + at % 8000} AB", number=1 + at % 200, addition="a"),
            milestones=Milestones(signed_up=DOSSIER, intake=DOSSIER, dossier=DOSSIER),
        )  # fmt: skip
        relay = Relay(
            cooperation=COOPERATION, building_id=building, contact_id=contact, account_id=100_000 + at, state="done",  # type: ignore[arg-type]
            accepted_at=DOSSIER,
        )  # fmt: skip
        document = {**residents.dump(resident), "changed_at": to_text(DOSSIER)}
        yield "residents", of_contact(COOPERATION, ContactId(contact)), json.dumps(document)
        yield "relays", of_building(COOPERATION, building), json.dumps(relays.dump(relay))


if __name__ == "__main__":
    main()
