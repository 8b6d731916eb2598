"""Fixtures with running functions, and a check after each test that none of them failed with a 500."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.world.functions_over_http import Machine, logged, running


@pytest.fixture
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with running(tmp_path_factory.mktemp("link")) as machine:
        yield machine


@pytest.fixture(scope="module")
def lasting_link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One instance for all tests of a module that store nothing."""
    with running(tmp_path_factory.mktemp("link")) as machine:
        yield machine


@pytest.fixture(autouse=True)
def _nothing_breaks() -> Iterator[None]:
    logged.clear()
    yield
    broken = [line for line in logged if line.get("message") == "broken"]
    assert not broken, broken[0]["stack_trace"]
