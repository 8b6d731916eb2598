"""Each test gets a world of its own."""

from tests.world.fixtures import adjusted, world

__all__ = ["adjusted", "world"]
