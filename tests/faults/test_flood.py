"""Very many false sign-ups on a public form: a resident who signs up meanwhile does not wait behind them, and a sign-up
that waits does not ask the limiter for room again and again.
"""

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
    """A resident with an internet address of his own."""

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
    """`count` sign-ups from these internet addresses in turn. Returns how often each status was answered."""
    return Counter(Visitor(world, first + number).post(addresses[number % len(addresses)]) for number in range(count))


def work(world: World, for_: timedelta) -> None:
    """Runs the tasks that fall due in this time."""
    end = world.clock() + for_
    while world.clock() < end:
        if not world.dispatcher.run_due():
            following = min(world.dispatcher.next_time() or end, end)
            world.clock.advance(max((following - world.clock()).total_seconds(), 0.001))


def seconds_until_in_econobis(world: World, number: int, address: str, cooperation: str = COOPERATION) -> float:
    """Signs a visitor up. The dossier must follow within ten seconds after the contact."""
    visitor = Visitor(world, number, cooperation)
    asked = world.clock()
    assert visitor.post(address) == 202
    while not visitor.is_in_econobis:
        work(world, timedelta(seconds=0.5))
        assert world.clock() - asked < timedelta(minutes=5)
    waited = (world.clock() - asked).total_seconds()
    work(world, timedelta(seconds=10))
    assert visitor.dossiers, "the limiter had no room for the dossier"
    return waited


def times_without_room(text: str) -> int:
    """How often the limiter had no room, according to the log."""
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return sum(line.get("error") == "NoRoom" for line in lines)


@pytest.mark.parametrize("after", [1, 30, 61])
def test_during_a_flood_from_one_address_a_sign_up_takes_less_than_ten_seconds(as_deployed: World, after: int) -> None:
    answers = flood(as_deployed, 100, FLOODER)
    assert answers == {202: 80, 429: 20}
    work(as_deployed, timedelta(seconds=after))
    assert seconds_until_in_econobis(as_deployed, 1, "198.51.100.1") < 10
    check_limits(as_deployed)


@pytest.mark.parametrize("after", [13, 40, 70])
def test_after_a_flood_from_many_addresses_a_sign_up_takes_less_than_a_minute(as_deployed: World, after: int) -> None:
    answers = flood(as_deployed, 150, *(f"203.0.113.{number}" for number in range(150)))
    assert answers == {202: 150}
    work(as_deployed, timedelta(seconds=after))
    assert seconds_until_in_econobis(as_deployed, 1, "198.51.100.1") < 60
    check_limits(as_deployed)


def test_a_flood_does_not_delay_another_cooperation(as_deployed: World) -> None:
    flood(as_deployed, 150, *(f"203.0.113.{number}" for number in range(150)))
    work(as_deployed, timedelta(seconds=5))
    assert seconds_until_in_econobis(as_deployed, 1, "198.51.100.1", OTHER) < 10


def test_sign_ups_that_wait_after_a_flood_ask_for_room_twice_at_most(
    takes_all: World, capsys: pytest.CaptureFixture[str]
) -> None:
    flood(takes_all, COUNT, FLOODER)
    capsys.readouterr()
    work(takes_all, timedelta(minutes=COUNT / 10 + 2))
    assert times_without_room(capsys.readouterr().out) <= 2 * COUNT
    assert len(takes_all.rows(COOPERATION, "intakes")) == COUNT
    check_limits(takes_all)


def test_sign_ups_that_wait_from_many_addresses_ask_for_room_twice_at_most(
    takes_all: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a newsletter: honest residents, each with an internet address of his own."""
    for minute in range(3):
        flood(takes_all, 30, *(f"198.51.{minute}.{number}" for number in range(30)), first=1000 + 30 * minute)
        work(takes_all, timedelta(minutes=1))
    takes_all.settle()
    assert times_without_room(capsys.readouterr().out) <= 2 * 90
    check_limits(takes_all)
