"""Plays random histories of people, peers, queue, clock and crashes, and checks the link against the model.

`rules.py` has the steps of a history, `model.py` what must be true. `play.py` plays other histories by hand.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.history import as_python, shortened
from tests.faults.rules import Relay, ends

SHORTEN_SECONDS = 120


def play(examples: int, steps: int, *, repeatable: bool = True) -> None:
    """Plays `examples` histories of at most `steps` steps; the same ones each time when `repeatable`.

    The error of a history that breaks something shows the fewest steps that were found within SHORTEN_SECONDS.
    """
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=repeatable,
        phases=[Phase.generate],  # No shrinking by Hypothesis: it takes hours. `shortened` does it.
        report_multiple_bugs=False,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(Relay, settings=chosen)
    except Exception as error:
        history = as_python(shortened(Relay, Relay.latest, SHORTEN_SECONDS))
        raise AssertionError(f"{error}\n\nThe shortest history that shows it:\n\n{history}\n") from error


def test_the_link_agrees_with_the_model():
    play(examples=10, steps=40)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_link_agrees_with_the_model_in_many_histories(request: pytest.FixtureRequest):
    """Plays the same histories each time; with `--hypothesis-seed=N` others."""
    play(examples=100, steps=60, repeatable=request.config.getoption("--hypothesis-seed") is None)
    print(ends)


def _a_report_is_pushed_again(relay: Relay) -> None:
    for _ in range(2):
        relay.push(0, [("pdf", 1)])
        relay.run_tasks(8, shuffled=False, doubled=0.0)


def _an_appointment_changes_while_the_feed_is_read(relay: Relay) -> None:
    relay.push(0, [("afspraak", 0)])
    relay.run_tasks(8, shuffled=False, doubled=0.0)
    relay.pass_time(20)
    relay.pull(0, 1, overlaps=True)


def _a_newer_event_arrives_during_the_call(relay: Relay) -> None:
    def change(point: str) -> None:
        if point.startswith("after POST"):
            relay.world.boundaries.fault = lambda _point: None
            relay.push(0, [("gebruik", 1)])

    relay.push(0, [("gebruik", 0)])
    relay.world.boundaries.fault = change
    relay.run_tasks(8, shuffled=False, doubled=0.0)


@pytest.mark.parametrize(
    "steps",
    [_a_report_is_pushed_again, _an_appointment_changes_while_the_feed_is_read, _a_newer_event_arrives_during_the_call],
)
def test_the_model_holds_in_cases_that_are_rare_in_random_histories(steps):
    """Each case fails without its guard: `Item.digest`, `heard_at` of `Relay.is_news`, and `Item.sending_version`."""
    relay = Relay()
    relay.begin(1)
    steps(relay)
    relay.limits_hold()
    relay.teardown()


def test_a_fault_at_econobis_reaches_sign_ups_and_events():
    relay = Relay()
    relay.begin(1)
    for call in (lambda: relay.push(0, [("gebruik", 0)]), lambda: relay.sign_up(0, 1)):
        relay.peer_fails("econobis", {"kind": "lost_answer"}, 1)
        call()
        relay.run_tasks(3, shuffled=False, doubled=0.0)
        assert relay.model.calls("econobis")[-1]["answered"] == "lost"
    relay.teardown()
