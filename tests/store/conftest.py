"""How each store is made. The tests of the contract need to know nothing else about an adapter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from shared.store.firestore import FirestoreStore
from shared.store.port import Store
from shared.store.sqlite import SqliteStore
from tests.world.clock import TestClock


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: TestClock) -> Iterator[Store]:
    if request.param == "sqlite":
        made: SqliteStore | FirestoreStore = SqliteStore(tmp_path / "store.db", clock)
    else:
        emulator = request.getfixturevalue("firestore")
        made = FirestoreStore(f"test-{uuid4().hex}", "(default)", clock, emulator.host)
    yield made
    made.close()
