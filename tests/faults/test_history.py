"""`history.py` records a history, plays it again, and shortens one that breaks something."""

from __future__ import annotations

from tests.faults.history import Step, as_python, play_again, shortened, step


class Counter:
    """A machine that breaks when `count` reaches 4, for example by `add(1)` and twice `double`."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.is_in_step = False
        self.count = 0

    @step
    def add(self, number: int) -> None:
        self.count += number

    @step
    def double(self) -> None:
        self.add(self.count)

    def limits_hold(self) -> None:
        assert self.count < 1000, f"too many: {self.count}"

    def teardown(self) -> None:
        assert self.count < 4, f"more than three: {self.count}"


def test_a_step_that_another_step_calls_is_not_recorded():
    counter = Counter()
    counter.add(1)
    counter.double()
    assert counter.steps == [("add", {"number": 1}), ("double", {})]


def test_playing_a_history_again_returns_what_broke():
    assert play_again(Counter, [("add", {"number": 1}), ("double", {})]) == ""
    assert play_again(Counter, [("add", {"number": 5})]) == "AssertionError more than three"


def test_shortening_keeps_the_steps_that_are_needed():
    idle: list[Step] = [("add", {"number": 0})] * 20
    needed: list[Step] = [("add", {"number": 1}), ("double", {}), ("double", {})]
    history = [*idle, needed[0], *idle, needed[1], *idle, needed[2], *idle]
    assert shortened(Counter, history, seconds=10) == needed


def test_shortening_keeps_the_same_invariant_broken():
    history: list[Step] = [("add", {"number": 600}), ("add", {"number": 600})]
    assert play_again(Counter, history) == "AssertionError too many"
    assert play_again(Counter, history[:1]) == "AssertionError more than three"
    assert shortened(Counter, history, seconds=10) == history


def test_a_history_is_written_as_a_test():
    assert "    relay.add(number=1)\n" in as_python([("add", {"number": 1})])
