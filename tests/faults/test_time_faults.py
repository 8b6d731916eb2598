"""F19, F20 and F23: schedules that fire twice or not at all, summer time, a feed that moves, and clocks that differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.flows import pull_appointments as flow
from shared.flows.pull_appointments import pull_appointments
from shared.flows.run_task import Task, run_task
from shared.flows.sweep import sweep
from tests.world.crash_points import Boundaries
from tests.world.faults import overlapping
from tests.world.journey import Journey
from tests.world.residents import COOPERATION, Campaign, Resident, check_limits, check_whole
from tests.world.threads import at_once
from tests.world.world import World


@pytest.fixture
def campaign(world: World) -> Campaign:
    campaign = Campaign(world, 3)
    campaign.sign_up()
    world.settle()
    return campaign


def unseen(resident: Resident, date: str | None) -> None:
    """Saved in Hoomdossier, and the push got lost."""
    resident.world.set_appointment(resident.cooperation, resident.building_id, date)


def dates(campaign: Campaign) -> list[str | None]:
    return [resident.visit.get("date_planned") for resident in campaign.residents]


def delivered(world: World) -> int:
    return len(world.received("econobis", COOPERATION, "/afspraak"))


def test_f19_the_schedules_fire_twice_overlap_or_skip_a_day(world: World, campaign: Campaign):
    wanted = [f"2027-03-0{number} 10:00:00" for number in (1, 2, 3)]
    for resident, date in zip(campaign.residents, wanted, strict=True):
        unseen(resident, date)
    world.clock.advance(86400)  # Not a single run in a day.
    at_once(8, lambda number: sweep(world.services) if number % 2 else pull_appointments(world.services, COOPERATION))
    world.settle()
    pull_appointments(world.services, COOPERATION)
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert dates(campaign) == wanted
    assert delivered(world) == 3
    campaign.check()


def test_f19_many_sweeps_at_once_find_the_same_work(world: World):
    campaign = Campaign(world, 3)
    campaign.sign_up()
    world.dispatcher.lose_all()
    world.clock.advance(600)
    at_once(8, lambda _: sweep(world.services))
    world.settle()
    campaign.check()


@pytest.mark.parametrize(
    "night",
    [datetime(2027, 3, 28, 0, 15, tzinfo=UTC), datetime(2027, 10, 31, 0, 15, tzinfo=UTC)],
    ids=["spring", "autumn"],
)
def test_f19_in_the_nights_when_the_clock_changes(world: World, night: datetime):
    """A whole journey from 01:15 or 02:15 over the change; appointments in the hour that is not there, or twice."""
    world.clock.advance((night - world.clock()).total_seconds())
    campaign = Campaign(world, 2)
    campaign.sign_up()
    world.settle()
    resident, second = campaign.residents
    day = f"{night:%Y-%m-%d}"
    for minutes in range(0, 150, 30):
        world.clock.advance(1800)
        unseen(second, f"{day} 1{minutes // 30}:00:00")
        assert resident.set_appointment(f"{day} 02:{minutes % 60:02}:0{minutes // 60}")
        pull_appointments(world.services, COOPERATION)
        world.settle(timedelta(hours=20))
    assert resident.visit["date_planned"].startswith(day)
    assert resident.visit["date_planned"].endswith(("02:00:02", "03:00:02"))
    assert second.visit["date_planned"] == f"{day} 14:00:00"
    campaign.check()


def test_f20_the_page_changes_while_it_is_read(world: World, campaign: Campaign, monkeypatch: pytest.MonkeyPatch):
    """One moves to the end between two pages: it is read there, and nobody is passed over."""
    monkeypatch.setattr(flow, "PAGE", 1)  # A real page is never full in a test.
    first, *_ = campaign.residents
    for number, resident in enumerate(campaign.residents):
        unseen(resident, f"2027-03-0{number + 1} 10:00:00")
        world.clock.advance(1)
    pages = 0

    def change(point: str) -> None:
        nonlocal pages
        pages += point == "after GET appointments"
        if pages == 1 and point == "after GET appointments":
            unseen(first, "2027-03-09 09:00:00")

    world.boundaries.fault = change
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert pages >= 3
    assert dates(campaign) == ["2027-03-09 09:00:00", "2027-03-02 10:00:00", "2027-03-03 10:00:00"]
    check_whole(world)


def test_f20_edited_twice_within_one_second(world: World, campaign: Campaign):
    """Also when a run fell between the two."""
    first = campaign.residents[0]
    unseen(first, "2027-03-01 10:00:00")
    pull_appointments(world.services, COOPERATION)
    unseen(first, "2027-03-02 10:00:00")
    world.settle()
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert first.visit["date_planned"] == "2027-03-02 10:00:00"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_f20_hoomdossiers_clock_is_ten_minutes_off(world: World, campaign: Campaign, minutes: int):
    """A change that it dates before the last one we read is read all the same."""
    first, second, _ = campaign.residents
    tables = world.hoomdossier_rows[COOPERATION]
    unseen(first, "2027-03-01 10:00:00")
    pull_appointments(world.services, COOPERATION)
    world.clock.advance(30)
    before = tables.now
    tables.now = lambda: before() + timedelta(minutes=minutes)  # type: ignore[method-assign]
    unseen(second, "2027-03-02 10:00:00")
    pull_appointments(world.services, COOPERATION)
    tables.now = before  # type: ignore[method-assign]
    unseen(first, "2027-03-03 10:00:00")
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert dates(campaign)[:2] == ["2027-03-03 10:00:00", "2027-03-02 10:00:00"]
    check_whole(world)


def test_f20_the_cursor_is_lost(world: World, campaign: Campaign):
    """All is read again, and nothing is told again."""
    for number, resident in enumerate(campaign.residents):
        unseen(resident, f"2027-03-0{number + 1} 10:00:00")
    pull_appointments(world.services, COOPERATION)
    world.settle()
    calls, letters = delivered(world), len(world.letters.letters())
    world.observer.store.delete("cursors", f"{COOPERATION}:appointments")
    assert pull_appointments(world.services, COOPERATION) == 3
    world.settle()
    assert (delivered(world), len(world.letters.letters())) == (calls, letters)
    check_whole(world)


def test_f20_the_feed_fails_between_two_pages(world: World, campaign: Campaign, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flow, "PAGE", 1)  # A real page is never full in a test.
    for number, resident in enumerate(campaign.residents):
        unseen(resident, f"2027-03-0{number + 1} 10:00:00")
        world.clock.advance(1)
    world.fault("hoomdossier", COOPERATION, kind="delay", match="appointments", seconds=0)
    world.fault("hoomdossier", COOPERATION, kind="status", match="appointments", status=500)
    with pytest.raises(Exception, match="500"):
        pull_appointments(world.services, COOPERATION)
    world.clock.advance(300)
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert dates(campaign) == [f"2027-03-0{number} 10:00:00" for number in (1, 2, 3)]
    check_whole(world)


def test_f20_an_older_feed_does_not_undo_a_newer_push(world: World, campaign: Campaign):
    """The page was made before the coach moved the visit, and comes in after the push that told so."""
    first = campaign.residents[0]
    unseen(first, "2027-03-01 10:00:00")

    def moved(point: str) -> None:
        if point == "after GET appointments":
            world.boundaries.fault = lambda _point: None
            world.clock.advance(1)
            assert first.set_appointment("2027-03-02 10:00:00")

    world.boundaries.fault = moved
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert first.visit["date_planned"] == "2027-03-02 10:00:00"
    check_whole(world)


@pytest.mark.parametrize("minutes", [5, -5])
def test_f23_two_instances_whose_clocks_differ(world: World, minutes: int):
    """They take turns; nothing twice, nothing lost, and the peers' limits hold."""
    apart = world.instance(lambda: world.clock() + timedelta(minutes=minutes), Boundaries())
    turn = 0

    def run(task: Task) -> None:
        nonlocal turn
        turn += 1
        run_task(apart if turn % 2 else world.services, task)

    world.dispatcher.run = run
    journey = Journey(world)
    journey.run()
    journey.check()
    campaign = Campaign(world, 8, first=101)
    campaign.sign_up()
    for resident in campaign.residents[:3]:
        world.settle()
        assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    campaign.check()
    check_limits(world)


def test_f23_the_clock_steps_back(world: World):
    """Ten minutes, in the middle of everything."""
    campaign = Campaign(world, 4)
    campaign.sign_up()
    for _ in range(3):
        world.dispatcher.run_due()
    world.clock.advance(-600)
    for resident in campaign.residents:
        resident.sign_up()
    world.settle()
    for table in ("intakes", "opportunities"):
        assert len(world.rows(COOPERATION, table)) == 4
    for resident in campaign.residents:
        resident.check()


def test_f23_an_instance_that_is_ahead_finds_a_call_under_way(world: World):
    """To its clock the lease is over: it calls nobody, and the answer settles it."""
    resident = Resident(world, 1)
    overlapping(world, f"after POST demo-{COOPERATION}-webform")
    resident.sign_up()
    world.settle()
    resident.check()
    check_whole(world)
