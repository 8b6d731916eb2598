"""What is ticked reaches Econobis once, whatever happens meanwhile: two people, a crash, a push, an erasure."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from typing import Any, get_args

import icalendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.keys import of_contact
from shared.domain.resident import Resident as StoredResident
from shared.erasure.erase import erase
from shared.errors import StoreUnavailable
from shared.feed.visits import calendar_file
from shared.imports.compare import Compared
from shared.imports.deliver import Outcome, Told, deliver
from shared.imports.proposal import Proposal
from shared.store.port import Query
from tests.tree import ROOT
from tests.world.by_hand import (
    BY,
    DATE,
    everything,
    imported,
    in_group,
    look,
    report,
    send,
    set_date,
    set_status,
    tables,
)
from tests.world.crash_points import Killed
from tests.world.faults import fails
from tests.world.residents import COOPERATION, Campaign, Resident, dead_letters, signed_up
from tests.world.world import World

OTHER_DATE = "2026-12-16 15:00:00"


def pushed(world: World, kind: str = "afspraak") -> int:
    """How often Econobis got an event of this kind."""
    return len(world.received("econobis", COOPERATION, f"/hoomdossier/{kind}"))


def decided(world: World) -> list[tuple[str, str]]:
    lines = [line for _, line in world.observer.audit.records.all(where={"cooperation": COOPERATION})]
    assert {line.by for line in lines if line.action == "import"} <= {BY}
    return [(line.action, line.about) for line in sorted(lines, key=lambda it: it.at)]


# -- the road ----------------------------------------------------------------------------------------------------------


def test_the_appointment_comes_before_the_status(resident: Resident) -> None:
    set_date(resident, "2026-11-20 14:00:00")
    set_status(resident, "executed")
    assert send(resident.world, everything(resident.world)) == ["done"]
    resident.world.settle()
    calls = [
        call["path"].rpartition("/")[2] for call in resident.world.received("econobis", COOPERATION, "/hoomdossier/")
    ]
    assert calls == ["afspraak", "woning-status"]
    assert resident.visit["date_planned"] == "2026-11-20 14:00:00"
    assert resident.visit["status_id"] == 9


@pytest.mark.parametrize("has_visit", [True, False])
def test_econobis_may_have_it_already(resident: Resident, has_visit: bool) -> None:
    """Hoomdossier pushes to Econobis itself. Without the visit a person has to look."""
    world, rows = resident.world, resident.world.econobis_rows[COOPERATION]
    set_date(resident, "2026-11-20 14:00:00")
    set_status(resident, "executed")
    done = {"status_id": 9, "date_planned": "2026-11-20 14:00:00"}
    rows.update("quotation_requests", resident.visit["id"], **(done if has_visit else {"deleted_at": "2026-11-23"}))
    assert send(world, everything(world)) == ["done"]
    world.settle()
    if has_visit:
        assert (resident.visit["status_id"], resident.visit["date_planned"]) == (9, "2026-11-20 14:00:00")
    assert [letter.kind for letter in dead_letters(world)] == ([] if has_visit else ["appointment", "status"])


def test_the_status_of_an_earlier_visit_does_not_complete_the_next(resident: Resident) -> None:
    """Econobis got a visit to come as done when the same file was read a second time."""
    world = resident.world
    imported(resident, "2026-11-20 14:00:00")
    set_status(resident, "executed")
    assert send(world, everything(world)) == ["done"]
    world.settle()
    set_date(resident, DATE)
    file, pasted = report(world), tables(world)
    assert send(world, look(world, file, pasted)) == ["done"]
    world.settle()
    assert send(world, look(world, file, pasted)) == []
    assert pushed(world, "woning-status") == 1
    world.clock.advance(timedelta(days=30).total_seconds())
    assert send(world, everything(world)) == ["done"]
    world.settle()
    assert pushed(world, "woning-status") == 2


def test_each_delivery_leaves_a_line_with_who_did_it(resident: Resident) -> None:
    imported(resident)
    home = f"relays/{COOPERATION}:{resident.building_id}/appointment"
    assert decided(resident.world)[-1] == ("import", home)


def test_the_resident_gets_the_letter_of_an_appointment(resident: Resident) -> None:
    imported(resident)
    assert "Je afspraak met de energiecoach: maandag 14 december 2026" in resident.world.letters_to(resident.email)


def test_a_typed_time_and_an_unknown_one(resident: Resident) -> None:
    world = resident.world
    set_date(resident, DATE)
    shown = look(world, report(world))
    assert send(world, shown, lambda _row: Told()) == ["no_time"]
    assert send(world, shown, lambda _row: Told(is_unknown=True)) == ["done"]
    world.settle()
    assert resident.visit["date_planned"] == "2026-12-14 00:00:00"
    (event,) = icalendar.Calendar.from_ical(calendar_file(world.services, COOPERATION, None)).events
    assert (event.start, event.end) == (date(2026, 12, 14), date(2026, 12, 15))
    assert send(world, everything(world)) == ["done"]
    world.settle()
    assert resident.visit["date_planned"] == DATE
    assert send(world, look(world, report(world)), lambda _row: Told(is_unknown=True)) == []
    world.settle()
    assert resident.visit["date_planned"] == DATE


def test_a_typed_time_is_that_of_amsterdam(resident: Resident) -> None:
    set_date(resident, "2026-07-06 00:00:00")
    shown = look(resident.world, report(resident.world))
    assert send(resident.world, shown, lambda _row: Told(at=time(9, 15))) == ["done"]
    resident.world.settle()
    assert resident.visit["date_planned"] == "2026-07-06 09:15:00"


@pytest.mark.parametrize("gone", ["date", "status"])
def test_a_visit_is_cancelled_by_choice_alone(resident: Resident, gone: str) -> None:
    world = resident.world
    imported(resident)
    if gone == "date":
        set_date(resident, None)
    else:
        set_status(resident, "no_execution")
    shown = everything(world)
    assert send(world, shown) == []
    assert resident.visit["status_id"] == 8
    assert send(world, shown, lambda _row: Told()) == ["done"]
    world.settle()
    assert resident.visit["status_id"] == 14
    assert not in_group(everything(world), "cancel")
    assert send(world, everything(world), lambda _row: Told()) == []


# -- older and newer ---------------------------------------------------------------------------------------------------


def test_a_push_between_preview_and_tick_wins(resident: Resident) -> None:
    set_date(resident, DATE)
    shown = everything(resident.world)
    assert resident.set_appointment(OTHER_DATE)
    assert send(resident.world, shown) == ["older"]
    resident.world.settle()
    assert resident.visit["date_planned"] == OTHER_DATE
    assert pushed(resident.world) == 1


def test_the_same_push_between_preview_and_tick_leaves_nothing(resident: Resident) -> None:
    set_date(resident, DATE)
    shown = everything(resident.world)
    assert resident.push("afspraak")
    assert send(resident.world, shown) == ["already"]
    resident.world.settle()
    assert pushed(resident.world) == 1


def test_an_old_file_does_not_bring_back_what_was_pushed_since(resident: Resident) -> None:
    """Also when nobody says how old it is."""
    set_date(resident, DATE)
    file, pasted = report(resident.world), tables(resident.world)
    assert send(resident.world, look(resident.world, file, pasted)) == ["done"]
    assert resident.set_appointment(OTHER_DATE)
    resident.world.settle()
    resident.world.clock.advance(3600)
    again = look(resident.world, file, pasted)
    assert [row.group for rows in again.rows.values() for row in rows if row.resident] == ["older"]
    assert resident.visit["date_planned"] == OTHER_DATE


def test_a_push_after_the_import_of_the_same_date_is_harmless(resident: Resident) -> None:
    imported(resident)
    assert resident.push("afspraak")
    resident.world.settle()
    assert resident.visit["date_planned"] == DATE
    assert not dead_letters(resident.world)


# -- twice, at once, broken off ----------------------------------------------------------------------------------------


def test_two_people_at_once_deliver_once(world: World) -> None:
    campaign = signed_up(world, 4)
    for resident in campaign.residents:
        set_date(resident, DATE)
    proposals = [row.proposal for row in in_group(everything(world), "deliver") if row.proposal]
    instances = [world.instance() for _ in range(8)]
    with ThreadPoolExecutor(8) as people:
        done = list(people.map(lambda who, it: deliver(who, COOPERATION, it, Told(), BY), instances, proposals * 2))
    assert set(done) <= {"done", "already"}
    assert done.count("done") >= 4
    world.settle()
    assert pushed(world) == 4
    assert [resident.visit["date_planned"] for resident in campaign.residents] == [DATE] * 4


def test_a_crash_anywhere_in_it_loses_nothing_and_doubles_nothing(world: World) -> None:
    """Killed at each of its crash points in turn, each with a resident of its own, and then done again."""
    count = 24
    campaign = signed_up(world, count)
    for resident in campaign.residents:
        set_date(resident, "2026-11-20 14:00:00")
        set_status(resident, "executed")
    proposals = [row.proposal for row in in_group(look(world, report(world)), "time") if row.proposal]
    assert len(proposals) == count
    told = Told(at=time(14, 0))
    world.boundaries.begin()
    deliver(world.services, COOPERATION, proposals[0], told, BY)
    points = len(world.boundaries.passed)
    assert 15 < points < 60
    killed = 0
    for number, proposal in enumerate(proposals[1:], 1):
        world.boundaries.begin(number * points // count)
        try:
            deliver(world.services, COOPERATION, proposal, told, BY)
        except Killed:
            killed += 1
            world.die()
        world.boundaries.begin()
        world.clock.advance(60)
        assert deliver(world.services, COOPERATION, proposal, told, BY) in {"done", "already"}
    assert killed > count - 4
    world.settle()
    for resident in campaign.residents:
        assert (resident.visit["date_planned"], resident.visit["status_id"]) == ("2026-11-20 14:00:00", 9)
    assert pushed(world, "woning-status") == count
    assert not dead_letters(world)


def test_a_store_that_is_away_stops_it_and_the_rest_goes_on_later(resident: Resident) -> None:
    set_date(resident, DATE)
    shown = everything(resident.world)
    failed = fails(resident.world, lambda point, _number: "create(audit)" in point)
    with pytest.raises(StoreUnavailable):
        send(resident.world, shown)
    assert failed
    resident.world.boundaries.fault = lambda _point: None
    assert not resident.world.has_work()
    assert send(resident.world, shown) == ["done"]


# -- identity ----------------------------------------------------------------------------------------------------------


def proposal_of(resident: Resident, **changed: Any) -> Proposal:
    set_date(resident, DATE)
    (row,) = in_group(everything(resident.world), "deliver")
    assert row.proposal
    return row.proposal.model_copy(update=changed)


@pytest.mark.parametrize("changed", [{"account_id": 99}, {"building_id": 99}])
def test_numbers_that_changed_since_the_preview_stop_it(resident: Resident, changed: dict[str, int]) -> None:
    imported(resident)
    proposal = proposal_of_known(resident, **changed)
    assert deliver(resident.world.services, COOPERATION, proposal, Told(), BY) == "contradicts"
    resident.world.settle()
    assert pushed(resident.world) == 1


@pytest.mark.parametrize("field", ["account_id", "building_id"])
def test_numbers_that_became_those_of_another_since_the_preview_stop_it(world: World, field: str) -> None:
    """Of a resident whom the link does not know, it has no numbers of its own to compare with."""
    campaign = signed_up(world, 2)
    first, second = campaign.residents
    set_date(first, DATE)
    world.observer.store.delete("residents", of_contact(COOPERATION, first.contact_id))
    (row,) = in_group(everything(world), "unknown")
    assert row.proposal
    number = getattr(row.proposal, field)
    key = of_contact(COOPERATION, second.contact_id)
    world.services.records(StoredResident).edit(key, lambda it: setattr(it, field, number))
    assert deliver(world.services, COOPERATION, row.proposal, Told(), BY) == "contradicts"
    world.settle()
    assert pushed(world) == 0


def proposal_of_known(resident: Resident, **changed: Any) -> Proposal:
    set_date(resident, OTHER_DATE)
    (row,) = in_group(everything(resident.world), "deliver")
    assert row.proposal
    return row.proposal.model_copy(update=changed)


def test_an_erased_contact_gets_nothing(resident: Resident) -> None:
    proposal = proposal_of(resident)
    erase(resident.world.services, COOPERATION, proposal.contact_id, BY, None)
    assert deliver(resident.world.services, COOPERATION, proposal, Told(), BY) == "erased"
    assert not resident.world.has_work()


def test_a_resident_whom_the_link_does_not_know_comes_in_by_choice(resident: Resident) -> None:
    """As with a push: the link learns the resident from the event."""
    set_date(resident, DATE)
    world, contact = resident.world, resident.contact_id
    for collection in ("residents", "submissions", "links", "dossier_requests"):
        for document in world.observer.store.find(_all(collection)):
            world.observer.store.delete(collection, document.key)
    shown = everything(world)
    assert send(world, shown) == []
    (row,) = in_group(shown, "unknown")
    assert row.proposal
    assert row.proposal.contact_id == contact
    assert send(world, shown, lambda _row: Told()) == ["done"]
    world.settle()
    assert resident.visit["date_planned"] == DATE


def _all(collection: str) -> Query:
    return Query(collection, {"cooperation": COOPERATION})


# -- lost answers ------------------------------------------------------------------------------------------------------


def test_an_account_whose_answer_was_lost_is_settled_and_econobis_gets_it(world: World) -> None:
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="lost_answer", match="/register", times=50)
    resident.sign_up()
    world.settle(until=timedelta(days=9))
    assert [letter.collection for letter in dead_letters(world)]
    assert not resident.contact.get("hoom_account_id")
    world.http.post(f"{world.base}/hoomdossier/{COOPERATION}/_faults", content="[]")
    (row,) = in_group(look(world, report(world)), "deliver")
    assert row.proposal
    assert row.proposal.settles
    assert send(world, look(world, report(world))) == ["done"]
    world.settle()
    assert resident.contact["hoom_account_id"] == resident.dossiers[0]["account_id"]
    assert not [letter for letter in dead_letters(world) if letter.collection == "residents"]
    assert ("settle", f"{COOPERATION}:{resident.contact_id}") in decided(world)


# -- nothing but what was in file and tick -----------------------------------------------------------------------------


@pytest.fixture
def campaign(world: World) -> Campaign:
    return signed_up(world, 3)


_DATES = st.sampled_from([None, DATE, OTHER_DATE, "2026-11-20 14:00:00"])
_STATUSES = st.sampled_from(["active", "in_progress", "executed", "no_execution", "pending"])
_ROWS = st.lists(st.tuples(_DATES, _STATUSES, st.booleans()), min_size=3, max_size=3)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=_ROWS, with_tables=st.booleans())
def test_nothing_is_delivered_that_was_not_in_file_and_tick(
    campaign: Campaign, rows: list[tuple[str | None, str, bool]], with_tables: bool
) -> None:
    """Whatever the file says, Econobis hears of those who are ticked, and only what the file says of them."""
    world = campaign.world
    for resident, (date_, status, _) in zip(campaign.residents, rows, strict=True):
        set_date(resident, date_)
        set_status(resident, status)
    before = [resident.visit for resident in campaign.residents]
    calls = len(world.received("econobis", COOPERATION, "/hoomdossier/"))
    ticked = {it.contact_id for it, (_, _, tick) in zip(campaign.residents, rows, strict=True) if tick}

    def choose(row: Compared) -> Told | None:
        assert row.proposal
        return Told(is_unknown=True) if row.proposal.contact_id in ticked else None

    shown = look(world, report(world), tables(world) if with_tables else "")
    send(world, shown, choose)
    world.settle()
    told = [call["body"] for call in world.received("econobis", COOPERATION, "/hoomdossier/")[calls:]]
    assert all(
        any(f'"contact_id": {it}' in str(body) or f'"contact_id":{it}' in str(body) for it in ticked) for body in told
    )
    for resident, (date_, _, tick), was in zip(campaign.residents, rows, before, strict=True):
        now = resident.visit
        if not tick:
            assert now == was
        elif now.get("date_planned") != was.get("date_planned"):
            assert date_
            assert (now["date_planned"] or "")[:10] == date_[:10]


def test_all_outcomes_have_words() -> None:
    """The page has a text for each."""
    words = (ROOT / "functions/staff/templates/import_words.html").read_text(encoding="utf-8")
    assert all(f'"{outcome}": _(' in words for outcome in get_args(Outcome))
