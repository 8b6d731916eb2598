"""The rows of a cooperation that played its journeys: those of the staff pages, whole, however a reader pages.

In both stores: the order, the bounds and the pages are theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations_with_replacement
from uuid import uuid4

import pytest

from shared.clock import to_text
from shared.domain.ids import ContactId
from shared.domain.journey import STEPS, WAITS
from shared.domain.keys import of_contact
from shared.domain.resident import Journey, Measure, Milestones, Resident, place_in
from shared.feed.scan import Asked, Scan, Spot
from shared.feed.sets import CAMPAIGNS, JOURNEYS, MEASURES, MILESTONES, SETS, Row
from shared.staff.campaign import read_campaigns
from shared.store.firestore import FirestoreStore
from tests.world.counted_reads import CountedReads
from tests.world.played_campaign import play
from tests.world.residents import COOPERATION, OTHER
from tests.world.world import World, open_world

PAGE = 500  # So many documents a scan asks of the store at once.


@pytest.fixture(scope="module", params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One that played its campaign, and then stored three residents more at one moment."""
    open_store = None
    if request.param == "firestore":
        host, project = request.getfixturevalue("firestore").host, f"test-{uuid4().hex}"
        open_store = lambda clock: FirestoreStore(project, "(default)", clock, host)  # noqa: E731
    with open_world(tmp_path_factory.mktemp("world"), open_store) as world:
        play(world)
        store_more(world, COOPERATION, 3)
        yield world


def store_more(world: World, cooperation: str, count: int) -> None:
    """Residents who all changed now, not in the order of their numbers."""
    records = world.observer.records(Resident)
    for number in sorted(range(count), key=lambda it: -it % 7):
        contact = ContactId(70_000 + number)
        resident = Resident.first_seen(cooperation, contact, world.clock())
        resident.reach("intake", world.clock())
        records.create(of_contact(cooperation, contact), resident)


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
    rows = {row["contact_id"]: row for row in read(world, Asked(JOURNEYS, "everybody"))}
    known = [
        it for _, it in world.observer.records(Resident).all() if it.cooperation == COOPERATION and not it.is_coach
    ]
    assert len(known) == len(rows) > 8
    for resident in known:
        row, place = rows[resident.contact_id], resident.place()
        stands = (row["step"], row["waits_for"], row["waiting_since"])
        assert stands == (place.step, place.waits_for, to_text(place.since))
        assert row["changed_at"] == to_text(resident.changed_at or world.clock())


def test_the_columns_name_the_values_that_there_are() -> None:
    """A sign-up that Econobis has not got yet has no row, so the first step is the intake."""
    meanings = {it.name: it.meaning for it in JOURNEYS.columns}
    first = place_in(Journey(accepted_at=datetime(2026, 11, 23, tzinfo=UTC)))
    steps, waits = STEPS[STEPS.index(first.step) :], WAITS[WAITS.index(first.waits_for) :]
    assert meanings["step"] == f"the furthest step: {', '.join(steps)}"
    assert meanings["waits_for"].startswith(", ".join((*waits, "nothing", "cancelled", "removed; moved")))


def test_every_row_has_the_columns_of_its_table(world: World) -> None:
    for table in SETS.values():
        for level in ("none", "coaches", "everybody"):
            rows = read(world, Asked(table, level))
            assert rows
            assert {tuple(sorted(row)) for row in rows} == {tuple(sorted(it.name for it in table.columns_for(level)))}
            assert len({row[table.key] for row in rows}) == len(rows)


def test_reading_in_pieces_gives_the_same_rows(world: World) -> None:
    for table in SETS.values():
        for order in ("key", "changed_at") if table.has_changed_at else ("key",):
            whole = read(world, Asked(table, order=order))
            for stop in (1, 3):
                for documents in (None, 1, 2):
                    assert in_pieces(world, Asked(table, order=order, documents=documents), stop) == whole


def test_the_order_is_that_of_the_changes_and_then_of_the_keys(world: World) -> None:
    spots = [spot for spot, _ in Scan(world.observer, COOPERATION, Asked(MILESTONES, order="changed_at"))]
    assert spots == sorted(spots, key=lambda it: (it.changed_at, it.key, it.row))
    assert len({it.changed_at for it in spots}) < len({it.key for it in spots})  # Some changed at one moment.
    by_key = [spot for spot, _ in Scan(world.observer, COOPERATION, Asked(MILESTONES))]
    assert by_key == sorted(by_key, key=lambda it: (it.key, it.row))
    assert {(it.key, it.row) for it in by_key} == {(it.key, it.row) for it in spots}


