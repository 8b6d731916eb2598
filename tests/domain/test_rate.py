"""Room at a peer, decided without a store: the windows, the line of who waits, and the breaker."""

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
    peer: RateState, now: float = NOW, *, patience: float = 0, turn: Turn = "waited_for", doors: Sequence[str] = (HOST,)
) -> Decision:
    return decide(peer, LIMITS, doors, now, patience=patience, turn=turn)


def full() -> RateState:
    return ask(ask(RateState()).peer).peer


def failing(times: int, door: str = HOST) -> RateState:
    peer = RateState()
    for _ in range(times):
        peer = failed(peer, door, NOW)
    return peer


# -- the line ----------------------------------------------------------------------------------------------------------


def test_who_has_to_wait_gets_a_moment_of_its_own_unless_somebody_waits_for_it() -> None:
    first = ask(full(), turn="bulk")
    second = ask(first.peer, turn="bulk")
    assert not (first.admitted or second.admitted)
    assert second.moment == first.moment + WINDOW / 2
    assert (waited_for := ask(second.peer)).moment == NOW + WINDOW
    assert waited_for.peer == second.peer


def test_the_line_is_forgotten_when_there_has_been_room_for_half_a_minute() -> None:
    waiting = ask(full(), turn="bulk").peer
    barely, amply = NOW + WINDOW * 1.4, NOW + WINDOW * 1.5
    assert ask(waiting, barely).peer.lines == waiting.lines
    assert not ask(waiting, amply).peer.lines


# -- the breaker -------------------------------------------------------------------------------------------------------


def test_each_failure_after_the_third_doubles_the_pause_up_to_four_minutes() -> None:
    pauses = [failing(times).open_until - NOW for times in range(3, 9)]
    assert pauses == [15, 30, 60, 120, 240, 240]


def test_an_outage_of_days_is_counted_on() -> None:
    """More than a thousand failures in a row, one every four minutes."""
    assert failing(5000).open_until - NOW == 240


def test_fewer_failures_close_nothing() -> None:
    assert ask(failing(2)).admitted


def test_a_failure_does_not_shorten_the_rest_that_the_peer_asked_for() -> None:
    assert failed(slowed(RateState(), HOST, NOW, 60), HOST, NOW + 1).open_until == NOW + 60


def test_while_one_tries_the_others_look_again_soon() -> None:
    peer = failing(3)
    trying = ask(peer, peer.open_until)
    assert trying.admitted
    other = ask(trying.peer, peer.open_until + 1, patience=100)
    assert (other.admitted, other.moment) == (False, peer.open_until + 1 + LOOK_AGAIN)
    assert ask(trying.peer, peer.open_until + TRY_SECONDS).admitted


def test_when_it_failed_nobody_waits_for_the_one_that_tried() -> None:
    peer = failing(3)
    again = failed(ask(peer, peer.open_until).peer, HOST, peer.open_until)
    assert ask(again, again.open_until).admitted


def test_a_success_lets_everybody_through_at_once() -> None:
    """Also one that was on its way when the others failed; and who stood in line need not stand there any longer."""
    peer = ask(failing(3), turn="bulk").peer
    assert not ask(peer).admitted
    assert ask(worked(peer, HOST)).admitted
    assert not worked(peer, HOST).lines


# -- too fast ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "rest"), [(None, SLOWED), (0, 0), (30, 30), (3600, OPEN_PAUSES[-1])])
def test_too_fast_rests_as_long_as_the_peer_says_within_reason(said: float | None, rest: float) -> None:
    assert slowed(RateState(), HOST, NOW, said).open_until == NOW + rest


def test_a_shorter_rest_or_a_success_does_not_shorten_a_longer_one() -> None:
    long = slowed(RateState(), HOST, NOW, 60)
    assert slowed(long, HOST, NOW, 5).open_until == NOW + 60
    assert worked(long, HOST).open_until == NOW + 60


# -- the doors ---------------------------------------------------------------------------------------------------------

EVENT, WEBFORM = (HOST, "event"), (HOST, "webform")


def test_a_key_that_is_shut_holds_nobody_with_another_key() -> None:
    peer = failing(3, "event")
    assert not ask(peer, doors=EVENT).admitted
    assert ask(peer, doors=WEBFORM).admitted


def test_a_host_that_is_down_holds_every_key() -> None:
    peer = failing(3)
    assert not ask(peer, doors=EVENT).admitted
    assert not ask(peer, doors=WEBFORM).admitted


