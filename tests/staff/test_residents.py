"""The list of residents: its order, its pages, its filters, and how much a page reads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.dossier_request import DossierRequest
from shared.domain.ids import ContactId
from shared.domain.resident import Milestones, Resident
from shared.domain.work import Parked
from shared.staff.asked import Asked
from shared.staff.residents import SIZE, Cursor, Listed, list_residents, search_residents
from shared.work.services import Services
from tests.staff.people import COOPERATION, documents_read, store_resident, store_sign_up
from tests.world.world import World


@pytest.fixture
def services(world: World) -> Services:
    return world.observer


def ids(listed: Listed) -> list[object]:
    return [row.contact_id or row.sign_up for row in listed.rows]


def listed(services: Services, asked: Asked | None = None, **page: object) -> Listed:
    return list_residents(services, COOPERATION, asked or Asked(), **page)  # type: ignore[arg-type]


def test_sign_ups_come_first_and_then_who_waits_longest_and_who_is_done_last(services: Services):
    now = services.clock()
    done = Milestones(signed_up=now, visited=now, plan=now)
    store_resident(services, 1, days=900, milestones=done)
    for number, days in ((2, 3), (3, 30), (4, 9)):
        store_resident(services, number, days=days)
    store_resident(services, 5, days=99, is_coach=True)
    store_resident(services, 6, days=99, cooperation="meer-energie")
    for key, days in (("b" * 32, 1), ("a" * 32, 2)):
        store_sign_up(services, key, days=days)
    found = listed(services)
    assert ids(found) == ["a" * 32, "b" * 32, 3, 4, 2, 1]
    assert found.count == 6
    assert (found.previous, found.following) == (None, None)


def test_pages_lead_forth_and_back_without_losing_or_repeating_anybody(services: Services):
    people = list(range(1, 2 * SIZE + 20))
    for number in people:
        store_resident(services, number, days=number // 3)  # Several began at the same moment.
    keys = [store_sign_up(services, f"{number:032x}", days=number) for number in range(5)]
    pages, cursor = [listed(services)], None
    while cursor := pages[-1].following:
        again = Cursor.read(str(cursor), COOPERATION)
        assert again == cursor
        pages.append(listed(services, cursor=again))
    seen = [one for page in pages for one in ids(page)]
    assert sorted(map(str, seen)) == sorted(map(str, [*people, *keys]))
    assert [len(page.rows) for page in pages] == [SIZE, SIZE, len(people) + 5 - 2 * SIZE]
    back = listed(services, cursor=pages[2].previous, backwards=True)
    assert ids(back) == ids(pages[1])
    assert back.following
    first = listed(services, cursor=back.previous, backwards=True)
    assert ids(first) == ids(pages[0])
    assert first.previous is None
    assert ids(listed(services, cursor=first.following)) == ids(pages[1])


def test_when_too_few_come_before_a_page_the_first_one_is_shown(services: Services):
    for number in range(1, SIZE + 10):
        store_resident(services, number, days=number)
    second = listed(services, cursor=listed(services).following)
    last = second.rows[-1]
    cursor = Cursor("residents", last.place.rank, f"{COOPERATION}:{last.contact_id}")
    assert len(listed(services, cursor=cursor, backwards=True).rows) == SIZE
    early = listed(services).rows[3]
    cursor = Cursor("residents", early.place.rank, f"{COOPERATION}:{early.contact_id}")
    assert ids(listed(services, cursor=cursor, backwards=True)) == ids(listed(services))


@pytest.mark.parametrize(
    "text", ["", "x", "r_", "r_2026_", "r_2026_x", "r_2026_²", "s__", "x_2026_1", "r_2026_1_2", "s_2026_a/b"]
)
def test_an_address_that_nobody_made_is_no_place_in_the_list(text: str):
    assert Cursor.read(text, COOPERATION) is None


FILTERS = {
    Asked(): {1, 2, 3, 4, 5, "s"},
    Asked(waits_for="coach"): {1, 2, 3},
    Asked(waits_for="appointment"): {4},
    Asked(waits_for="cancelled"): {5},
    Asked(waits_for="intake"): {"s"},
    Asked(coach=11): {4, 5},
    Asked(coach=0): {1, 2, 3, "s"},
    Asked(campaign=1): {1, 4, 5, "s"},
    Asked(campaign=2): {2},
    Asked(campaign=0): {3},
    Asked(longer=14): {1, 4},
    Asked(longer=0): {1, 2, 3, 4, "s"},
    Asked(waits_for="cancelled", longer=14): {5},
    Asked(waits_for="coach", longer=14): {1},
    Asked(waits_for="coach", campaign=2): {2},
    Asked(waits_for="coach", coach=0, campaign=1, longer=14): {1},
    Asked(waits_for="appointment", coach=11, campaign=1): {4},
    Asked(waits_for="appointment", coach=12): set(),
    Asked(waits_for="intake", coach=11): set(),
    Asked(waits_for="intake", campaign=1): {"s"},
    Asked(waits_for="intake", campaign=0): set(),
}


def store_some(services: Services) -> None:
    early = services.clock() - timedelta(days=40)
    store_resident(services, 1, days=20)
    store_resident(services, 2, days=2, campaign_id=2)
    store_resident(services, 3, days=3, campaign_id=None)
    linked = {"visit_coach": 11, "milestones": Milestones(dossier=early, coach_linked=early)}
    store_resident(services, 4, **linked)
    store_resident(services, 5, visit_coach=11, milestones=Milestones(cancelled=early))
    store_sign_up(services, "5" * 32, days=1)


@pytest.mark.parametrize("asked", FILTERS, ids=str)
def test_filters_work_alone_and_together_and_for_a_search_too(services: Services, asked: Asked):
    store_some(services)
    found = listed(services, asked)
    assert {"s" if row.sign_up else row.contact_id for row in found.rows} == FILTERS[asked]
    assert found.count == len(found.rows)
    searched = search_residents(services, COOPERATION, "anna", asked)
    assert set(ids(searched)) == FILTERS[asked] - {"s"}
    searched = search_residents(services, COOPERATION, "wim", asked)
    assert len(searched.rows) == ("s" in FILTERS[asked])


def test_a_row_says_who_waits_too_long_and_who_is_stuck(services: Services):
    store_some(services)
    parked = Parked(code="Refused", reason="nee", at=services.clock())
    store_resident(services, 6, state="parked", parked=parked, needs_person=True)
    rows = {row.contact_id: row for row in listed(services).rows}
    assert {id_ for id_, row in rows.items() if row.late} == {1, 4, None}
    assert {id_ for id_, row in rows.items() if row.stuck} == {6}
    assert (rows[4].coach, rows[4].campaign, rows[3].campaign) == ("Cora Coach", "Isolatie 2027", "")


def test_who_is_stuck_in_other_work_is_marked_too(world: World):
    services, now = world.observer, world.clock()
    store_resident(services, 1)
    request = DossierRequest(cooperation=COOPERATION, contact_id=ContactId(1), accepted_at=now)
    request.park(Parked(code="DossierNotAsked", at=now))
    services.records(DossierRequest).create(f"{COOPERATION}:1", request)
    (row,) = listed(services).rows
    assert row.stuck


def test_a_page_reads_fewer_than_200_documents(services: Services):
    parked = Parked(code="Refused", reason="nee", at=services.clock())
    for number in range(1, 260):
        store_resident(services, number, days=number, state="parked", parked=parked, needs_person=True)
    for number in range(60):
        store_sign_up(services, f"{number:032x}", days=number)
    first = listed(services)
    for act in (
        lambda: listed(services),
        lambda: listed(services, cursor=first.following),
        lambda: listed(services, cursor=Cursor("residents", "~", f"{COOPERATION}:1"), backwards=True),
        lambda: search_residents(services, COOPERATION, "anna", Asked()),
        lambda: search_residents(services, COOPERATION, "anna test", Asked()),
        lambda: search_residents(services, COOPERATION, "1234AB", Asked()),
        lambda: search_residents(services, COOPERATION, "de test", Asked()),
    ):
        with documents_read(services) as read:
            act()
        assert 0 < len(read) < 200


def test_a_search_that_finds_too_many_says_so(services: Services):
    for number in range(1, 60):
        store_resident(services, number)
    found = search_residents(services, COOPERATION, "anna", Asked())
    assert found.more
    assert found.count is None
    assert not search_residents(services, COOPERATION, "test7", Asked()).more


def test_the_list_of_residents_keeps_no_name_that_was_dropped(services: Services):
    store_resident(services, 1)
    services.records(Resident).edit(f"{COOPERATION}:1", Resident.forget_person)
    (row,) = listed(services).rows
    assert (row.name, row.address) == ("", "")
    assert not search_residents(services, COOPERATION, "anna", Asked()).rows
    assert ids(search_residents(services, COOPERATION, "1", Asked())) == [1]
