"""F1: an instance is killed before or after one of the calls that leave its process, in a resident's whole journey."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from shared.store.firestore import FirestoreStore
from shared.store.port import Store
from shared.store.sqlite import SqliteStore
from tests.world.clock import TestClock
from tests.world.journey import Journey
from tests.world.world import open_world

OpenStore = Callable[[TestClock], Store]
PARTS = 8
SHORT_STEP = {"sqlite": 12, "firestore": 60}  # The short form tries one crash point in so many.


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def store(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_store(store: str, request: pytest.FixtureRequest) -> Callable[[Path], OpenStore]:
    """Makes, for a folder, the function that opens the same store again after each kill."""
    if store == "sqlite":
        return lambda folder: lambda clock: SqliteStore(folder / "link.sqlite", clock)
    host = request.getfixturevalue("firestore").host

    def in_a_project(_folder: Path) -> OpenStore:
        project = f"test-{uuid4().hex}"
        return lambda clock: FirestoreStore(project, "(default)", clock, host)

    return in_a_project


def journey_killed_at(folder: Path, open_store: OpenStore, point: int | None) -> list[str]:
    """Plays a whole journey in which an instance is killed at crash point number `point` (None: never).

    Returns the names of all crash points that were passed.
    """
    with open_world(folder, open_store) as world:
        world.boundaries.begin(point)
        journey = Journey(world, alone=True)
        try:
            journey.run()
            journey.check()
        except BaseException as error:
            error.add_note(f"killed at point {point}")
            raise
        return world.boundaries.passed


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("form", ["short", pytest.param("full", marks=pytest.mark.slow)])
def test_f1_a_journey_ends_well_although_an_instance_is_killed_in_it(
    tmp_path: Path, store: str, open_store: Callable[[Path], OpenStore], form: str, part: int
) -> None:
    """The full form tries each crash point. The short form tries the same ones in each run."""
    points = len(journey_killed_at(tmp_path, open_store(tmp_path), None))
    assert points > 200
    step = SHORT_STEP[store] if form == "short" else 1
    for point in range(1 + part * step, points + 1, PARTS * step):
        folder = tmp_path / str(point)
        folder.mkdir()
        journey_killed_at(folder, open_store(folder), point)
