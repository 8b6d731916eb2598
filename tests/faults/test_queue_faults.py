"""F3-F8: tasks that are delivered twice, late, out of order, not at all, or while an earlier delivery is running."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.dead_letters.decide import replay
from shared.errors import LinkError, StoreUnavailable
from shared.flows.run_task import Task, run_task
from tests.world.crash_points import Boundaries
from tests.world.faults import overlapping
from tests.world.hoomdossier_events import PDF
from tests.world.journey import Journey
from tests.world.residents import Campaign, Resident, check_whole, dead_letters, in_time, signed_up
from tests.world.threads import at_once
from tests.world.world import World

TIMES = 64  # threads that do the same at once


def test_f3_a_journey_ends_well_when_each_task_is_delivered_64_times_at_once(world: World):
    instances = [world.services, world.instance()]

    def deliver(task: Task) -> None:
        def one(number: int) -> LinkError | None:
            try:
                run_task(instances[number % 2], task)
            except LinkError as error:
                return error
            return None

        errors = at_once(TIMES, one)
        if None not in errors:
            raise errors[0]

    world.dispatcher.run = deliver
    journey = Journey(world)
    journey.run()
    journey.check()
    check_whole(world)


@pytest.mark.timed
def test_f3_64_identical_requests_for_a_dossier_make_one_and_get_the_same_answer(world: World):
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    (asked,) = world.received("hoomdossier", resident.cooperation, "register")
    body = json.loads(asked["body"]) | {"extra": {"contact_id": 777}, "email": "iemand@example.org"}
    world.services = replace(world.services, clock=utc_now, sleep=threading.Event().wait)
    url = f"{world.base}/functions/create-dossier/{resident.cooperation}"
    headers = {"Authorization": f"Bearer demo-{resident.cooperation}-econobis"}
    answers = at_once(TIMES, lambda _: world.http.post(url, json=body, headers=headers))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(world.received("hoomdossier", resident.cooperation, "register")) == 2
    assert len(world.dossiers(resident.cooperation, 777)) == 1


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 23))])
def test_f4_tasks_may_be_delivered_out_of_order_twice_and_hours_late(world: World, seed: int):
    """At the end every task is delivered once more and does nothing, because its generation is old."""
    every: list[Task] = []
    world.dispatcher.shuffled, world.dispatcher.doubled = True, 0.4
    world.dispatcher.random.seed(seed)
    run = world.dispatcher.run

    def keep(task: Task) -> None:
        every.append(task)
        if world.dispatcher.random.random() < 0.2:
            world.clock.advance(world.dispatcher.random.choice([60, 3600, 4 * 3600]))
        run(task)

    world.dispatcher.run = keep
    campaign = signed_up(world, 3)
    for number, resident in enumerate(campaign.residents):
        for hour in range(3):
            assert resident.set_appointment(f"2027-03-0{number + 1} 1{hour}:00:00")
    world.settle()
    before = _effects(world)
    world.dispatcher.random.shuffle(every)
    for task in every:
        run(task)
    world.settle()
    assert _effects(world) == before
    campaign.check()
    for number, resident in enumerate(campaign.residents):
        assert resident.visit["date_planned"] == f"2027-03-0{number + 1} 12:00:00"


def _effects(world: World) -> tuple[int, ...]:
    calls = [len(world.received(peer, name)) for peer in ("econobis", "hoomdossier") for name in world.econobis_rows]
    return (*calls, len(world.letters.letters()))


@pytest.mark.parametrize("side", ["before", "after"])
def test_f5_the_sweep_makes_the_tasks_that_the_queue_did_not_take(world: World, side: str):
    """`after`: the queue took the task, and only its answer was lost."""
    campaign = Campaign(world, 2)

    def away(point: str) -> None:
        if point.startswith(f"{side} queue."):
            raise StoreUnavailable("the queue does not answer")

    world.boundaries.fault = away
    campaign.sign_up()
    world.clock.advance(1800)
    while side == "after" and world.dispatcher.run_due():
        pass
    world.boundaries.fault = lambda _point: None
    ended = world.clock()
    world.settle()
    campaign.check()
    assert in_time(world, ended)


@pytest.mark.parametrize("nth", [2, 3])
def test_f5_a_journey_ends_well_when_the_queue_refuses_every_nth_task(world: World, nth: int):
    count = 0

    def away(point: str) -> None:
        nonlocal count
        count += point.startswith("before queue.")
        if point.startswith("before queue.") and count % nth == 0:
            raise StoreUnavailable("the queue does not answer")

    world.boundaries.fault = away
    journey = Journey(world)
    journey.run()
    journey.check()
    assert count > 10


def test_f6_work_goes_on_when_the_name_of_its_task_was_used_before(world: World):
    """Cloud Tasks makes no task under a name that it had before. The sweep makes one of the next generation."""
    resident = Resident(world, 1)
    taken = world.dispatcher.enqueue

    first = set()

    def tombstone(function, body, *, name, **more):
        work = name.rpartition("-")[0]
        if work not in first:
            first.add(work)
            world.dispatcher.names.add(name)
        taken(function, body, name=name, **more)

    world.dispatcher.enqueue = tombstone
    began = world.clock()
    assert resident.sign_up()
    assert not world.dispatcher.waiting
    world.settle(timedelta(hours=2))
    resident.check()
    check_whole(world)
    assert len(first) >= 3  # The sign-up, its link and its mails.
    assert in_time(world, began, timedelta(minutes=5 * len(first)))


def test_f6_the_task_of_a_replay_has_a_name_that_was_not_used_before(world: World):
    resident = Resident(world, 1)
    world.fault("econobis", resident.cooperation, kind="status", match="webform", status=400)
    resident.sign_up()
    world.settle()
    (letter,) = dead_letters(world)
    assert not world.dispatcher.waiting
    replay(world.services, letter, "test")
    assert len(world.dispatcher.waiting) == 1
    began = world.clock()
    world.settle()
    resident.check()
    assert in_time(world, began, timedelta(seconds=90))


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))])
def test_f7_the_sweep_makes_the_tasks_that_the_queue_lost(world: World, seed: int):
    """The queue loses all its tasks, many times."""
    chance = random.Random(seed)
    run = world.dispatcher.run

    def give_up(task: Task) -> None:
        if chance.random() < 0.3:
            world.dispatcher.lose_all()
        else:
            run(task)

    world.dispatcher.run = give_up
    campaign = Campaign(world, 3)
    campaign.sign_up()
    world.dispatcher.lose_all()
    world.settle()
    world.dispatcher.run = run
    campaign.check()
    assert len(world.dispatcher.gone) > 3


def test_f7_the_sweep_makes_the_task_that_the_queue_gave_up_on(world: World):
    """The store is down for longer than the queue tries. Once it is back, one sweep finds the work."""
    campaign = Campaign(world, 2)
    campaign.sign_up()

    def away(point: str) -> None:
        if "store." in point:
            raise StoreUnavailable("away")

    world.boundaries.fault = away
    while world.dispatcher.waiting:
        world.dispatcher.run_due()
        world.clock.advance(5)
    world.boundaries.fault = lambda _point: None
    assert len(world.dispatcher.gone) == 2
    ended = world.clock()
    world.settle()
    campaign.check()
    assert in_time(world, ended)


@pytest.mark.parametrize("side", ["before", "after"])
def test_f8_a_sign_up_is_made_once_when_its_task_is_delivered_again_during_the_call(world: World, side: str):
    """The second instance looks whether the sign-up arrived. The first one wakes up late and sends nothing more."""
    resident = Resident(world, 1)
    outcomes = overlapping(world, f"{side} POST demo-{resident.cooperation}-webform")
    resident.sign_up()
    world.settle()
    assert outcomes.count("delivered again") >= 1
    posted = [row for row in world.received("econobis", resident.cooperation, "webform") if "intake_id" in row["body"]]
    assert len([row for row in posted if "kansactie_aanmaken" in row["body"]]) == 1
    resident.check()
    check_whole(world)


@pytest.mark.parametrize("side", ["before", "after"])
def test_f8_a_report_is_sent_at_most_twice_when_its_task_is_delivered_again_during_the_call(world: World, side: str):
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    outcomes = overlapping(world, f"{side} POST pdf")
    assert resident.tell("pdf", **PDF) == 200
    world.settle()
    assert outcomes.count("delivered again") >= 1
    assert len(resident.documents) == (1 if side == "before" else 2)  # The first one's answer was not known.
    check_whole(world)


def test_f8_the_late_answer_to_an_old_appointment_does_not_change_the_new_one(world: World):
    """The new appointment was delivered while the instance of the old one hung."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    moved = "2027-04-02 11:00:00"
    outcomes = overlapping(world, "after POST afspraak", lambda: resident.set_appointment(moved))
    assert resident.set_appointment("2027-04-01 10:00:00")
    world.settle()
    assert outcomes.count("delivered again") >= 1
    assert resident.visit["date_planned"] == moved
    assert len(world.received("econobis", resident.cooperation, "/afspraak")) == 2
    check_whole(world)


