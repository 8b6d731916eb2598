"""F25, F27 and F28: an event that breaks our code, 10,000 replays in an outage, many events of one cooperation."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared.dead_letters.decide import replay
from shared.domain.keys import of_building
from tests.world.faults import no_more_faults, until
from tests.world.hoomdossier_events import PDF
from tests.world.residents import (
    COOPERATION,
    OTHER,
    Campaign,
    Resident,
    check_limits,
    check_whole,
    dead_letters,
    resident_has_one_of_each,
)
from tests.world.world import World

PER_MINUTE = 50  # the demo's own limit for calls to Econobis


@pytest.fixture
def resident(world: World) -> Resident:
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    return resident


def test_f25_an_event_that_breaks_our_code_is_shown_and_the_other_events_are_delivered(
    world: World, resident: Resident
):
    """A report whose blob is missing in the document raises an unexpected error before the call."""
    world.dispatcher.broken = []
    assert resident.tell("pdf", **PDF) == 200
    key = of_building(COOPERATION, resident.building_id)
    document = world.observer.store.get("relays", key)
    assert document
    document.data["items"]["report"]["blob"] = None
    world.observer.store.replace("relays", key, document.data, document.version)
    assert resident.set_appointment("2027-03-05 10:00:00")
    assert resident.push("gebruik")
    began = world.clock()
    until(world, began + timedelta(minutes=6))
    assert resident.visit["date_planned"] == "2027-03-05 10:00:00"
    assert world.received("econobis", COOPERATION, "/gebruik")[-1]["answered"] == 200
    (letter,) = dead_letters(world)
    assert letter.kind == "report"
    assert not world.dispatcher.broken
    assert resident.tell("gebruik", says="something else") == 200
    world.settle()
    assert len(world.received("econobis", COOPERATION, "/gebruik")) == 2


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [30, pytest.param(10_000, marks=pytest.mark.slow)])
def test_f27_dead_letters_that_are_replayed_during_an_outage_are_each_delivered_once(
    world: World, resident: Resident, count: int
):
    """During the outage the limiter lets few calls through; afterwards all are delivered within the peer's limit."""
    refuse = {"kind": "status", "status": 400, "match": "/scan-status", "times": count}
    world.fault("econobis", COOPERATION, **refuse)
    for number in range(count):
        assert resident.tell("scan-status", building_id=5000 + number) == 200
    world.settle(timedelta(days=9))
    letters = dead_letters(world)
    assert len(letters) == count
    no_more_faults(world)
    world.fault("econobis", COOPERATION, kind="status", status=503, times=10**6)
    before = len(world.received("econobis", COOPERATION))
    for letter in letters:
        replay(world.services, letter, "test")
        replay(world.services, letter, "test")  # A person clicks twice.
    until(world, world.clock() + timedelta(minutes=10))
    assert len(world.received("econobis", COOPERATION)) - before <= 12
    no_more_faults(world)
    ended = world.clock()
    world.settle()
    taken = [row for row in world.received("econobis", COOPERATION, "/scan-status") if row["answered"] == 200]
    assert len(taken) == count
    assert len({row["body"] for row in taken}) == count
    first, last = (datetime.fromisoformat(row["at"]) for row in (taken[0], taken[-1]))
    assert first - ended <= timedelta(minutes=5)
    assert (last - first).total_seconds() <= count / PER_MINUTE * 60 / 0.97 + 61
    check_limits(world)
    check_whole(world)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("events", [60, pytest.param(3000, marks=pytest.mark.slow)])
def test_f28_many_events_of_one_cooperation_do_not_delay_another_one(world: World, resident: Resident, events: int):
    """Each cooperation has its own limits, and the tasks of one do not hold up the tasks of another."""
    for number in range(events):
        assert resident.tell("gebruik", building_id=5000 + number) == 200
    quiet = Campaign(world, 1, OTHER, first=31)
    (other,) = quiet.residents
    asked = world.clock()
    quiet.sign_up()
    while not (other.is_in_econobis and other.contact["hoom_account_id"]):
        if not world.dispatcher.run_due():
            world.clock.advance(0.5)
    assert world.clock() - asked < timedelta(seconds=10)
    resident.world.settle()
    resident_has_one_of_each(other)
    assert len(world.received("econobis", COOPERATION, "/gebruik")) == events
    check_whole(world)
