"""The feed of a campaign with residents, and a check that no request broke."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.feed.feeding import Reader, feeding
from tests.world.functions_over_http import Machine, logged


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """For tests that only read."""
    with feeding(tmp_path_factory.mktemp("feed"), residents=120) as machine:
        yield machine


@pytest.fixture(scope="module")
def reader(feed: Machine) -> Reader:
    return Reader(feed)


@pytest.fixture(autouse=True)
def _nothing_breaks() -> Iterator[None]:
    logged.clear()
    yield
    broken = [line for line in logged if line.get("message") == "broken"]
    assert not broken, broken[0]["stack_trace"]