def test_f8_the_answer_to_an_old_call_does_not_count_for_the_call_in_flight(world: World):
    """The old call's answer arrives while the call with the newer date is sent, which then fails."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    sent, answered = threading.Event(), threading.Event()

    def hang(point: str) -> None:
        if point == "after POST afspraak" and not sent.is_set():
            sent.set()
            assert answered.wait(20)

    def late_answer(point: str) -> None:
        if point == "before POST afspraak":
            answered.set()
            slow.join(20)
            world.fault("econobis", resident.cooperation, kind="status", status=503, match="/afspraak")

    world.boundaries.fault = hang
    assert resident.set_appointment("2027-04-01 10:00:00")
    (task,) = (Task.model_validate(waiting.body) for waiting in world.dispatcher.waiting.values())
    slow = threading.Thread(target=run_task, args=(world.services, task))
    slow.start()
    assert sent.wait(20)
    moved = "2027-04-02 11:00:00"
    assert resident.set_appointment(moved)
    world.clock.advance(600)
    boundaries = Boundaries()
    boundaries.fault = late_answer
    other = world.instance(boundaries=boundaries)
    world.dispatcher.run = lambda task: run_task(other, task)
    while not answered.is_set():
        assert world.dispatcher.run_due()
    boundaries.fault = lambda _point: None
    world.settle()
    assert resident.visit["date_planned"] == moved
    check_whole(world)