def test_bounds_include_their_moment(world: World) -> None:
    """Any two, whole and in pieces: what lies between them in the order of the changes."""
    asked = Asked(MILESTONES, order="changed_at")
    whole = read(world, asked)
    moments = sorted({str(row["changed_at"]) for row in whole})
    assert len(moments) > 4
    for since, until in combinations_with_replacement([None, *moments[:2], *moments[-2:], None], 2):
        expected = [row for row in whole if (since or "") <= str(row["changed_at"]) <= (until or "~")]
        bounded = replace(asked, since=since, until=until)
        assert read(world, bounded) == expected
        assert in_pieces(world, replace(bounded, documents=2), 2) == expected


def test_who_changed_is_read_from_that_moment(world: World) -> None:
    world.clock.advance(60)
    now = to_text(world.clock())
    records = world.observer.records(Resident)
    key = of_contact(COOPERATION, ContactId(70_000))
    assert read(world, Asked(MILESTONES, order="changed_at", since=now)) == []
    records.edit(key, lambda it: it)
    assert read(world, Asked(JOURNEYS, order="changed_at", since=now)) == []
    records.edit(key, lambda it: it.reach("plan", world.clock()))
    assert [it["changed_at"] for it in read(world, Asked(JOURNEYS, order="changed_at", since=now))] == [now]


def test_who_changes_in_the_middle_is_read_again_in_the_order_of_the_changes(world: World) -> None:
    """The reader stopped between two of the rows: all of them come once more, at the end, with what is new."""
    (key, _), *_ = world.observer.records(Resident).all(where={"cooperation": COOPERATION, "waits_for": "appointment"})
    asked = Asked(MILESTONES, order="changed_at", documents=2)
    before = list(Scan(world.observer, COOPERATION, replace(asked, documents=None)))
    stop = next(at for at, (spot, _) in enumerate(before) if spot.key == key) + 1
    world.clock.advance(60)
    world.observer.records(Resident).edit(key, lambda it: it.reach("plan", world.clock()))
    after = in_pieces(world, replace(asked, after=before[stop][0]), 2)
    others = [row["milestone_id"] for spot, row in before[stop + 1 :] if spot.key != key]
    assert [row["milestone_id"] for row in after[: len(others)]] == others
    whole = [*(row["milestone"] for spot, row in before if spot.key == key), "plan"]
    assert [row["milestone"] for row in after[len(others) :]] == whole


def test_who_changes_in_the_middle_is_read_once_in_the_order_of_the_keys(world: World) -> None:
    """However far the reader was: none of the rows that stay is lost or comes twice, while others come and go."""
    records, at = world.observer.records(Resident), world.clock()
    key = of_contact(COOPERATION, ContactId(60_000))
    begun = Resident.first_seen(COOPERATION, ContactId(60_000), at)
    begun.measures = [Measure(name=name) for name in ("Dak", "Gevel", "Gevel", "Vloer")]
    begun.milestones = Milestones(signed_up=at, coach_linked=at, cancelled=at, removed=at)

    def change(resident: Resident) -> None:
        resident.milestones = Milestones(intake=at, dossier=at, coach_linked=at, removed=at)
        resident.measures = [Measure(name=name) for name in ("Glas", "Vloer", "Zonnepanelen", "Dak", "Gevel")]

    for table in (MILESTONES, MEASURES):
        asked = Asked(table)
        for stop in range(4):
            records.delete(key)
            records.create(key, begun.model_copy(deep=True))
            before = [it for it in Scan(world.observer, COOPERATION, asked) if it[0].key == key]
            records.edit(key, change)
            left = {row[table.key] for row in read(world, asked)}
            after = [row[table.key] for row in in_pieces(world, replace(asked, after=before[stop][0]), 2)]
            seen = [row[table.key] for _, row in before[: stop + 1]] + after
            assert len(set(seen)) == len(seen)
            stayed = left & {row[table.key] for _, row in before}
            assert stayed <= set(seen)
            assert len(stayed) > 1
    records.delete(key)


def test_a_full_page_of_the_store_is_no_end(world: World) -> None:
    """As many residents as two pages, all at one moment: each is read, once."""
    store_more(world, OTHER, 2 * PAGE)
    for order in ("key", "changed_at"):
        counted = replace(world.observer, store=CountedReads(world.observer.store))
        scan = Scan(counted, OTHER, Asked(JOURNEYS, "everybody", order=order))
        assert [row["contact_id"] for _, row in scan] == list(range(70_000, 70_000 + 2 * PAGE))
        assert scan.spot is None
        assert counted.store.read["residents"] == 2 * PAGE + 1  # Firestore bills one for the empty page.


def test_a_campaign_counts_as_on_its_page(world: World) -> None:
    rows = {row["campaign_id"]: (row["signed_up"], row["reached"]) for row in read(world, Asked(CAMPAIGNS))}
    pages = read_campaigns(world.observer, COOPERATION)
    assert rows == {it.campaign_id: (it.figures.signed_up, it.figures.reached) for it in pages if it.campaign_id}
