"""Measures the feed with 100,000 residents: seconds, rows, documents read, and the memory of the function's process.

Run `python -m benchmarks.feed [--residents N] [--python X]`. It fills SQLite in a temporary folder, which takes a
minute, first with a tenth of the residents. Each line is a new process of the function, so its peak is that of this
answer. `first` is when the first bytes came, `reads` are the documents that Firestore would bill.
"""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.staff import COACHES, Counting, residents
from benchmarks.surroundings import COOPERATIONS, KEY, Deployed, Surroundings, load, machine, surrounded
from shared import wiring
from shared.clock import to_text, utc_now
from shared.domain.resident import Resident
from shared.feed.scan import Asked, Scan
from shared.feed.sets import JOURNEYS
from shared.work.calendar_addresses import ALL, token_of
from shared.work.feed_salt import salt_of
from shared.work.records import Records
from shared.work.services import Services
from tests.world.threads import at_once

COOPERATION = COOPERATIONS[0]
PAGE = 5000
MAKERS = 16
CHANGED = 0.01
"""This part of the residents changed in the last day."""
AUTH = ("benchmark", KEY)
WHOLE = Asked(JOURNEYS)


@dataclass
class Got:
    """What came: rows or events, and bytes."""

    rows: int = 0
    size: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=100_000)
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    print(machine())
    print(f"{'residents':>9}  {'':<34}", end="")
    print(f"{'s':>8}{'first':>8}{'rows':>9}{'MB':>8}{'reads':>9}{'MiB':>8}{'peak':>6}{'load':>6}")
    for many in (options.residents // 10, options.residents):
        with TemporaryDirectory() as folder, surrounded(Path(folder), 0) as around:
            _measure(around, many, options.python)


@dataclass(frozen=True)
class Question:
    """`read` fetches the whole answer. `asked`: what the function reads for it, `at_once` documents for a page."""

    what: str
    read: Callable[[httpx.Client], Iterator[Got]]
    asked: Asked | None = None
    at_once: int | None = None


def _questions(since: str, coach: str | None, all_coaches: str | None) -> list[Question]:
    root = f"/{COOPERATION}"
    odata, changed = f"{root}/odata/Journeys", Asked(JOURNEYS, order="changed_at", since=since)
    filtered = f"?$filter=changed_at ge {since}"
    return [
        Question("journeys.csv", partial(_lines, f"{root}/journeys.csv"), WHOLE),
        Question("journeys.jsonl", partial(_lines, f"{root}/journeys.jsonl"), WHOLE),
        Question("journeys.jsonl, a day of changes", partial(_lines, f"{root}/journeys.jsonl?since={since}"), changed),
        Question(f"OData, pages of {PAGE:,}", partial(_pages, odata), WHOLE, PAGE),
        Question("OData, a day of changes", partial(_pages, f"{odata}{filtered}"), changed, PAGE),
        Question("OData, $count", partial(_count, f"{odata}/$count")),
        Question("OData, $count of a day of changes", partial(_count, f"{odata}/$count{filtered}"), changed),
        Question("the calendar of a coach", partial(_events, f"{root}/calendar/{coach}.ics")),
        Question("the calendar of all coaches", partial(_events, f"{root}/calendar/{all_coaches}.ics")),
    ]


def _measure(around: Surroundings, many: int, python: str) -> None:
    os.environ |= around.environment
    wiring.forget()
    services, now = wiring.services(), utc_now()
    _fill(services.records(Resident), many, now)
    salt = salt_of(services.store, COOPERATION)
    coach, all_coaches = (token_of(salt, calendar) for calendar in (str(COACHES[0]), ALL))
    for question in _questions(to_text(now - timedelta(days=1)), coach, all_coaches):
        reads = f"{_reads(services, question):>9,}" if question.asked else f"{'':>9}"
        with Deployed("serve_feed", around, python) as deployed:
            deployed.wait()
            with httpx.Client(base_url=f"http://127.0.0.1:{deployed.port}", auth=AUTH, timeout=600) as http:
                http.get(f"/{COOPERATION}/odata/").raise_for_status()
                before, begun = deployed.memory(), time.monotonic()
                pieces = question.read(http)
                got = next(pieces)
                first = time.monotonic() - begun
                got = [got, *pieces][-1]
                seconds = time.monotonic() - begun
            peak = deployed.memory("VmHWM")
        figures = f"{seconds:>8.1f}{first:>8.2f}{got.rows:>9,}{got.size / 1e6:>8.1f}{reads}{before:>8.0f}{peak:>6.0f}"
        print(f"{many:>9,}  {question.what:<34}{figures}{load():>6}", flush=True)


def _reads(services: Services, question: Question) -> int:
    """The documents that the function reads, and one for each question to the store that finds none."""
    store = Counting(services.store)
    counted = replace(services, store=store)  # type: ignore[arg-type]  (it has what a store has)
    asked = question.asked and replace(question.asked, documents=question.at_once)
    while asked:
        scan = Scan(counted, COOPERATION, asked)
        for _ in scan:
            pass
        asked = replace(asked, after=scan.spot) if scan.spot else None
    return store.reads


def _fill(records: Records[Resident], many: int, now: datetime) -> None:
    made = list(residents(many, now, cooperation=COOPERATION))

    def part(first: int) -> None:
        for number in range(first, many, MAKERS):
            key, resident = made[number]
            resident.changed_at = now - timedelta(days=number / many / CHANGED)
            records.store.create("residents", key, records.dump(resident))

    at_once(MAKERS, part)


def _lines(path: str, http: httpx.Client) -> Iterator[Got]:
    got = Got()
    with http.stream("GET", path) as answer:
        answer.raise_for_status()
        for piece in answer.iter_raw():
            got.rows += piece.count(b"\n")
            got.size += len(piece)
            yield got
    got.rows -= 1  # The names of the columns, or the cursor.
    yield got


def _pages(path: str, http: httpx.Client) -> Iterator[Got]:
    got, link = Got(), path
    while link:
        answer = http.get(link, headers={"Prefer": f"odata.maxpagesize={PAGE}"}).raise_for_status()
        page = answer.json()
        got.rows += len(page["value"])
        got.size += len(answer.content)
        yield got
        link = page.get("@odata.nextLink", "").removeprefix("http://localhost/serve-feed")


def _count(path: str, http: httpx.Client) -> Iterator[Got]:
    """No rows where there are too many to count: 501."""
    answer = http.get(path)
    yield Got(int(answer.text) if answer.status_code == 200 else 0, len(answer.content))


def _events(path: str, http: httpx.Client) -> Iterator[Got]:
    body = http.get(path).raise_for_status().content
    yield Got(body.count(b"BEGIN:VEVENT"), len(body))


if __name__ == "__main__":
    main()
