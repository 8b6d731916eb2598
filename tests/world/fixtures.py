"""Fixtures that give each test a world of its own, on SQLite. A folder's conftest.py imports them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.world.residents import COOPERATION, Resident
from tests.world.world import World, open_world

Adjusted = Callable[..., AbstractContextManager[World]]


@pytest.fixture
def adjusted(tmp_path: Path) -> Adjusted:
    """For `with adjusted((old, new), ...) as world`: the demo's settings, with each text `old` replaced by `new`."""

    @contextmanager
    def make(*changes: tuple[str, str]) -> Iterator[World]:
        def adjust(text: str) -> str:
            for old, new in changes:
                assert old in text
                text = text.replace(old, new)
            return text

        with open_world(tmp_path, adjust=adjust) as world:
            yield world

    return make


@contextmanager
def second_campaign(adjusted: Adjusted) -> Iterator[World]:
    """A world in which the Belgian cooperation has a second campaign, with the form `tweede`. Econobis has it too."""
    campaign, mail = "      1: {name: Warme wijk}\n", "    mail:\n      name: Meer Energie\n"
    form = "      tweede:\n        campaign: 2\n        measures: [1]\n        dossier: true\n"
    with adjusted((campaign, f"{campaign}      2: {{name: Zonnedaken}}\n"), (mail, form + mail)) as world:
        world.econobis_rows[COOPERATION].insert("campaigns", id=2, name="Zonnedaken")
        yield world


@pytest.fixture
def world(adjusted: Adjusted) -> Iterator[World]:
    """A world with the settings of the demo (`infra/local/demo.yaml`)."""
    with adjusted() as world:
        yield world


@pytest.fixture
def resident(world: World) -> Resident:
    """Signed up, with an intake, a dossier, and the form's fixed coach."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    return resident
