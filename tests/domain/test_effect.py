"""The stored effect and its lease decide whether a process may make a call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.effect import ALWAYS, Effect, Situation, claim, situation
from tests.world.clock import START

LEASE = 30  # seconds
OVER = START + timedelta(seconds=LEASE)


def in_state(state: str) -> Effect:
    return claim("me", START, LEASE).model_copy(update={"state": state})


@pytest.mark.parametrize(
    ("state", "during_the_lease", "after_it"),
    [
        ("claimed", Situation.RUNNING, Situation.FREE),
        ("sent", Situation.RUNNING, Situation.UNKNOWN),
        ("done", Situation.DONE, Situation.DONE),
        ("failed", Situation.FREE, Situation.FREE),
        ("unknown", Situation.UNKNOWN, Situation.UNKNOWN),
    ],
)
def test_what_each_state_means_during_the_lease_and_after_it(
    state: str, during_the_lease: Situation, after_it: Situation
) -> None:
    just_before = OVER - timedelta(microseconds=1)
    assert situation(in_state(state), START) is during_the_lease
    assert situation(in_state(state), just_before) is during_the_lease
    assert situation(in_state(state), OVER) is after_it


@pytest.mark.parametrize("state", ["sent", "unknown"])
def test_a_repeatable_call_is_free_where_its_outcome_is_unknown(state: str) -> None:
    assert situation(in_state(state), OVER, ALWAYS) is Situation.FREE
    assert situation(in_state("sent"), START, ALWAYS) is Situation.RUNNING
    assert situation(in_state("done"), OVER, ALWAYS) is Situation.DONE


def test_without_an_effect_the_call_is_free() -> None:
    assert situation(None, START) is Situation.FREE
