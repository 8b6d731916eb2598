"""What tests of several folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.emulator import FirestoreEmulator, NoEmulator


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
