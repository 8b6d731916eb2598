"""The rows of a cooperation that played its journeys: those of the staff pages, whole, however a reader pages."""

from __future__ import annotations

from dataclasses import replace

from shared.clock import to_text
from shared.domain.resident import Resident
from shared.feed.scan import Asked, Scan, Spot
from shared.feed.sets import CAMPAIGNS, JOURNEYS, MILESTONES, SETS, Row
from shared.staff.campaign import read_campaigns
from tests.world.fixtures import adjusted, world
from tests.world.played_campaign import play
from tests.world.residents import COOPERATION
from tests.world.world import World

__all__ = ["adjusted", "world"]


def read(world: World, asked: Asked) -> list[Row]:
    return [row for _, row in Scan(world.observer, COOPERATION, asked)]


def in_pieces(world: World, asked: Asked, stop: int) -> list[Row]:
    """Reads, but begins again after every `stop` rows at the spot of the last one."""
    rows: list[Row] = []
    while True:
        scan, spot, got = Scan(world.observer, COOPERATION, asked), None, 0
        for at, row in scan:
            rows.append(row)
            spot, got = at, got + 1
            if got == stop:
                break
        else:
            spot = scan.spot
        if spot is None:
            return rows
        assert isinstance(spot, Spot)
        asked = replace(asked, after=spot)


def test_a_journey_stands_where_the_staff_pages_say(world: World) -> None:
    play(world)
    rows = {row["contact_id"]: row for row in read(world, Asked(JOURNEYS, "everybody"))}
    known = [it for _, it in world.observer.records(Resident).all() if not it.is_coach]
    assert len(known) == len(rows) > 5
    for resident in known:
        row, place = rows[resident.contact_id], resident.place()
        stands = (row["step"], row["waits_for"], row["waiting_since"])
        assert stands == (place.step, place.waits_for, to_text(place.since))
        assert row["changed_at"] == to_text(resident.changed_at or world.clock())


def test_every_row_has_the_columns_of_its_table(world: World) -> None:
    play(world)
    for table in SETS.values():
        for level in ("none", "coaches", "everybody"):
            rows = read(world, Asked(table, level))
            assert rows
            assert {tuple(sorted(row)) for row in rows} == {tuple(sorted(it.name for it in table.columns_for(level)))}
            assert len({row[table.key] for row in rows}) == len(rows)


def test_reading_in_pieces_gives_the_same_rows(world: World) -> None:
    play(world)
    for table in SETS.values():
        for order in ("key", "changed_at") if table.has_changed_at else ("key",):
            whole = read(world, Asked(table, order=order))
            assert in_pieces(world, Asked(table, order=order), 1) == whole
            assert in_pieces(world, Asked(table, order=order, documents=2), 3) == whole


def test_who_changed_is_read_from_that_moment(world: World) -> None:
    residents = play(world)
    world.clock.advance(60)
    now = to_text(world.clock())
    records = world.observer.records(Resident)
    (key, resident), *_ = records.all()
    assert read(world, Asked(MILESTONES, order="changed_at", since=now)) == []
    records.edit(key, lambda it: it)
    assert read(world, Asked(JOURNEYS, order="changed_at", since=now)) == []
    records.edit(key, lambda it: it.reach("plan", world.clock()))
    assert [it["changed_at"] for it in read(world, Asked(JOURNEYS, order="changed_at", since=now))] == [now]
    assert residents and resident


def test_a_campaign_counts_as_on_its_page(world: World) -> None:
    play(world)
    rows = {row["campaign_id"]: (row["signed_up"], row["reached"]) for row in read(world, Asked(CAMPAIGNS))}
    pages = read_campaigns(world.observer, COOPERATION)
    assert rows == {it.campaign_id: (it.figures.signed_up, it.figures.reached) for it in pages if it.campaign_id}
