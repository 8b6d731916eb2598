"""Each test gets a world of its own, in which only what the test says goes wrong, and a resident who signed up."""

from tests.world.fixtures import adjusted, resident, world

__all__ = ["adjusted", "resident", "world"]
