"""The scheduled sweep creates missing tasks and removes what was kept long enough."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from shared.dead_letters.decide import close
from shared.dead_letters.find import find_dead_letters
from shared.domain.replay import Chosen, Replay
from shared.domain.resident import Resident as StoredResident
from shared.domain.submission import Submission
from shared.errors import StoreUnavailable
from shared.flows import sweep as flow
from shared.flows.sweep import GRACE, sweep
from shared.retention import DEAD_LETTERS
from shared.store.port import Query
from shared.work.kinds import KINDS, kind_in
from tests.world.crash_points import Killed
from tests.world.hoomdossier_events import PDF
from tests.world.personal_data import found, kept, of_person
from tests.world.residents import COOPERATION, OTHER, Resident, check_whole, dead_letters
from tests.world.world import World

REFUSED = '["Fout opgetreden: Contact 7 not found or removed in Econobis","Gehele API aanroep is ongedaan gemaakt!"]'
NOT_A_PDF = {"pdf": {"contents": "Z2VoZWlt"}}


def later(world: World, seconds: float = GRACE.total_seconds() + 1) -> None:
    world.clock.advance(seconds)


def tasks(world: World) -> list[str]:
    """The collections of the tasks in the queue."""
    return sorted(task.body["collection"] for task in world.dispatcher.waiting.values())


def test_due_work_without_a_task_gets_one(world: World):
    """The work was stored, but the queue was away or the process died."""
    world.dispatcher.is_down = True
    resident = Resident(world, 1)
    assert resident.sign_up()
    world.dispatcher.is_down = False
    assert tasks(world) == []
    later(world)
    assert sweep(world.services)["submissions"] == 1
    assert tasks(world) == ["submissions"]
    world.settle()
    resident.check()
    check_whole(world)


def test_a_task_that_the_queue_gave_up_is_created_again(world: World, resident: Resident):
    """It has another name, because the queue refuses a name that it has seen."""
    assert resident.push("gebruik")
    world.dispatcher.lose_all()
    later(world)
    assert sweep(world.services)["relays"] == 1
    assert tasks(world) == ["relays"]
    world.settle()
    assert len(world.received("econobis", COOPERATION, "/gebruik")) == 1


def test_every_kind_of_work_is_found(world: World):
    """All tasks are lost and Hoomdossier has no room at first. Only sweep makes new tasks."""
    seen: set[str] = set()

    def sweep_all() -> None:
        for _ in range(12):
            world.dispatcher.lose_all()
            later(world, 300)
            seen.update(name for name, count in sweep(world.services).items() if count)
            while world.dispatcher.run_due():
                world.dispatcher.lose_all()

    world.fault("hoomdossier", COOPERATION, kind="status", status=429, match="register", times=8)
    resident = Resident(world, 1)
    assert resident.sign_up()
    sweep_all()
    assert resident.push("gebruik")
    sweep_all()
    resident.check()
    now = world.clock()
    many = Replay.of(Chosen(), COOPERATION, "anna@example.org", before=now, expected=0, at=now)
    assert world.services.records(Replay).create("many", many.begin(now + timedelta(days=1)))
    sweep_all()
    assert seen == {kind.collection for kind in KINDS}
    assert not world.has_work()


def test_a_task_that_is_under_way_is_left_alone(world: World):
    assert Resident(world, 1).sign_up()
    assert sum(sweep(world.services).values()) == 0
    later(world, GRACE.total_seconds() - 1)
    assert sum(sweep(world.services).values()) == 0
    assert tasks(world) == ["submissions"]


def test_work_that_is_due_later_is_left_alone(world: World, resident: Resident):
    """Its task waits in the queue."""
    world.fault("econobis", COOPERATION, kind="status", status=500, match="/gebruik", times=9)
    assert resident.push("gebruik")
    for _ in range(40):
        if not world.dispatcher.run_due():
            world.clock.advance(1)
    before = tasks(world)
    assert sum(sweep(world.services).values()) == 0
    assert tasks(world) == before


def test_an_old_task_does_nothing_after_a_new_one_was_created(world: World, resident: Resident):
    """The queue was late and delivers both."""
    assert resident.push("gebruik")
    later(world)
    assert sweep(world.services)["relays"] == 1
    assert tasks(world) == ["relays", "relays"]
    world.settle()
    assert len(world.received("econobis", COOPERATION, "/gebruik")) == 1


def test_a_call_of_a_process_that_died_is_made_again_after_its_lease(world: World, resident: Resident):
    """A delivery of home data may be repeated, so no person is needed."""
    assert resident.push("gebruik")

    def die(point: str) -> None:
        if point == "before POST gebruik":
            raise Killed

    world.boundaries.fault = die
    with pytest.raises(Killed):
        world.settle()
    world.die()
    world.boundaries.fault = lambda _point: None
    world.dispatcher.lose_all()
    world.settle()
    assert len(world.received("econobis", COOPERATION, "/gebruik")) == 1
    check_whole(world)


def test_all_cooperations_and_more_than_a_page_are_swept(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flow, "PAGE", 2)  # A real page is never full in a test.
    world.dispatcher.is_down = True
    residents = [Resident(world, number) for number in (1, 3, 5, 7)] + [Resident(world, 1, OTHER)]
    for resident in residents:
        assert resident.sign_up()
    world.dispatcher.is_down = False
    later(world)
    assert sweep(world.services)["submissions"] == 5
    world.settle()
    assert all(resident.is_in_econobis for resident in residents)


def test_a_queue_that_is_still_away_loses_nothing(world: World):
    world.dispatcher.is_down = True
    resident = Resident(world, 1)
    assert resident.sign_up()
    later(world)
    with pytest.raises(StoreUnavailable):
        sweep(world.services)
    world.dispatcher.is_down = False
    later(world)
    sweep(world.services)
    world.settle()
    resident.check()


# -- the age of the oldest work ----------------------------------------------------------------------------------------


def oldest(world: World, capsys: pytest.CaptureFixture[str]) -> int:
    """The seconds that the sweep logs."""
    capsys.readouterr()
    sweep(world.services)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "oldest undelivered" in line]
    (seconds,) = [line["seconds"] for line in lines]
    return seconds


def test_the_sweep_says_how_long_the_oldest_work_waits(
    world: World, resident: Resident, capsys: pytest.CaptureFixture[str]
):
    """Econobis is down: each try moves the next one on, and the age still grows."""
    assert oldest(world, capsys) == 0
    world.fault("econobis", COOPERATION, kind="status", status=503, match="/gebruik", times=999)
    assert resident.push("gebruik")
    ages = []
    for _ in range(6):
        later(world, 3600)
        while world.dispatcher.run_due():
            pass
        ages.append(oldest(world, capsys))
    assert ages == sorted(ages)
    assert 4 * 3600 < ages[-1] <= 6 * 3600 + 60


def test_work_counts_as_waiting_from_the_moment_that_it_is_due(world: World, capsys: pytest.CaptureFixture[str]):
    world.dispatcher.is_down = True
    assert Resident(world, 1).sign_up()
    world.dispatcher.is_down = False
    ((key, _),) = world.observer.records(Submission).all()
    an_hour_from_now = world.clock() + timedelta(hours=1)
    world.observer.records(Submission).edit(key, lambda record: record.schedule(an_hour_from_now))
    assert oldest(world, capsys) == 0
    later(world, 3600 + 60)
    assert oldest(world, capsys) == 60


# -- retention ---------------------------------------------------------------------------------------------------------


def test_every_record_expires(world: World, resident: Resident):
    assert resident.set_appointment("2027-03-05 10:00:00")
    assert resident.tell("pdf", **NOT_A_PDF) == 200
    world.settle()
    now = world.clock()
    for collection in ("submissions", "residents", "links", "relays", "mails"):
        for key, work in world.observer.records(kind_in(collection).model).all():
            assert work.expires_at is not None, key
            assert timedelta(0) < work.expires_at - now <= kind_in(collection).kept, key


def test_an_expired_record_is_gone(world: World, resident: Resident):
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert found(kept(world), *of_person(resident))
    later(world, (max(kind.kept for kind in KINDS) + timedelta(days=1)).total_seconds())
    for collection in (kind.collection for kind in KINDS):
        assert world.observer.store.find(Query(collection)) == []
    world.observer.store.create(
        "residents", "another", {"cooperation": COOPERATION}
    )  # SQLite removes expired documents with it.
    sweep(world.services)
    assert not found(kept(world), *of_person(resident))


def test_an_event_of_a_resident_extends_how_long_it_is_kept(world: World, resident: Resident):
    """The time counts from the last event."""
    (before,) = [record.expires_at for _, record in world.observer.records(StoredResident).all()]
    later(world, timedelta(days=300).total_seconds())
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    (after,) = [record.expires_at for _, record in world.observer.records(StoredResident).all()]
    assert after - before >= timedelta(days=299)


def test_a_dead_letter_is_forgotten_after_90_days_with_its_content(world: World, resident: Resident):
    world.fault("econobis", COOPERATION, kind="status", status=404, match="hoomdossier/", body=REFUSED, times=9)
    assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim"}) == 200
    assert resident.tell("pdf", **PDF) == 200
    world.settle()
    assert len(dead_letters(world)) == 2
    later(world, (DEAD_LETTERS - timedelta(hours=1)).total_seconds())
    assert sweep(world.services)["forgotten"] == 0
    assert found(kept(world), "geheim", "a report") == ["geheim", "a report"]
    later(world, 2 * 3600)
    assert sweep(world.services)["forgotten"] == 2
    assert not found(kept(world), "geheim", "a report")
    assert list(find_dead_letters(world.observer)) == []
    lines = [document.data for document in world.observer.store.find(Query("audit"))]
    assert [(line["action"], line["by"]) for line in lines] == [("forget", "retention")] * 2
    assert timedelta(days=90) == DEAD_LETTERS


def test_a_sign_up_that_stays_a_dead_letter_is_forgotten_with_its_content(world: World):
    world.fault("econobis", COOPERATION, kind="status", status=404, match="webform", body=REFUSED, times=9)
    resident = Resident(world, 1)
    assert resident.sign_up()
    world.settle()
    assert found(kept(world), resident.email)
    later(world, (DEAD_LETTERS + timedelta(days=1)).total_seconds())
    assert sweep(world.services)["forgotten"] == 1
    assert not found(kept(world), *of_person(resident))


@pytest.mark.parametrize("way", ["forgotten", "closed"])
def test_a_relay_that_our_own_code_broke_on_loses_its_content_with_the_dead_letter(
    world: World, resident: Resident, way: str
):
    """The relay as a whole is the dead letter then, and not one kind of event."""

    def broken(point: str) -> None:
        if point == "before store.get(residents)":
            raise ZeroDivisionError

    assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim"}) == 200
    assert resident.tell("pdf", **PDF) == 200
    world.boundaries.fault = broken
    world.settle()
    world.boundaries.fault = lambda _point: None
    (letter,) = dead_letters(world)
    assert "liep hierop vast" in letter.why
    assert found(kept(world), "geheim", "a report") == ["geheim", "a report"]
    if way == "closed":
        close(world.services, letter, "test")
    else:
        later(world, (DEAD_LETTERS + timedelta(days=1)).total_seconds())
        assert sweep(world.services)["forgotten"] == 1
    assert not found(kept(world), "geheim", "a report")
