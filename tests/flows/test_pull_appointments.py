"""Appointments whose push was lost are read from Hoomdossier's feed, page by page, and delivered once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.errors import PeerError
from shared.flows import pull_appointments as flow
from shared.flows.pull_appointments import OVERLAP, pull_appointments
from tests.world.functions_over_http import logged, running
from tests.world.residents import COOPERATION, WELCOME, Resident, check_whole, dead_letters, signed_up
from tests.world.sent import answers, events
from tests.world.world import World

FEED = "/api/v1/appointments"


@pytest.fixture
def residents(world: World) -> list[Resident]:
    """Three residents with a dossier and a coach."""
    campaign = signed_up(world, 3)
    return campaign.residents


def save(residents: list[Resident], date: str | None) -> None:
    """Sets the date in Hoomdossier without a push."""
    for resident in residents:
        resident.world.set_appointment(COOPERATION, resident.building_id, date)


def dates(residents: list[Resident]) -> set[str | None]:
    return {resident.visit.get("date_planned") for resident in residents}


def asked(world: World) -> list[dict[str, str]]:
    """The queries that the feed received, oldest first."""
    queries = [urlsplit(row["path"]).query for row in world.received("hoomdossier", COOPERATION, FEED)]
    return [{name: values[0] for name, values in parse_qs(query).items()} for query in queries]


def told(world: World) -> int:
    return len(events(world, "afspraak"))


def test_an_appointment_that_was_never_pushed_is_delivered(world: World, residents: list[Resident]):
    save(residents, "2027-03-05 10:00:00")
    assert pull_appointments(world.services, COOPERATION) == 3
    world.settle()
    assert dates(residents) == {"2027-03-05 10:00:00"}
    assert told(world) == 3
    assert len([it for it in world.letters_to(residents[0].email) if it != WELCOME]) == 1  # The resident is told.
    check_whole(world)


def test_a_removed_date_is_delivered_too(world: World, residents: list[Resident]):
    save(residents, "2027-03-05 10:00:00")
    pull_appointments(world.services, COOPERATION)
    world.settle()
    world.clock.advance(60)
    save(residents, None)
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert {resident.visit["status_id"] for resident in residents} == {14}


def test_every_page_is_read(world: World, residents: list[Resident], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flow, "PAGE", 1)  # A real page is never full in a test.
    save(residents, "2027-03-05 10:00:00")
    assert pull_appointments(world.services, COOPERATION) == 3
    assert len(asked(world)) == 3
    assert ["cursor" in query for query in asked(world)] == [False, True, True]
    world.settle()
    assert dates(residents) == {"2027-03-05 10:00:00"}


def test_the_next_run_asks_from_a_little_before_the_newest_it_saw(world: World, residents: list[Resident]):
    """The overlap is for changes that Hoomdossier was writing during the last run."""
    save(residents, "2027-03-05 10:00:00")
    seen = world.clock()
    pull_appointments(world.services, COOPERATION)
    world.clock.advance(86400)
    pull_appointments(world.services, COOPERATION)
    first, second = asked(world)
    assert "updated_since" not in first
    assert datetime.fromisoformat(second["updated_since"]) == seen - OVERLAP
    assert timedelta(minutes=5) <= OVERLAP <= timedelta(hours=2)


def test_an_appointment_that_the_feed_shows_again_makes_no_call(world: World, residents: list[Resident]):
    save(residents, "2027-03-05 10:00:00")
    for _ in range(3):
        pull_appointments(world.services, COOPERATION)
        world.settle()
    assert told(world) == 3


def test_a_refused_appointment_makes_no_second_call_until_it_is_saved_again(world: World, residents: list[Resident]):
    """The newest change is in every answer of the feed, and Econobis mails its staff about each refusal."""
    refused = '["Fout opgetreden: Afspraak niet gevonden in Econobis","Gehele API aanroep is ongedaan gemaakt!"]'
    world.fault("econobis", COOPERATION, kind="status", status=404, match="/afspraak", body=refused)
    resident = residents[0]
    save([resident], "2027-03-05 10:00:00")
    for _ in range(5):
        pull_appointments(world.services, COOPERATION)
        world.settle()
        world.clock.advance(3600)
    assert told(world) == 1
    assert len(dead_letters(world)) == 1
    save([resident], "2027-03-05 10:00:00")
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert told(world) == 2
    assert resident.visit["date_planned"] == "2027-03-05 10:00:00"
    check_whole(world)


def test_the_time_of_the_newest_is_kept_when_a_later_run_finds_nothing(world: World, residents: list[Resident]):
    save(residents, "2027-03-05 10:00:00")
    pull_appointments(world.services, COOPERATION)
    world.clock.advance(7200)
    for _ in range(3):
        pull_appointments(world.services, COOPERATION)
        world.start()  # Another instance.
    sinces = {query["updated_since"] for query in asked(world)[1:]}
    assert len(sinces) == 1


def test_pages_that_were_read_before_a_failure_are_kept(
    world: World, residents: list[Resident], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(flow, "PAGE", 1)  # A real page is never full in a test.
    for number, resident in enumerate(residents):
        world.clock.advance(3600)
        save([resident], f"2027-03-0{number + 1} 10:00:00")
    calls = 0

    def second_page(point: str) -> None:
        nonlocal calls
        calls += point == "before GET appointments"
        if calls == 2:
            world.fault("hoomdossier", COOPERATION, kind="status", status=500, match="appointments")
            calls += 1

    world.boundaries.fault = second_page
    with pytest.raises(PeerError):
        pull_appointments(world.services, COOPERATION)
    world.settle()
    assert residents[0].visit["date_planned"] == "2027-03-01 10:00:00"
    assert pull_appointments(world.services, COOPERATION) == 3  # The overlap has the first one again.
    assert "updated_since" in asked(world)[-3]
    world.settle()
    assert [it.visit["date_planned"] for it in residents] == [f"2027-03-0{day} 10:00:00" for day in (1, 2, 3)]
    assert told(world) == 3


def test_runs_at_once_make_one_call_per_appointment(world: World, residents: list[Resident]):
    save(residents, "2027-03-05 10:00:00")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: pull_appointments(world.services, COOPERATION), range(4)))
    world.settle()
    assert told(world) == 3
    check_whole(world)


@pytest.mark.parametrize("order", ["push first", "pull first"])
def test_a_change_that_is_pushed_and_pulled_makes_one_call(world: World, residents: list[Resident], order: str):
    save(residents[:1], "2027-03-05 10:00:00")
    steps = [lambda: residents[0].push("afspraak"), lambda: pull_appointments(world.services, COOPERATION)]
    for step in steps if order == "push first" else reversed(steps):
        assert step()
        world.settle()
    assert told(world) == 1


@pytest.mark.parametrize("status", [404, 405])
def test_a_hoomdossier_without_a_feed_stops_nothing_else(world: World, residents: list[Resident], status: int):
    """Hoomdossier has no feed yet."""
    body = '{"message":"The route could not be found."}'
    world.fault("hoomdossier", COOPERATION, kind="status", match="appointments", times=5, status=status, body=body)
    with pytest.raises(PeerError) as failed:
        pull_appointments(world.services, COOPERATION)
    assert not failed.value.peer_is_down
    other = Resident(world, 99)
    other.sign_up()
    world.settle()
    other.check()  # The breaker of Hoomdossier stays closed.
    assert answers(world, "hoomdossier", "register")[-1] == 201


def test_a_missing_feed_is_a_warning_in_the_log(tmp_path: Path):
    """The function answers the scheduler with 200 and says which cooperation was not pulled."""
    with running(tmp_path) as machine:
        machine.hoomdossier_fault(match="appointments", kind="status", status=404, body='{"message":"not found"}')
        logged.clear()
        answer = machine.google("pull-appointments")
        assert answer.status_code == 200
        assert answer.json()["zonnig-dorp"] is None
    (line,) = [line for line in logged if line.get("message") == "not pulled"]
    assert (line["cooperation"], line["severity"]) == ("zonnig-dorp", "WARNING")
