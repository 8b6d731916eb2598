"""The answers as CSV and JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from functions.feed import lines, spreadsheet
from functions.feed.reader import Reader
from shared import wiring
from shared.domain.resident import Resident
from shared.erasure.erase import erase
from shared.errors import BadInput
from shared.feed.sets import JOURNEYS, Column
from tests.world.fixtures import adjusted, world
from tests.world.played_campaign import play
from tests.world.residents import COOPERATION
from tests.world.world import World

__all__ = ["adjusted", "world"]
READER = Reader(COOPERATION, "power-bi", "none")


@pytest.fixture(autouse=True)
def reading(world: World) -> Iterator[None]:
    wiring.use(lambda: world.observer)
    yield
    wiring.use(None)


def asked(**query: str) -> Request:
    return Request(EnvironBuilder(query_string=query).get_environ())


@pytest.mark.parametrize("text", ["=1+1", "+31", "-1", "@a", "\ta", "\ra", "\uff1d1", " =1"])
def test_a_text_is_no_formula(text: str) -> None:
    assert spreadsheet.cell(Column("name", "text", ""), text) == f"'{text}"


def test_a_number_stays_a_number() -> None:
    assert spreadsheet.cell(Column("m2", "number", ""), -1.5) == "-1,5"


def test_a_spreadsheet_has_a_line_per_journey(world: World) -> None:
    play(world)
    text = spreadsheet.answer(asked(), READER, JOURNEYS).get_data()
    assert text.startswith("\ufeffjourney_id;resident_id;".encode())
    assert text.count(b"\r\n") == 1 + len(lines.answer(asked(), READER, JOURNEYS).get_data().splitlines()) - 1


def test_a_cursor_tells_who_was_erased(world: World) -> None:
    play(world)
    world.clock.advance(3600)  # So that the cursor is after the erasures of the play.
    whole = [json.loads(it) for it in lines.answer(asked(), READER, JOURNEYS).get_data().splitlines()]
    cursor = whole[-1]["cursor"]
    world.clock.advance(3600)
    contact = next(it.contact_id for _, it in world.observer.records(Resident).all() if not it.is_coach)
    erase(world.observer, COOPERATION, contact, "a@b.nl")
    later = [json.loads(it) for it in lines.answer(asked(since=cursor), READER, JOURNEYS).get_data().splitlines()]
    gone = [it["removed"] for it in later if "removed" in it]
    assert len(gone) == 1
    assert gone[0] in {it.get("resident_id") for it in whole}
    assert gone[0] not in {it.get("resident_id") for it in later}


@pytest.mark.parametrize(("cursor", "status"), [("x", 400), ("2020-01-01T00:00:00.000000Z", 410)])
def test_a_cursor_that_does_not_serve_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, cursor: str, status: int
) -> None:
    with pytest.raises(BadInput) as refused:
        lines.answer(asked(since=cursor), READER, JOURNEYS)
    assert refused.value.status == status
