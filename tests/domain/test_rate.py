"""The rules of the rate limiter: windows, queues, breakers and shares."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.domain.rate import (
    HOST,
    LOOK_AGAIN,
    OPEN_PAUSES,
    SLOWED,
    TRY_SECONDS,
    WINDOW,
    Decision,
    RateState,
    Turn,
    decide,
    failed,
    slowed,
    worked,
)

NOW = 1_800_000_000.0
LIMITS = {"host": 2}


def ask(
    state: RateState,
    now: float = NOW,
    *,
    patience: float = 0,
    turn: Turn = "waited_for",
    breakers: Sequence[str] = (HOST,),
) -> Decision:
    return decide(state, LIMITS, breakers, now, patience=patience, turn=turn)


def full() -> RateState:
    return ask(ask(RateState()).state).state


def failing(times: int, breaker: str = HOST) -> RateState:
    state = RateState()
    for _ in range(times):
        state = failed(state, breaker, NOW)
    return state


# -- the queues --------------------------------------------------------------------------------------------------------


def test_each_waiting_call_gets_a_time_of_its_own_unless_it_is_waited_for() -> None:
    first = ask(full(), turn="bulk")
    second = ask(first.state, turn="bulk")
    assert not (first.admitted or second.admitted)
    assert second.moment == first.moment + WINDOW / 2
    assert (waited_for := ask(second.state)).moment == NOW + WINDOW
    assert waited_for.state == second.state


def test_a_queue_starts_afresh_when_there_has_been_room_for_half_a_minute() -> None:
    waiting = ask(full(), turn="bulk").state
    barely, amply = NOW + WINDOW * 1.4, NOW + WINDOW * 1.5
    assert ask(waiting, barely).state.queue_ends == waiting.queue_ends
    assert not ask(waiting, amply).state.queue_ends


# -- the breaker -------------------------------------------------------------------------------------------------------


def test_each_failure_after_the_third_doubles_the_pause_up_to_four_minutes() -> None:
    pauses = [failing(times).open_until - NOW for times in range(3, 9)]
    assert pauses == [15, 30, 60, 120, 240, 240]


def test_a_breaker_counts_the_failures_of_an_outage_of_days() -> None:
    """More than a thousand failures in a row, one every four minutes."""
    assert failing(5000).open_until - NOW == 240


def test_fewer_failures_open_no_breaker() -> None:
    assert ask(failing(2)).admitted


def test_a_failure_does_not_shorten_the_rest_that_the_peer_asked_for() -> None:
    assert failed(slowed(RateState(), HOST, NOW, 60), HOST, NOW + 1).open_until == NOW + 60


def test_during_a_trial_call_the_others_ask_again_soon() -> None:
    state = failing(3)
    trying = ask(state, state.open_until)
    assert trying.admitted
    other = ask(trying.state, state.open_until + 1, patience=100)
    assert (other.admitted, other.moment) == (False, state.open_until + 1 + LOOK_AGAIN)
    assert ask(trying.state, state.open_until + TRY_SECONDS).admitted


def test_a_failed_trial_is_over_and_the_next_may_start_after_the_pause() -> None:
    state = failing(3)
    again = failed(ask(state, state.open_until).state, HOST, state.open_until)
    assert ask(again, again.open_until).admitted


def test_a_success_closes_the_breaker_and_empties_its_queue() -> None:
    """Also the success of a call that was already under way when the others failed."""
    state = ask(failing(3), turn="bulk").state
    assert not ask(state).admitted
    assert ask(worked(state, HOST)).admitted
    assert not worked(state, HOST).queue_ends


# -- too fast ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "rest"), [(None, SLOWED), (0, 0), (30, 30), (3600, OPEN_PAUSES[-1])])
def test_too_fast_waits_as_long_as_the_peer_says_and_at_most_the_longest_pause(said: float | None, rest: float) -> None:
    assert slowed(RateState(), HOST, NOW, said).open_until == NOW + rest


def test_a_shorter_rest_or_a_success_does_not_shorten_a_longer_one() -> None:
    long = slowed(RateState(), HOST, NOW, 60)
    assert slowed(long, HOST, NOW, 5).open_until == NOW + 60
    assert worked(long, HOST).open_until == NOW + 60


# -- the breakers of keys ----------------------------------------------------------------------------------------------

EVENT, WEBFORM = (HOST, "event"), (HOST, "webform")


def test_an_open_breaker_of_a_key_holds_no_call_with_another_key() -> None:
    state = failing(3, "event")
    assert not ask(state, breakers=EVENT).admitted
    assert ask(state, breakers=WEBFORM).admitted


def test_a_host_that_is_down_holds_every_key() -> None:
    state = failing(3)
    assert not ask(state, breakers=EVENT).admitted
    assert not ask(state, breakers=WEBFORM).admitted


def test_waiting_for_a_key_does_not_lengthen_the_queue_of_the_host() -> None:
    state = failing(5, "event")
    for _ in range(100):
        state = ask(state, breakers=EVENT, turn="bulk").state
    for _ in range(2):
        state = ask(state, breakers=WEBFORM).state
    assert ask(state, breakers=WEBFORM, turn="bulk").moment == NOW + WINDOW


def test_during_a_trial_of_a_key_the_others_with_that_key_wait() -> None:
    state = failing(3, "event")
    then = state.breaker("event").open_until
    trying = ask(state, then, breakers=EVENT)
    assert trying.admitted
    assert not ask(trying.state, then, breakers=EVENT).admitted
    assert ask(trying.state, then, breakers=WEBFORM).admitted


def test_a_queue_of_a_key_starts_afresh_too() -> None:
    waiting = ask(slowed(RateState(), "event", NOW, 60), turn="bulk", breakers=EVENT).state
    assert waiting.queue_ends
    assert not ask(waiting, NOW + 60, breakers=EVENT).state.queue_ends


def test_of_two_open_breakers_the_last_one_to_close_counts() -> None:
    state = slowed(slowed(RateState(), HOST, NOW, 20), "event", NOW, 50)
    assert ask(state, breakers=EVENT).moment == NOW + 50
    assert ask(state, breakers=WEBFORM).moment == NOW + 20


def test_a_document_from_before_there_were_keys_is_read() -> None:
    """It has the breaker of the host only."""
    old = {"calls": {"host": [NOW - 1]}, "line": 0, "failures": 4, "open_until": NOW + 9, "trying_until": 0.0}
    state = RateState.model_validate(old)
    assert ask(state, breakers=EVENT).moment == NOW + 9
    assert state.calls == {"host": [NOW - 1]}


# -- shares of the room ------------------------------------------------------------------------------------------------

ROOM = {"host": 58, "webform": 10}
RUSH, HEAVY = ROOM | {"rush": 6}, ROOM | {"rush": 6, "heavy": 4}
WEBFORM_BREAKERS = (HOST, "webform")


def admitted(state: RateState, limits: dict[str, int], count: int, now: float = NOW) -> tuple[RateState, int]:
    """The state after `count` calls, and how many of them were admitted at once."""
    went = 0
    for _ in range(count):
        decision = decide(state, limits, WEBFORM_BREAKERS, now, patience=0, turn="urgent")
        state, went = decision.state, went + decision.admitted
    return state, went


def test_heavy_senders_leave_room_for_a_rush_and_both_for_all_others() -> None:
    state, heavy = admitted(RateState(), HEAVY, 100)
    state, rush = admitted(state, RUSH, 100)
    state, others = admitted(state, ROOM, 100)
    assert (heavy, rush, others) == (4, 2, 4)
    assert len(state.calls["webform"]) == 10


def test_others_do_not_wait_behind_heavy_senders() -> None:
    state, _ = admitted(RateState(), HEAVY, 1000)
    assert decide(state, ROOM, WEBFORM_BREAKERS, NOW, patience=0, turn="urgent").admitted


def test_what_heavy_senders_use_counts_for_all() -> None:
    state, _ = admitted(RateState(), HEAVY, 100)
    assert admitted(state, ROOM, 100)[1] == 10 - 4


def test_heavy_senders_come_back_one_by_one_at_their_own_pace() -> None:
    state, _ = admitted(RateState(), HEAVY, 4)
    first = decide(state, HEAVY, WEBFORM_BREAKERS, NOW, patience=0, turn="urgent")
    second = decide(first.state, HEAVY, WEBFORM_BREAKERS, NOW, patience=0, turn="urgent")
    rush = decide(admitted(second.state, RUSH, 2)[0], RUSH, WEBFORM_BREAKERS, NOW, patience=0, turn="urgent")
    assert first.moment == NOW + WINDOW
    assert second.moment == first.moment + WINDOW / 4
    assert rush.moment == NOW + WINDOW  # It has a queue of its own.


def test_an_urgent_call_waits_for_its_own_full_window_and_for_no_other() -> None:
    state, _ = admitted(RateState(), ROOM, 10 + 5)
    event = {"host": 58, "event": 40}
    for _ in range(40):
        state = decide(state, event, EVENT, NOW, patience=0, turn="urgent").state
    assert decide(state, event, EVENT, NOW, patience=0, turn="urgent").moment == NOW + WINDOW
    assert decide(state, ROOM, WEBFORM_BREAKERS, NOW, patience=0, turn="urgent").moment == pytest.approx(
        NOW + WINDOW * 1.5
    )


def test_a_breaker_knows_since_when_it_fails() -> None:
    state = failed(failed(RateState(), HOST, 100.0), HOST, 200.0)
    assert state.breaker(HOST).failing_since == 100.0
    state = worked(state, HOST)
    assert state.breaker(HOST).failing_since == 0.0
    assert failed(state, HOST, 300.0).breaker(HOST).failing_since == 300.0
