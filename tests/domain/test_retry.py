"""What each outcome means for the next attempt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.retry import GIVE_UP_AFTER, Again, GiveUp, next_attempt
from shared.domain.work import Attempts
from shared.econobis.answers import RolledBack
from shared.errors import NoRoom, OutcomeUnknown, Refused, TooFast, Unavailable
from tests.clock import START


def again(attempts: Attempts, error: Exception, **kwargs: bool) -> Again:
    decision = next_attempt(attempts, error, START, repeatable=kwargs.get("repeatable", False))  # type: ignore[arg-type]
    assert isinstance(decision, Again)
    return decision


def test_a_refusal_is_for_a_person_at_once() -> None:
    decision = next_attempt(Attempts(), Refused("no"), START, repeatable=True)
    assert isinstance(decision, GiveUp)
    assert not decision.unknown


def test_an_unknown_outcome_is_for_a_person_unless_it_can_be_repeated() -> None:
    decision = next_attempt(Attempts(), OutcomeUnknown("reset"), START, repeatable=False)
    assert isinstance(decision, GiveUp)
    assert decision.unknown
    assert again(Attempts(), OutcomeUnknown("reset"), repeatable=True).at > START


def test_three_failed_calls_and_then_a_quarter_of_an_hour_of_rest() -> None:
    """Econobis mails its staff on each failure."""
    attempts, waits = Attempts(), []
    for _ in range(4):
        decision = again(attempts, RolledBack("fout"))
        attempts = decision.attempts
        waits.append((decision.at - START).total_seconds())
    assert waits[0] <= 12
    assert waits[1] <= 72
    assert min(waits[2:]) >= 15 * 60


def test_a_peer_that_is_down_is_asked_again_within_five_minutes() -> None:
    attempts = Attempts(failed=50, first_failed_at=START)
    assert again(attempts, Unavailable("down")).at <= START + timedelta(minutes=5)


def test_the_peers_own_time_is_honoured() -> None:
    assert again(Attempts(), TooFast("429", retry_after=90)).at >= START + timedelta(seconds=90)
    assert again(Attempts(), Unavailable("503", retry_after=90)).at >= START + timedelta(seconds=90)


@pytest.mark.parametrize("error", [TooFast("429"), NoRoom(START)])
def test_our_own_pace_is_not_a_failure_of_the_item(error: Exception) -> None:
    assert again(Attempts(failed=2), error).attempts.failed == 2


def test_after_a_week_a_person_has_to_look() -> None:
    attempts = Attempts(failed=100, first_failed_at=START - GIVE_UP_AFTER)
    assert isinstance(next_attempt(attempts, Unavailable("down"), START, repeatable=True), GiveUp)