def test_who_waits_for_a_key_does_not_lengthen_the_line_of_the_host() -> None:
    peer = failing(5, "event")
    for _ in range(100):
        peer = ask(peer, doors=EVENT, turn="bulk").peer
    for _ in range(2):
        peer = ask(peer, doors=WEBFORM).peer
    assert ask(peer, doors=WEBFORM, turn="bulk").moment == NOW + WINDOW


def test_one_tries_a_key_while_the_others_with_that_key_wait() -> None:
    peer = failing(3, "event")
    then = peer.door("event").open_until
    trying = ask(peer, then, doors=EVENT)
    assert trying.admitted
    assert not ask(trying.peer, then, doors=EVENT).admitted
    assert ask(trying.peer, then, doors=WEBFORM).admitted


def test_a_line_at_a_key_is_forgotten_too() -> None:
    waiting = ask(slowed(RateState(), "event", NOW, 60), turn="bulk", doors=EVENT).peer
    assert waiting.lines
    assert not ask(waiting, NOW + 60, doors=EVENT).peer.lines


def test_of_two_shut_doors_the_last_one_to_open_counts() -> None:
    peer = slowed(slowed(RateState(), HOST, NOW, 20), "event", NOW, 50)
    assert ask(peer, doors=EVENT).moment == NOW + 50
    assert ask(peer, doors=WEBFORM).moment == NOW + 20


def test_a_document_of_before_there_were_keys_is_read() -> None:
    """Its breaker was that of the whole peer."""
    old = {"calls": {"host": [NOW - 1]}, "line": 0, "failures": 4, "open_until": NOW + 9, "trying_until": 0.0}
    peer = RateState.model_validate(old)
    assert ask(peer, doors=EVENT).moment == NOW + 9
    assert peer.calls == {"host": [NOW - 1]}


# -- shares of the room ------------------------------------------------------------------------------------------------

ROOM = {"host": 58, "webform": 10}
RUSH, HEAVY = ROOM | {"rush": 6}, ROOM | {"rush": 6, "heavy": 4}
WEBFORM_DOORS = (HOST, "webform")


def admitted(peer: RateState, limits: dict[str, int], count: int, now: float = NOW) -> tuple[RateState, int]:
    """How many of so many go at once."""
    went = 0
    for _ in range(count):
        decision = decide(peer, limits, WEBFORM_DOORS, now, patience=0, turn="urgent")
        peer, went = decision.peer, went + decision.admitted
    return peer, went


def test_heavy_senders_leave_room_for_a_rush_and_both_for_all_others() -> None:
    peer, heavy = admitted(RateState(), HEAVY, 100)
    peer, rush = admitted(peer, RUSH, 100)
    peer, others = admitted(peer, ROOM, 100)
    assert (heavy, rush, others) == (4, 2, 4)
    assert len(peer.calls["webform"]) == 10


def test_others_do_not_wait_for_heavy_senders_who_wait() -> None:
    peer, _ = admitted(RateState(), HEAVY, 1000)
    assert decide(peer, ROOM, WEBFORM_DOORS, NOW, patience=0, turn="urgent").admitted


def test_what_heavy_senders_use_counts_for_all() -> None:
    peer, _ = admitted(RateState(), HEAVY, 100)
    assert admitted(peer, ROOM, 100)[1] == 10 - 4


def test_heavy_senders_come_back_one_by_one_at_their_own_pace() -> None:
    peer, _ = admitted(RateState(), HEAVY, 4)
    first = decide(peer, HEAVY, WEBFORM_DOORS, NOW, patience=0, turn="urgent")
    second = decide(first.peer, HEAVY, WEBFORM_DOORS, NOW, patience=0, turn="urgent")
    rush = decide(admitted(second.peer, RUSH, 2)[0], RUSH, WEBFORM_DOORS, NOW, patience=0, turn="urgent")
    assert first.moment == NOW + WINDOW
    assert second.moment == first.moment + WINDOW / 4
    assert rush.moment == NOW + WINDOW  # It does not stand behind the heavy senders.


def test_what_is_urgent_waits_for_the_window_that_is_full_and_for_no_other() -> None:
    peer, _ = admitted(RateState(), ROOM, 10 + 5)
    event = {"host": 58, "event": 40}
    for _ in range(40):
        peer = decide(peer, event, EVENT, NOW, patience=0, turn="urgent").peer
    assert decide(peer, event, EVENT, NOW, patience=0, turn="urgent").moment == NOW + WINDOW
    assert decide(peer, ROOM, WEBFORM_DOORS, NOW, patience=0, turn="urgent").moment == pytest.approx(NOW + WINDOW * 1.5)
