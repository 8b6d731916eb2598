"""Each test gets its own world without random faults, and a signed-up resident."""

from tests.world.fixtures import adjusted, resident, world

__all__ = ["adjusted", "resident", "world"]
