"""The settings of Hypothesis, the Firestore emulator that several folders use, and log lines without a request."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from shared import logs
from tests.world.firestore_emulator import FirestoreEmulator, NoEmulator

# Each run tries the same examples. There is no deadline: how long an example takes depends on the machine.
settings.register_profile(
    "project", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=False
)
settings.load_profile("project")


@pytest.fixture(scope="session")
def firestore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirestoreEmulator]:
    """Google's emulator, started once. Where it cannot start its tests are skipped, except in CI, where they fail."""
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
def no_request() -> Iterator[None]:
    """Each test runs in a context of its own, so that no trace of it reaches another test."""
    tokens = [(variable, variable.set(None)) for variable in (logs._trace, logs._project, logs._revision)]
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()
    for variable, token in tokens:
        variable.reset(token)
