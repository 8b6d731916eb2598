"""A campaign of which no event reaches the link ends in Econobis as one with events, by file and paste alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.imports.deliver import Told
from tests.world.by_hand import in_group, look, report, send, set_status, tables
from tests.world.residents import COOPERATION, signed_up
from tests.world.world import World, open_world

DATES = ["2026-12-14 10:30:00", "2026-12-15 09:00:00", "2026-11-20 14:00:00", None]
EXECUTED = 2


def played(folder: Path, *, pushed: bool) -> list[dict[str, Any]]:
    """The visits in Econobis after a campaign of four, of which one was visited and one has no date."""
    folder.mkdir()
    with open_world(folder) as world:
        campaign = signed_up(world, len(DATES))
        for number, (resident, date) in enumerate(zip(campaign.residents, DATES, strict=True)):
            if date:
                world.set_appointment(COOPERATION, resident.building_id, date)
            if date and pushed:
                resident.push("afspraak")
            if number == EXECUTED:
                set_status(resident, "executed")
                if pushed:
                    resident.push("woning-status")
        if not pushed:
            assert send(world, look(world, report(world), tables(world))) == ["done"] * len(DATES)
        world.settle()
        campaign.check()
        return [visit_of(resident.visit) for resident in campaign.residents]


def visit_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in ("id", "status_id", "date_planned", "contact_id", "opportunity_id")}


def test_file_and_paste_end_as_the_events_do(tmp_path: Path) -> None:
    by_hand, by_events = played(tmp_path / "hand", pushed=False), played(tmp_path / "events", pushed=True)
    assert [visit["date_planned"] for visit in by_events] == DATES
    assert by_hand == by_events


def test_the_same_file_again_delivers_nothing(world: World) -> None:
    campaign = signed_up(world, 2)
    for resident, date in zip(campaign.residents, DATES[:2], strict=True):
        world.set_appointment(COOPERATION, resident.building_id, date)
    file, pasted = report(world), tables(world)
    assert send(world, look(world, file, pasted)) == ["done", "done"]
    world.settle()
    calls = len(world.received("econobis", COOPERATION, "/hoomdossier/"))
    again = look(world, file, pasted)
    assert not in_group(again, "deliver")
    assert send(world, again, lambda _row: Told(is_unknown=True)) == []
    world.settle()
    assert len(world.received("econobis", COOPERATION, "/hoomdossier/")) == calls


@pytest.mark.parametrize("times", [2, 3])
def test_what_was_ticked_twice_is_delivered_once(world: World, times: int) -> None:
    campaign = signed_up(world, 1)
    (resident,) = campaign.residents
    world.set_appointment(COOPERATION, resident.building_id, DATES[0])
    shown = look(world, report(world), tables(world))
    outcomes = [send(world, shown) for _ in range(times)]
    assert outcomes == [["done"], *[["already"]] * (times - 1)]
    world.settle()
    assert len(world.received("econobis", COOPERATION, "/hoomdossier/afspraak")) == 1
    assert resident.visit["date_planned"] == DATES[0]
