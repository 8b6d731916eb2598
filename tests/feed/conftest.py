"""The feed of a campaign with residents, and a check that no request broke."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.feed.feeding import Reader, feeding
from tests.world.firestore_emulator import FirestoreEmulator
from tests.world.functions_over_http import Machine, logged


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """For tests that only read."""
    with feeding(tmp_path_factory.mktemp("feed"), residents=120) as machine:
        yield machine


@pytest.fixture(scope="module")
def reader(feed: Machine) -> Reader:
    return Reader(feed)


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def in_store(request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables with which `feeding` uses each store: of a folder, or of Google's emulator."""
    if request.param == "sqlite":
        return {}
    emulator: FirestoreEmulator = request.getfixturevalue("firestore")
    return {"LINK_STORE": f"firestore://test-{uuid4().hex[:20]}?emulator={emulator.host}"}


@pytest.fixture(autouse=True)
def _nothing_breaks() -> Iterator[None]:
    logged.clear()
    yield
    broken = [line for line in logged if line.get("message") == "broken"]
    assert not broken, broken[0]["stack_trace"]
