"""Room at a peer, decided without a store: the windows, the line of who waits, and the breaker."""

from __future__ import annotations

import pytest

from shared.domain.peer import (
    LOOK_AGAIN,
    OPEN_PAUSES,
    SLOWED,
    TRY_SECONDS,
    WINDOW,
    Decision,
    Peer,
    decide,
    failed,
    slowed,
    worked,
)

NOW = 1_800_000_000.0
LIMITS = {"host": 2}


def ask(peer: Peer, now: float = NOW, *, patience: float = 0, urgent: bool = True) -> Decision:
    return decide(peer, LIMITS, now, patience=patience, urgent=urgent)


def full() -> Peer:
    return ask(ask(Peer()).peer).peer


def failing(times: int) -> Peer:
    peer = Peer()
    for _ in range(times):
        peer = failed(peer, NOW)
    return peer


# -- the line ----------------------------------------------------------------------------------------------------------


def test_who_has_to_wait_gets_a_moment_of_its_own_unless_it_is_urgent() -> None:
    first = ask(full(), urgent=False)
    second = ask(first.peer, urgent=False)
    assert not (first.admitted or second.admitted)
    assert second.moment == first.moment + WINDOW / 2
    assert (urgent := ask(second.peer)).moment == NOW + WINDOW
    assert urgent.peer == second.peer


def test_the_line_is_forgotten_when_there_has_been_room_for_half_a_minute() -> None:
    waiting = ask(full(), urgent=False).peer
    barely, amply = NOW + WINDOW * 1.4, NOW + WINDOW * 1.5
    assert ask(waiting, barely).peer.line == waiting.line
    assert ask(waiting, amply).peer.line < NOW


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
    assert failed(slowed(Peer(), NOW, 60), NOW + 1).open_until == NOW + 60


def test_while_one_tries_the_others_look_again_soon() -> None:
    peer = failing(3)
    trying = ask(peer, peer.open_until)
    assert trying.admitted
    other = ask(trying.peer, peer.open_until + 1, patience=100)
    assert (other.admitted, other.moment) == (False, peer.open_until + 1 + LOOK_AGAIN)
    assert ask(trying.peer, peer.open_until + TRY_SECONDS).admitted


def test_when_it_failed_nobody_waits_for_the_one_that_tried() -> None:
    peer = failing(3)
    again = failed(ask(peer, peer.open_until).peer, peer.open_until)
    assert ask(again, again.open_until).admitted


def test_a_success_lets_everybody_through_at_once() -> None:
    """Also one that was on its way when the others failed; and who stood in line need not stand there any longer."""
    peer = ask(failing(3), urgent=False).peer
    assert not ask(peer).admitted
    assert ask(worked(peer)).admitted
    assert worked(peer).line < NOW


# -- too fast ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "rest"), [(None, SLOWED), (0, 0), (30, 30), (3600, OPEN_PAUSES[-1])])
def test_too_fast_rests_as_long_as_the_peer_says_within_reason(said: float | None, rest: float) -> None:
    assert slowed(Peer(), NOW, said).open_until == NOW + rest


def test_a_shorter_rest_or_a_success_does_not_shorten_a_longer_one() -> None:
    long = slowed(Peer(), NOW, 60)
    assert slowed(long, NOW, 5).open_until == NOW + 60
    assert worked(long).open_until == NOW + 60
