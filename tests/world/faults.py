"""Faults that a test puts into a world, and how it ends them. `World.fault` makes a stand-in fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from shared.errors import StoreUnavailable
from shared.flows.run_task import run_task
from shared.flows.sweep import sweep
from tests.fixtures import read
from tests.world.crash_points import Boundaries
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World

_DONE: list[str] = read("examples/webform-response-200.json")
NO_INTAKE = json.dumps([line for line in _DONE if not line.startswith("Intake met id")])
"""Econobis' answer with status 200 when it made no intake, for lack of an address (known-limits E8)."""
EMAIL_TAKEN = json.dumps({"email": ["Het e-mailadres is al in gebruik."]})
"""Hoomdossier's answer with status 422 when another person has the e-mail address."""


def fails(world: World, which: Callable[[str, int], bool]) -> list[str]:
    """Makes the store and the blobs raise StoreUnavailable at each crash point for which `which` returns True.

    `which` gets the name of the crash point, and its number: 1 for the first crash point of store or blobs that is
    passed from now on. Returns a list to which the name of each failed crash point is added.
    """
    failed: list[str] = []
    passed = 0

    def fault(point: str) -> None:
        nonlocal passed
        if "store." in point or "blobs." in point:
            passed += 1
            if which(point, passed):
                failed.append(point)
                raise StoreUnavailable("on purpose")

    world.boundaries.fault = fault
    return failed


def overlapping(world: World, point: str, meanwhile: Callable[[], None] = lambda: None) -> list[str]:
    """Lets one instance hang for ten minutes, the first time that it passes the crash point `point`.

    Its lease ends meanwhile, and a second instance runs its task. `meanwhile` is called at the start of the ten
    minutes. Returns a list to which "hangs" is added, and then "delivered again" for each task of the second instance.
    """
    other = world.instance(boundaries=Boundaries())
    outcomes: list[str] = []

    def hang(passed: str) -> None:
        if outcomes or passed != point:
            return
        outcomes.append("hangs")
        meanwhile()
        world.clock.advance(600)
        before = world.dispatcher.run
        world.dispatcher.run = lambda task: run_task(other, task)
        sweep(other)
        while world.dispatcher.run_due():
            outcomes.append("delivered again")
        world.dispatcher.run = before

    world.boundaries.fault = hang
    return outcomes


def refused_dossier(world: World, number: int = 1) -> Resident:
    """Somebody who signed up, for whom Hoomdossier refuses to make the dossier."""
    resident = Resident(world, number)
    fault = {"kind": "status", "status": 422, "match": "register", "body": EMAIL_TAKEN, "times": 99}
    world.fault("hoomdossier", COOPERATION, **fault)
    assert resident.sign_up()
    world.settle()
    assert not resident.dossiers
    return resident


def no_more_faults(world: World) -> None:
    """Both stand-ins work again."""
    for tables in (world.econobis_rows, world.hoomdossier_rows):
        for rows in tables.values():
            for row in rows.rows("_faults"):
                rows.delete("_faults", row["id"])


def until(world: World, moment: datetime) -> None:
    """Runs the tasks that are due and the sweep every five minutes, up to `moment` (UTC), also when no work is left."""
    while world.clock() < moment:
        following = world.dispatcher.next_time()
        if world.dispatcher.run_due():
            continue
        world.clock.advance(min(300.0, max((following - world.clock()).total_seconds(), 0.001) if following else 300.0))
        if not following or following > world.clock():
            sweep(world.services)
