"""A world is freed when its test ends. One run makes hundreds of them."""

from __future__ import annotations

import gc
import time
import weakref

from tests.world.residents import Resident
from tests.world.world import World, open_world


def test_a_world_that_is_closed_is_freed(tmp_path):
    gone = weakref.ref(_lived(tmp_path))
    late = time.monotonic() + 5
    while gone() and time.monotonic() < late:  # Threads of its server may need time to end.
        gc.collect()
    assert gone() is None


def _lived(folder) -> World:
    with open_world(folder) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        resident.set_appointment("2027-03-05 10:00:00")
        world.die()
        return world
