"""How each store is made: all that the contract's tests need to know of an adapter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from shared.clock import to_text
from shared.store.firestore import FirestoreStore
from shared.store.port import Store
from shared.store.sqlite import SqliteStore


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def in_seconds(self, seconds: float) -> str:
        return to_text(self.now + timedelta(seconds=seconds))

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def as_production_would() -> None:
    """Not here: these tests make up their collections and queries."""


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    if request.param == "sqlite":
        made: SqliteStore | FirestoreStore = SqliteStore(tmp_path / "store.db", clock)
    else:
        emulator = request.getfixturevalue("firestore")
        made = FirestoreStore(f"test-{uuid4().hex}", "(default)", clock, emulator.host)
    yield made
    made.close()
