"""A world for each test, on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.store.sqlite import SqliteStore
from tests.world.world import World, living

Adjusted = Callable[..., Iterator[World]]


@pytest.fixture
def adjusted(tmp_path: Path) -> Adjusted:
    """`with adjusted((old, new), …) as world`: the demo's settings with some of their text replaced."""

    @contextmanager
    def make(*changes: tuple[str, str]) -> Iterator[World]:
        def adjust(text: str) -> str:
            for old, new in changes:
                assert old in text
                text = text.replace(old, new)
            return text

        with living(tmp_path, lambda clock: SqliteStore(tmp_path / "link.sqlite", clock), adjust) as world:
            yield world

    return make


@pytest.fixture
def world(adjusted: Adjusted) -> Iterator[World]:
    with adjusted() as world:
        yield world
