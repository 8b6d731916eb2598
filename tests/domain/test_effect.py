"""What somebody finds who wants an effect."""

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
    ("state", "during_the_lease", "when_it_is_over"),
    [
        ("claimed", Situation.RUNNING, Situation.FREE),
        ("sent", Situation.RUNNING, Situation.UNKNOWN),
        ("done", Situation.DONE, Situation.DONE),
        ("failed", Situation.FREE, Situation.FREE),
        ("unknown", Situation.UNKNOWN, Situation.UNKNOWN),
    ],
)
def test_each_state_while_its_owner_may_be_at_work_and_after(
    state: str, during_the_lease: Situation, when_it_is_over: Situation
) -> None:
    just_before = OVER - timedelta(microseconds=1)
    assert situation(in_state(state), START) is during_the_lease
    assert situation(in_state(state), just_before) is during_the_lease
    assert situation(in_state(state), OVER) is when_it_is_over


@pytest.mark.parametrize("state", ["sent", "unknown"])
def test_what_may_be_repeated_is_free_where_it_would_be_unknown(state: str) -> None:
    assert situation(in_state(state), OVER, ALWAYS) is Situation.FREE
    assert situation(in_state("sent"), START, ALWAYS) is Situation.RUNNING
    assert situation(in_state("done"), OVER, ALWAYS) is Situation.DONE


def test_what_nobody_asked_for_yet_is_free() -> None:
    assert situation(None, START) is Situation.FREE
