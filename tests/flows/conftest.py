"""Each test gets a world of its own, in which only what the test says goes wrong, and a resident who signed up."""

from __future__ import annotations

import pytest

from tests.world.fixtures import adjusted, world
from tests.world.residents import Resident
from tests.world.world import World

__all__ = ["adjusted", "resident", "world"]


@pytest.fixture
def resident(world: World) -> Resident:
    """With an intake, a dossier, and the form's fixed coach."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    return resident
