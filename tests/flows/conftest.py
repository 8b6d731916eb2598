"""The world of `tests/faults`, in which nothing goes wrong but what a test says, and a resident who signed up there."""

from __future__ import annotations

import pytest

from tests.faults.conftest import adjusted, world  # noqa: F401  (fixtures)
from tests.world.campaign import Resident
from tests.world.world import World


@pytest.fixture
def resident(world: World) -> Resident:  # noqa: F811
    """With an intake, a dossier, and the form's fixed coach."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    return resident
