"""A burst of rubbish on a public form: who signs up beside it does not wait behind it, and nobody polls the limiter."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.world.fixtures import Adjusted
from tests.world.residents import COOPERATION, OTHER, Resident, check_limits
from tests.world.world import World

AS_DEPLOYED = (
    ("websites: [127.0.0.1]", "websites: []"),
    ("limits: {per_form: 100000, per_email: 1000}", "limits: {}"),
)
TAKES_ALL = (
    ("websites: [127.0.0.1]", "websites: []"),
    ("limits: {per_form: 100000, per_email: 1000}", "limits: {per_address: 100000, per_form: 100000}"),
)
FLOODER = "203.0.113.66"
COUNT = 80


class Visitor(Resident):
    """Who has an address of his own."""

    def post(self, address: str) -> int:
        path = f"/functions/receive-webform/{self.cooperation}/aanmelden"
        answer = self.world.post(path, self.typed, **{"X-Forwarded-For": address})
        assert answer is not None
        return answer.status_code


@pytest.fixture
def as_deployed(adjusted: Adjusted) -> Iterator[World]:
    with adjusted(*AS_DEPLOYED) as world:
        yield world


@pytest.fixture
def takes_all(adjusted: Adjusted) -> Iterator[World]:
    with adjusted(*TAKES_ALL) as world:
        yield world


def flood(world: World, count: int, *addresses: str, first: int = 1000) -> Counter[int]:
    """Each with a name and a home of its own, as fast as it goes."""
    return Counter(Visitor(world, first + number).post(addresses[number % len(addresses)]) for number in range(count))


def work(world: World, for_: timedelta) -> None:
    end = world.clock() + for_
    while world.clock() < end:
        if not world.dispatcher.run_due():
            following = min(world.dispatcher.next_time() or end, end)
            world.clock.advance(max((following - world.clock()).total_seconds(), 0.001))


def seconds_until_in_econobis(world: World, number: int, address: str, cooperation: str = COOPERATION) -> float:
    visitor = Visitor(world, number, cooperation)
    asked = world.clock()
    assert visitor.post(address) == 202
    while not visitor.is_in_econobis:
        work(world, timedelta(seconds=0.5))
        assert world.clock() - asked < timedelta(minutes=5)
    waited = (world.clock() - asked).total_seconds()
    work(world, timedelta(seconds=10))
    assert visitor.dossiers, "its dossier had no room"
    return waited


def told_no_room(text: str) -> int:
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return sum(line.get("error") == "NoRoom" for line in lines)


@pytest.mark.parametrize("after", [1, 30, 61])
def test_beside_a_flood_from_one_address_others_are_there_within_seconds(as_deployed: World, after: int) -> None:
    answers = flood(as_deployed, 100, FLOODER)
    assert answers == {202: 80, 429: 20}
    work(as_deployed, timedelta(seconds=after))
    assert seconds_until_in_econobis(as_deployed, 1, "198.51.100.1") < 10
    check_limits(as_deployed)


@pytest.mark.parametrize("after", [13, 40, 70])
def test_after_a_flood_from_everywhere_others_are_there_within_a_minute(as_deployed: World, after: int) -> None:
    answers = flood(as_deployed, 150, *(f"203.0.113.{number}" for number in range(150)))
    assert answers == {202: 150}
    work(as_deployed, timedelta(seconds=after))
    assert seconds_until_in_econobis(as_deployed, 1, "198.51.100.1") < 60
    check_limits(as_deployed)


def test_another_cooperation_at_the_same_hoomdossier_does_not_feel_it(as_deployed: World) -> None:
    flood(as_deployed, 150, *(f"203.0.113.{number}" for number in range(150)))
    work(as_deployed, timedelta(seconds=5))
    assert seconds_until_in_econobis(as_deployed, 1, "198.51.100.1", OTHER) < 10


def test_what_a_flood_leaves_waiting_comes_when_it_is_told_to(
    takes_all: World, capsys: pytest.CaptureFixture[str]
) -> None:
    flood(takes_all, COUNT, FLOODER)
    capsys.readouterr()
    work(takes_all, timedelta(minutes=COUNT / 10 + 2))
    assert told_no_room(capsys.readouterr().out) <= 2 * COUNT
    assert len(takes_all.rows(COOPERATION, "intakes")) == COUNT
    check_limits(takes_all)


def test_honest_people_who_find_no_room_do_not_poll_either(
    takes_all: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of other forms, or a day after a newsletter: each has an address of its own."""
    for minute in range(3):
        flood(takes_all, 30, *(f"198.51.{minute}.{number}" for number in range(30)), first=1000 + 30 * minute)
        work(takes_all, timedelta(minutes=1))
    takes_all.settle()
    assert told_no_room(capsys.readouterr().out) <= 2 * 90
    check_limits(takes_all)
