"""What the scheduled sweep sets right by itself: work that nobody has in hand, and what is kept for too long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.dead_letters.decide import close
from shared.dead_letters.find import find_dead_letters
from shared.domain.resident import Resident as StoredResident
from shared.domain.retention import DEAD_LETTERS
from shared.errors import StoreUnavailable
from shared.flows import sweep as flow
from shared.flows.sweep import GRACE, sweep
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
    """The collections of the tasks that wait."""
    return sorted(task.body["collection"] for task in world.dispatcher.waiting.values())


def test_work_without_a_task_gets_one(world: World):
    """It was stored, and then the queue was away or we were killed."""
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


def test_a_task_that_the_queue_gave_up_on_is_made_anew(world: World, resident: Resident):
    """Under another name: the queue refuses one that it has had."""
    assert resident.push("gebruik")
    world.dispatcher.lose_all()
    later(world)
    assert sweep(world.services)["relays"] == 1
    assert tasks(world) == ["relays"]
    world.settle()
    assert len(world.received("econobis", COOPERATION, "/gebruik")) == 1


def test_every_kind_of_work_is_found(world: World):
    """All of a journey's tasks get lost, and Hoomdossier has no room at first; sweep alone gets it done."""
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
    assert seen == {kind.collection for kind in KINDS}
    assert not world.has_work()


def test_a_task_that_is_under_way_is_left_alone(world: World):
    assert Resident(world, 1).sign_up()
    assert sum(sweep(world.services).values()) == 0
    later(world, GRACE.total_seconds() - 1)
    assert sum(sweep(world.services).values()) == 0
    assert tasks(world) == ["submissions"]


def test_work_that_is_to_be_done_later_is_left_alone(world: World, resident: Resident):
    """Its task waits with it."""
    world.fault("econobis", COOPERATION, kind="status", status=500, match="/gebruik", times=9)
    assert resident.push("gebruik")
    for _ in range(40):
        if not world.dispatcher.run_due():
            world.clock.advance(1)
    before = tasks(world)
    assert sum(sweep(world.services).values()) == 0
    assert tasks(world) == before


def test_the_old_task_does_nothing_once_there_is_a_new_one(world: World, resident: Resident):
    """The queue was late, and brings both."""
    assert resident.push("gebruik")
    later(world)
    assert sweep(world.services)["relays"] == 1
    assert tasks(world) == ["relays", "relays"]
    world.settle()
    assert len(world.received("econobis", COOPERATION, "/gebruik")) == 1


def test_a_call_whose_owner_died_is_shown_or_made_again(world: World, resident: Resident):
    """The lease of a delivery that may be repeated runs out; nobody has to do anything."""
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


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_everything_that_is_kept_has_a_day_on_which_it_goes(world: World, resident: Resident):
    assert resident.set_appointment("2027-03-05 10:00:00")
    assert resident.tell("pdf", **NOT_A_PDF) == 200
    world.settle()
    now = world.clock()
    for collection in ("submissions", "residents", "links", "relays", "mails"):
        for key, work in world.observer.records(kind_in(collection).model).all():
            assert work.expires_at is not None, key
            assert timedelta(0) < work.expires_at - now <= kind_in(collection).kept, key


def test_what_has_passed_its_day_is_not_there_any_more(world: World, resident: Resident):
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert found(kept(world), *of_person(resident))
    later(world, (max(kind.kept for kind in KINDS) + timedelta(days=1)).total_seconds())
    for collection in (kind.collection for kind in KINDS):
        assert world.observer.store.find(Query(collection)) == []
    world.observer.store.create("residents", "another", {"cooperation": COOPERATION})  # In passing, what is old goes.
    sweep(world.services)
    assert not found(kept(world), *of_person(resident))


def test_who_is_still_about_is_kept(world: World, resident: Resident):
    """What happens to a resident counts from when it happened."""
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


def test_a_sign_up_that_nobody_mended_is_forgotten_with_what_was_typed(world: World):
    world.fault("econobis", COOPERATION, kind="status", status=404, match="webform", body=REFUSED, times=9)
    resident = Resident(world, 1)
    assert resident.sign_up()
    world.settle()
    assert found(kept(world), resident.email)
    later(world, (DEAD_LETTERS + timedelta(days=1)).total_seconds())
    assert sweep(world.services)["forgotten"] == 1
    assert not found(kept(world), *of_person(resident))


@pytest.mark.parametrize("way", ["forgotten", "closed"])
def test_what_our_own_code_broke_on_goes_with_its_content(world: World, resident: Resident, way: str):
    """It is the building's work as a whole that is shown then, not one kind of it."""

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
