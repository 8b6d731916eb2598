"""Each test gets a world of its own, and a signed-up resident."""

from tests.world.fixtures import adjusted, resident, world

__all__ = ["adjusted", "resident", "world"]
