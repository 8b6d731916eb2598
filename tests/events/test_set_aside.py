"""While the store is away an event of Hoomdossier is set aside with the blobs, and a sweep takes it up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from shared.erasure.erase import erase
from shared.errors import StoreUnavailable
from shared.events.set_aside import replay_set_aside
from shared.flows.sweep import sweep
from shared.hoomdossier.inbound import KINDS
from tests.world.crash_points import Killed
from tests.world.hoomdossier_events import REPORT, built, report
from tests.world.personal_data import found, kept
from tests.world.residents import COOPERATION, Resident, check_whole, dead_letters
from tests.world.sent import events, years
from tests.world.world import World


@contextmanager
def away(world: World, *parts: str) -> Iterator[None]:
    def fault(point: str) -> None:
        if point.startswith("before") and any(part in point for part in parts):
            raise StoreUnavailable("on purpose")

    world.boundaries.fault = fault
    yield
    world.boundaries.fault = lambda _point: None


def lying_aside(world: World) -> int:
    return len(world.observer.blobs.aside())


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_that_comes_while_the_store_is_away_is_delivered_afterwards(
    world: World, resident: Resident, kind: str
):
    """Hoomdossier never sends an event again (known-limits C1)."""
    with away(world, "store."):
        assert resident.tell(kind) == 200
        assert lying_aside(world) == 1
    assert not world.received("econobis", COOPERATION, "/hoomdossier/")
    world.settle()
    assert len(world.received("econobis", COOPERATION, f"/hoomdossier/{kind}")) == 1
    assert lying_aside(world) == 0
    assert not world.has_work()


def test_ten_updates_that_were_set_aside_are_one_delivery_of_the_newest(world: World, resident: Resident):
    with away(world, "store."):
        for year in range(1971, 1981):
            assert resident.tell("gebruik", **built(year)) == 200
            world.clock.advance(1)
    world.settle()
    assert years(world) == [1980]
    check_whole(world)


def test_an_event_that_was_stored_since_wins_over_one_that_was_set_aside(world: World, resident: Resident):
    with away(world, "store."):
        assert resident.tell("gebruik", **built(1971)) == 200
    world.clock.advance(1)
    assert resident.tell("gebruik", **built(1972)) == 200
    assert sweep(world.services)["replayed"] == 1
    world.settle()
    assert years(world) == [1972]


def test_nothing_is_delivered_after_a_delete_that_was_set_aside(world: World, resident: Resident):
    with away(world, "store."):
        assert resident.tell("gebruik") == 200
        world.clock.advance(1)
        assert resident.tell("delete") == 200
    assert sweep(world.services)["replayed"] == 2
    assert resident.tell("woonplan") == 200
    world.settle()
    assert not world.received("econobis", COOPERATION, "/woonplan")
    assert not world.received("econobis", COOPERATION, "/gebruik")
    assert len(world.received("econobis", COOPERATION, "/delete")) == 1


def test_a_report_is_one_document_when_taking_it_up_is_killed_at_any_point(world: World, resident: Resident):
    points = 0
    for number in range(1, 100):
        with away(world, "store."):
            assert resident.tell("pdf", **report(REPORT + b"%d" % number)) == 200
        world.boundaries.begin(number)
        try:
            replay_set_aside(world.services)
        except Killed:
            points = number
            world.die()
        world.boundaries.begin()
        world.settle()
        assert len(resident.documents) == number
        assert lying_aside(world) == 0
        if points < number:
            break
    assert points > 10


def test_an_event_that_is_taken_up_twice_is_delivered_once(world: World, resident: Resident):
    with away(world, "store."):
        assert resident.tell("gebruik", **built(1971)) == 200
    (blob,) = world.observer.blobs.aside()
    body = world.observer.blobs.get(blob)
    assert replay_set_aside(world.services) == 1
    world.observer.blobs.set_aside(body, world.clock())
    assert replay_set_aside(world.services) == 1
    world.settle()
    assert years(world) == [1971]


def test_an_event_is_answered_with_503_when_store_and_blobs_are_away(world: World, resident: Resident):
    with away(world, "store.", "blobs."):
        assert resident.tell("gebruik") == 503
    world.settle()
    assert not world.received("econobis", COOPERATION, "/gebruik")


def test_a_sweep_does_all_the_rest_while_the_blobs_are_away(world: World, resident: Resident):
    with away(world, "store."):
        assert resident.tell("gebruik", **built(1971)) == 200
    world.dispatcher.is_down = True
    assert resident.tell("woonplan") == 200
    world.dispatcher.is_down = False
    world.clock.advance(60)
    with away(world, "blobs."):
        made = sweep(world.services)
    assert (made["relays"], made["replayed"]) == (1, 0)
    world.settle()
    assert years(world) == [1971]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    world: World, resident: Resident, capsys: pytest.CaptureFixture[str]
):
    world.observer.blobs.set_aside(b"nothing of ours", world.clock() - timedelta(hours=1))
    with away(world, "store."):
        assert resident.tell("gebruik", **built(1971)) == 200
    capsys.readouterr()
    assert replay_set_aside(world.services) == 1
    assert '"severity": "ERROR", "message": "cannot be taken up"' in capsys.readouterr().out
    assert lying_aside(world) == 1


def test_an_erasure_removes_what_was_set_aside(world: World, resident: Resident):
    with away(world, "store."):
        assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim"}) == 200
    assert found(kept(world), "geheim")
    erase(world.observer, COOPERATION, resident.contact_id, by="test")
    assert not found(kept(world), "geheim")
    world.settle()
    assert not world.received("econobis", COOPERATION, "/woonplan")


def test_a_nested_delete_that_was_set_aside_still_waits_for_a_person(world: World, resident: Resident):
    with away(world, "store."):
        assert resident.tell("delete", account_related={"account_related": resident.related}) == 200
    world.settle()
    assert not events(world, "delete")
    assert [letter.kind for letter in dead_letters(world)] == ["delete"]
