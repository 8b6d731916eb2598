"""The running functions, and the rule that none of them ever breaks."""

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
    """One for all tests of a module, for those that leave nothing behind."""
    with running(tmp_path_factory.mktemp("link")) as machine:
        yield machine


@pytest.fixture(autouse=True)
def _nothing_breaks() -> Iterator[None]:
    logged.clear()
    yield
    broken = [line for line in logged if line.get("message") == "broken"]
    assert not broken, broken[0]["stack_trace"]
