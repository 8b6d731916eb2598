"""What tests of several folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from shared.store.sqlite import SqliteStore
from tests import firestore_indexes
from tests.world.emulator import FirestoreEmulator, NoEmulator

# The same examples in each run; and how long one takes says more of the machine than of us.
settings.register_profile(
    "project", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=False
)
settings.load_profile("project")


@pytest.fixture(scope="session")
def firestore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirestoreEmulator]:
    """Google's emulator, started once. Without it its tests are skipped, but never in CI."""
    emulator = FirestoreEmulator(tmp_path_factory.mktemp("firestore"))
    try:
        emulator.start()
    except NoEmulator as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the tests on Firestore: {reason}")
    try:
        yield emulator
    finally:
        emulator.stop()


@pytest.fixture(autouse=True)
def as_production_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """Firestore refuses a query whose index is not declared, and keeps for ever what has no TTL policy; SQLite and
    the emulator do not. So here every test that comes across one fails."""
    find, write = SqliteStore.find, SqliteStore._write

    def find_declared(store, query):
        firestore_indexes.check_query(query)
        return find(store, query)

    def write_declared(store, sql, collection, key, data, *more):
        firestore_indexes.check_expiry(collection, data)
        return write(store, sql, collection, key, data, *more)

    monkeypatch.setattr(SqliteStore, "find", find_declared)
    monkeypatch.setattr(SqliteStore, "_write", write_declared)
