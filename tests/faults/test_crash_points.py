"""F1: killed before and after every call that leaves the process, one at a time, in a whole journey."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.store.port import Store
from shared.store.sqlite import SqliteStore
from tests.clock import TestClock
from tests.faults.journey import Journey
from tests.faults.world import living

PARTS = 8
EVERY_IN_SHORT = 12


def journey_killed_at(folder: Path, open_store: Callable[[TestClock], Store], point: int | None) -> list[str]:
    """The points that were passed up to the kill (all of them without one)."""
    folder.mkdir()
    with living(folder, open_store) as world:
        world.boundaries.begin(point)
        journey = Journey(world)
        try:
            journey.run()
            journey.check()
        except BaseException as error:
            error.add_note(f"killed at point {point}")
            raise
        return world.boundaries.passed


def sqlite(folder: Path) -> Callable[[TestClock], Store]:
    return lambda clock: SqliteStore(folder / "link.sqlite", clock)


def test_the_journey_without_a_kill(tmp_path):
    points = journey_killed_at(tmp_path / "none", sqlite(tmp_path), None)
    assert len(points) > 200


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("form", ["short", pytest.param("full", marks=pytest.mark.slow)])
def test_killed_at_every_point(tmp_path, form, part):
    """In full: each point; in short: each twelfth, other ones on each day would not be repeatable."""
    points = len(journey_killed_at(tmp_path / "none", sqlite(tmp_path), None))
    step = EVERY_IN_SHORT if form == "short" else 1
    for point in range(1 + part * step, points + 1, PARTS * step):
        folder = tmp_path / str(point)
        journey_killed_at(folder, lambda clock, folder=folder: SqliteStore(folder / "link.sqlite", clock), point)
