"""F19, F20 and F23: schedules that fire twice or not at all, summer time, a feed that changes, clocks that differ."""

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
from tests.world.residents import COOPERATION, Campaign, Resident, check_limits, check_whole, signed_up
from tests.world.threads import at_once
from tests.world.world import World


@pytest.fixture
def campaign(world: World) -> Campaign:
    return signed_up(world, 3)


def unseen(resident: Resident, date: str | None) -> None:
    """The coach saves the date in Hoomdossier, and the push is lost: only the feed has it."""
    resident.world.set_appointment(resident.cooperation, resident.building_id, date)


def dates(campaign: Campaign) -> list[str | None]:
    return [resident.visit.get("date_planned") for resident in campaign.residents]


def delivered(world: World) -> int:
    return len(world.received("econobis", COOPERATION, "/afspraak"))


def test_f19_appointments_arrive_once_when_schedules_fire_twice_overlap_or_skip_a_day(world: World, campaign: Campaign):
    wanted = [f"2027-03-0{number} 10:00:00" for number in (1, 2, 3)]
    for resident, date in zip(campaign.residents, wanted, strict=True):
        unseen(resident, date)
    world.clock.advance(86400)  # No run in a day.
    at_once(8, lambda number: sweep(world.services) if number % 2 else pull_appointments(world.services, COOPERATION))
    world.settle()
    pull_appointments(world.services, COOPERATION)
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert dates(campaign) == wanted
    assert delivered(world) == 3
    campaign.check()


def test_f19_eight_sweeps_at_once_do_the_same_work_once(world: World):
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
def test_f19_a_journey_ends_well_in_the_nights_when_summer_time_begins_and_ends(world: World, night: datetime):
    """It starts at 01:15 or 02:15, and its appointments are in the hour that is skipped or comes twice."""
    world.clock.advance((night - world.clock()).total_seconds())
    campaign = signed_up(world, 2)
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


def test_f20_a_feed_that_changes_between_two_pages_is_read_whole(
    world: World, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
):
    """An appointment of the first page changes, so it moves to the end. No other one is missed."""
    monkeypatch.setattr(flow, "PAGE", 1)  # Three appointments fill no page of the real size.
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


def test_f20_the_second_of_two_changes_within_one_second_is_read(world: World, campaign: Campaign):
    """Also when the feed was read between the two."""
    first = campaign.residents[0]
    unseen(first, "2027-03-01 10:00:00")
    pull_appointments(world.services, COOPERATION)
    unseen(first, "2027-03-02 10:00:00")
    world.settle()
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert first.visit["date_planned"] == "2027-03-02 10:00:00"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_f20_every_change_is_read_although_hoomdossiers_clock_jumps(world: World, campaign: Campaign, minutes: int):
    """Also a change with an earlier time than the last one that was read."""
    first, second, _ = campaign.residents
    tables = world.hoomdossier_rows[COOPERATION]
    unseen(first, "2027-03-01 10:00:00")
    pull_appointments(world.services, COOPERATION)
    world.clock.advance(30)
    before = tables.now
    tables.now = lambda: before() + timedelta(minutes=minutes)
    unseen(second, "2027-03-02 10:00:00")
    pull_appointments(world.services, COOPERATION)
    tables.now = before
    unseen(first, "2027-03-03 10:00:00")
    pull_appointments(world.services, COOPERATION)
    world.settle()
    assert dates(campaign)[:2] == ["2027-03-03 10:00:00", "2027-03-02 10:00:00"]
    check_whole(world)


def test_f20_without_its_cursor_the_feed_is_read_again_and_nothing_is_delivered_again(world: World, campaign: Campaign):
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


def test_f20_no_appointment_is_missed_when_the_feed_fails_between_two_pages(
    world: World, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(flow, "PAGE", 1)  # Three appointments fill no page of the real size.
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


def test_f20_a_page_of_the_feed_does_not_undo_a_newer_push(world: World, campaign: Campaign):
    """The page was made before the coach moved the visit, and is read after the push about that."""
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
def test_f23_two_instances_whose_clocks_differ_do_everything_once(world: World, minutes: int):
    """They run the tasks in turn. The calls stay within the peers' limits."""
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


def test_f23_nothing_is_done_twice_when_the_clock_steps_back_ten_minutes(world: World):
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


def test_f23_a_sign_up_is_made_once_when_its_lease_ends_during_the_call(world: World):
    """As for an instance whose clock is ahead: it finds the lease of a call in flight expired."""
    resident = Resident(world, 1)
    overlapping(world, f"after POST demo-{COOPERATION}-webform")
    resident.sign_up()
    world.settle()
    resident.check()
    check_whole(world)
