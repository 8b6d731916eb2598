"""Counts the calls to store, queue and peers for every request and task of one resident, in order.

Run `python -m benchmarks.journey`. It counts and does not time, so every machine gives the same numbers.
"""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from benchmarks.surroundings import Sent, link, register
from infra.local.run import DEMO_KEYS
from shared.flows.run_task import Task
from shared.flows.sweep import sweep
from shared.store.port import Addition
from shared.store.sqlite import SqliteStore
from tests.world.journey import COOPERATION, DATES, Journey
from tests.world.world import World, open_world

# Column → the crash points that it counts, by their first word. Every other crash point is a call to a peer. `counts`
# are the documents of counts that are written together with another document: Firestore bills them too.
COLUMNS = {
    "reads": ("store.get",),
    "writes": ("store.create", "store.replace", "store.delete"),
    "counts": (),
    "queries": ("store.find",),
    "tasks": ("queue.enqueue",),
    "peer calls": (),
    "other": ("blobs.put", "blobs.get", "blobs.delete", "smtp.send"),
}
ASKING = "zonnig-dorp"  # the cooperation whose employees plan visits
OURS = {method: column for column, methods in COLUMNS.items() for method in methods}


class Adding(SqliteStore):
    """Counts the documents of counts that it adds to."""

    added = 0

    def _add(self, connection: sqlite3.Connection, adding: Sequence[Addition]) -> None:
        Adding.added += len(adding)
        super()._add(connection, adding)


class Counted:
    """Prints a row of counts per request or task. Calls that Econobis makes to us during a step count for that step."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.totals: Counter[str] = Counter()
        """By column; under "requests" the requests and tasks."""
        print(f"{'':<34}" + "".join(f"{column:>11}" for column in COLUMNS))
        run = world.dispatcher.run
        world.dispatcher.run = lambda task: self._task(run, task)

    @contextmanager
    def row(self, what: str) -> Iterator[None]:
        """Prints the calls that were made while the block ran."""
        before, added = len(self.world.boundaries.passed), Adding.added
        yield
        passed = [name.removeprefix("after ") for name in self.world.boundaries.passed[before:] if "after " in name]
        counted = Counter(_column(name) for name in passed) + Counter(counts=Adding.added - added)
        self.totals += counted + Counter(requests=1)
        _print(what, counted)
        details = Counter(re.sub(r"^store\.|^queue\.", "", name) for name in passed)
        print("    " + ", ".join(f"{times} {name}" if times > 1 else name for name, times in details.items()))

    def _task(self, run: Callable[[Task], None], task: Task) -> None:
        with self.row(f"task: {task.collection}"):
            run(task)

    def run_all(self) -> None:
        """Runs all tasks, each at its time. Nothing fails, so no sweep is needed."""
        dispatcher, clock = self.world.dispatcher, self.world.clock
        while (at := dispatcher.next_time()) is not None:
            clock.advance(max((at - clock()).total_seconds(), 0))
            dispatcher.run_due()


def _column(name: str) -> str:
    return OURS.get(name.partition("(")[0], "peer calls")


def _print(what: str, counted: Counter[str]) -> None:
    print(f"{what:<34}" + "".join(f"{counted[column] or '':>11}" for column in COLUMNS))


def main() -> tuple[Counter[str], Counter[str]]:
    """Prints every row and the totals. Returns what the journey and what a sweep that finds nothing count."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with TemporaryDirectory() as name:
        folder = Path(name)
        with open_world(folder, lambda clock: Adding(folder / "link.sqlite", clock)) as world:
            return _go(world, Journey(world))


def _go(world: World, journey: Journey) -> tuple[Counter[str], Counter[str]]:
    counted = Counted(world)

    def step(what: str, does: Callable[[], object]) -> None:
        with counted.row(what):
            assert does() is not False
        counted.run_all()

    step("form sent", journey.sign_up)
    step("form sent again", journey.sign_up)
    for date, what in zip(DATES, ("set", "moved", "cancelled"), strict=True):
        world.set_appointment(COOPERATION, journey.building_id, date)
        step(f"appointment {what}", lambda: journey.push("afspraak"))
    step("the same appointment again", lambda: journey.push("afspraak"))
    for kind in ("gebruik", "woonplan"):
        step(kind, lambda kind=kind: journey.push(kind))
    of_journey = counted.totals.copy()
    _print("the journey", of_journey)
    with counted.row("a sweep that finds nothing"):
        sweep(world.services)
    of_sweep = counted.totals - of_journey
    journey.check()
    print("\nAsked by an employee of Econobis")
    step("create_dossier", lambda: _asked(world, "create-dossier", register(2481)))
    step("link_coach", lambda: _asked(world, "link-coach", link(2481)))
    return of_journey, of_sweep


def _asked(world: World, function: str, request: Sent) -> bool:
    key = DEMO_KEYS[f"{ASKING.upper().replace('-', '_')}_ECONOBIS"]
    body = json.loads(request.body)
    answer = world.post(f"/functions/{function}/{ASKING}", body, Authorization=f"Bearer {key}")
    return answer is not None and answer.is_success


if __name__ == "__main__":
    main()
