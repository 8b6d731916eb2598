"""When each error is tried again, and when it is given up."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from shared.domain.retry import (
    DOWN_DELAYS,
    GIVE_UP_AFTER,
    ITEM_DELAYS,
    Again,
    GiveUp,
    next_attempt,
    parked,
    pause_before_same,
    try_later,
)
from shared.domain.work import Attempts, Parked, Work
from shared.econobis.answers import RolledBack
from shared.errors import BlobDamaged, NoRoom, OutcomeUnknown, Refused, TooFast, Unavailable
from tests.world.clock import START


def again(attempts: Attempts, error: Exception, **kwargs: bool) -> Again:
    decision = next_attempt(attempts, error, START, repeatable=kwargs.get("repeatable", False))  # type: ignore[arg-type]  (a LinkError)
    assert isinstance(decision, Again)
    return decision


def test_a_refusal_is_given_up_at_once() -> None:
    decision = next_attempt(Attempts(), Refused("no"), START, repeatable=True)
    assert isinstance(decision, GiveUp)


def test_an_unknown_outcome_is_given_up_unless_the_call_may_be_repeated() -> None:
    decision = next_attempt(Attempts(), OutcomeUnknown("reset"), START, repeatable=False)
    assert isinstance(decision, GiveUp)
    assert again(Attempts(), OutcomeUnknown("reset"), repeatable=True).at > START


def test_after_two_retries_the_next_one_waits_15_minutes() -> None:
    """Econobis mails its staff on each failure."""
    attempts, waits = Attempts(), []
    for _ in range(4):
        decision = again(attempts, RolledBack("fout"))
        attempts = decision.attempts
        waits.append((decision.at - START).total_seconds())
    assert waits[0] <= 12
    assert waits[1] <= 72
    assert min(waits[2:]) >= 15 * 60


def test_a_peer_that_is_down_is_tried_again_within_five_minutes() -> None:
    attempts = Attempts(failed=50, first_failed_at=START)
    assert again(attempts, Unavailable("down")).at <= START + timedelta(minutes=5)


def test_retry_after_of_the_peer_is_honoured() -> None:
    assert again(Attempts(), TooFast("429", retry_after=90)).at >= START + timedelta(seconds=90)
    assert again(Attempts(), Unavailable("503", retry_after=90)).at >= START + timedelta(seconds=90)


@pytest.mark.parametrize("error", [TooFast("429"), NoRoom(START)])
def test_a_rate_limit_does_not_count_as_a_failed_attempt(error: Exception) -> None:
    assert again(Attempts(failed=2), error).attempts.failed == 2


def test_after_a_week_it_is_given_up() -> None:
    attempts = Attempts(failed=100, first_failed_at=START - GIVE_UP_AFTER)
    assert isinstance(next_attempt(attempts, Unavailable("down"), START, repeatable=True), GiveUp)


@pytest.mark.parametrize("repeatable", [True, False])
def test_giving_up_keeps_the_error_itself(repeatable: bool) -> None:
    week_ago = Attempts(failed=100, first_failed_at=START - GIVE_UP_AFTER)
    refused, down, unknown = Refused("no"), Unavailable("down"), OutcomeUnknown("reset")
    assert next_attempt(Attempts(), refused, START, repeatable=repeatable) == GiveUp(refused)
    assert next_attempt(week_ago, down, START, repeatable=repeatable) == GiveUp(down)
    assert next_attempt(week_ago, unknown, START, repeatable=repeatable) == GiveUp(unknown)


def test_a_failed_attempt_is_counted_and_keeps_the_time_of_the_first_one() -> None:
    first = again(Attempts(), Unavailable("down"))
    assert first.attempts == Attempts(failed=1, first_failed_at=START, why="Unavailable")
    hour_ago = START - timedelta(hours=1)
    later = again(Attempts(failed=4, first_failed_at=hour_ago, why="Unavailable"), RolledBack("fout"))
    assert later.attempts == Attempts(failed=5, first_failed_at=hour_ago, why="RolledBack")


def test_without_room_the_next_attempt_is_at_the_slot_and_never_in_the_past() -> None:
    for seconds, wait in ((90, 90), (-90, 0)):
        decision = again(Attempts(failed=2), NoRoom(START + timedelta(seconds=seconds)))
        assert decision == Again(START + timedelta(seconds=wait), Attempts(failed=2, why="NoRoom"))


def test_waiting_for_room_keeps_the_cause_of_the_last_failure() -> None:
    assert again(Attempts(failed=2, why="Unavailable"), NoRoom(START)).attempts.why == "Unavailable"


@pytest.mark.parametrize(("error", "delays"), [(RolledBack("x"), ITEM_DELAYS), (Unavailable("x"), DOWN_DELAYS)])
def test_the_delays_follow_the_table_and_its_last_one_repeats(error: Exception, delays: tuple[int, ...]) -> None:
    """Each delay gets up to a fifth longer, at random: calls that failed together do not come back together."""
    for failed in range(len(delays) + 2):
        delay = delays[min(failed, len(delays) - 1)]
        waits = {(again(Attempts(failed=failed), error).at - START).total_seconds() / delay for _ in range(20)}
        assert min(waits) >= 1
        assert max(waits) <= 1.2
        assert len(waits) > 1


def test_the_same_random_generator_gives_the_same_delay() -> None:
    same = {
        next_attempt(Attempts(), Unavailable("x"), START, repeatable=True, jitter=random.Random(7)).at for _ in "12"
    }
    assert len(same) == 1


def test_refused_content_that_is_sent_again_is_tried_at_once_and_then_ever_less_often() -> None:
    pauses = [pause_before_same(refusals).total_seconds() for refusals in range(12)]
    assert pauses[:4] == [0, 60, 15 * 60, 30 * 60]
    assert pauses == sorted(pauses)
    assert pauses[-1] == pauses[-2] == 24 * 3600


@pytest.fixture
def work() -> Work:
    return Work(cooperation="dorp", accepted_at=START, due_at=START)


def test_work_that_failed_for_now_is_scheduled_and_counts_the_attempt(work: Work) -> None:
    at = START + timedelta(minutes=3)
    try_later(work, NoRoom(at), START)
    assert (work.state, work.due_at, work.attempts.failed) == ("waiting", at, 0)
    try_later(work, Unavailable("down"), START)
    assert work.due_at is not None
    assert work.due_at > START
    assert work.attempts == Attempts(failed=1, first_failed_at=START, why="Unavailable")


def test_work_that_was_refused_is_a_dead_letter_with_the_peers_words(work: Work) -> None:
    try_later(work, Refused("Dit kan niet."), START)
    assert (work.state, work.due_at, work.needs_person) == ("parked", None, True)
    assert work.parked == Parked(code="Refused", reason="Dit kan niet.", at=START, unknown=False)


def test_work_whose_outcome_is_unknown_is_a_dead_letter_that_says_so_unless_it_can_be_repeated(work: Work) -> None:
    try_later(work, OutcomeUnknown("reset"), START)
    assert work.parked == Parked(code="OutcomeUnknown", reason="reset", at=START, unknown=True)
    try_later(work, OutcomeUnknown("reset"), START, repeatable=True)
    assert (work.state, work.parked, work.needs_person) == ("waiting", None, False)


def test_a_late_answer_that_it_failed_takes_work_from_the_dead_letters(work: Work) -> None:
    try_later(work, OutcomeUnknown("reset"), START)
    try_later(work, Unavailable("503"), START)
    assert (work.state, work.parked, work.attempts.failed) == ("waiting", None, 1)


def test_the_reason_is_the_message_of_the_error_or_else_the_name_of_its_class() -> None:
    assert parked(BlobDamaged(), START).reason == "BlobDamaged"
    assert parked(BlobDamaged("another content"), START).reason == "another content"
