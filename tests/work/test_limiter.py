"""Calls to a peer stay within its limits, a backlog uses nearly all of them, and nobody urgent waits behind it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from shared.clock import utc_now
from shared.domain.rate import FAILURES_TO_OPEN, LATEST, SLOWED, WINDOW, Turn
from shared.econobis.answers import KeyUnknown, NoRoomInMinute, SwitchedOff
from shared.errors import AddressUnknown, NoRoom, OutcomeUnknown, PeerError, Refused, TooFast, Unavailable
from shared.hoomdossier.answers import CooperationUnknown, KeyRevoked, NoAccess, NoSuchPage
from shared.store.sqlite import SqliteStore
from shared.work.limiter import Limiter, PeerLimits
from tests.world.clock import TestClock

ECONOBIS = PeerLimits("econobis-dorp", {"host": 60, "webform": 30})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "link.db", utc_now)
    yield store
    store.close()


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


def most_in_a_minute(moments: list[float]) -> int:
    return max(sum(start <= other < start + 60 for other in moments) for start in moments)


def test_calls_up_to_the_limit_go_at_once_and_the_next_one_waits(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    start = clock()
    for _ in range(30):
        limiter.admit(ECONOBIS)
    with pytest.raises(NoRoom) as full:
        limiter.admit(ECONOBIS, turn="waited_for")
    assert (clock(), full.value.at) == (start, start + timedelta(seconds=WINDOW))


def test_a_short_wait_is_slept_with_the_moment_reserved(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    start = clock()
    for _ in range(30):
        limiter.admit(ECONOBIS)
    limiter.admit(ECONOBIS, patience=100)
    assert clock() == start + timedelta(seconds=WINDOW)


def test_who_makes_several_calls_in_a_row_waits_until_there_is_room_for_all(
    store: SqliteStore, clock: TestClock
) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    two = PeerLimits("hoomdossier", {"host": 2})
    start = clock()
    limiter.admit(two)
    clock.advance(10)
    with pytest.raises(NoRoom) as full:
        limiter.admit(two, turn="waited_for", calls=2)
    assert full.value.at == start + timedelta(seconds=WINDOW)
    limiter.admit(two, turn="waited_for")  # There was room for one, and nobody took it.
    clock.advance(WINDOW)
    limiter.admit(two, calls=2)
    limiter.admit(two)


def test_each_window_counts(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    event = PeerLimits("econobis-dorp", {"host": 60, "event": 50})
    for _ in range(30):
        limiter.admit(ECONOBIS)
    for _ in range(30):
        limiter.admit(event)
    with pytest.raises(NoRoom):  # The host is full, though the key is not.
        limiter.admit(event)


def test_a_backlog_drains_at_97_percent_of_the_limit_and_never_over_it(store: SqliteStore, clock: TestClock) -> None:
    """2,000 tasks at 30 per minute on a virtual clock, each coming back when it is told to."""
    limiter = Limiter(store, clock, clock.sleep)
    start = clock()
    waiting, made, tries = [(start, number) for number in range(2000)], [], 0
    while waiting:
        waiting.sort()
        at, number = waiting.pop(0)
        clock.advance(max((at - clock()).total_seconds(), 0))
        tries += 1
        try:
            limiter.admit(ECONOBIS)
        except NoRoom as full:
            waiting.append((full.at, number))
        else:
            made.append(clock().timestamp())
    rate = len(made) / ((made[-1] - made[0]) / 60)
    assert most_in_a_minute(made) <= 30
    assert rate >= 0.97 * 30
    assert tries < 2.2 * 2000  # A task is woken about twice, not once for each call before it.


def test_an_urgent_call_goes_before_the_backlog(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    for _ in range(1000):
        try:
            limiter.admit(ECONOBIS)
        except NoRoom as full:
            last = full.at
    assert last > clock() + timedelta(minutes=30)
    before = clock()
    limiter.admit(ECONOBIS, patience=90, turn="waited_for")
    assert clock() - before <= timedelta(seconds=WINDOW)


def test_threads_of_several_instances_never_pass_the_limit(store: SqliteStore) -> None:
    def ask(_number: int) -> bool:
        try:
            Limiter(store).admit(ECONOBIS, patience=0)
        except NoRoom:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ask, range(100))) == 30


def test_clocks_that_differ_never_pass_the_limit(store: SqliteStore) -> None:
    """One instance is five minutes ahead: the other one waits for it rather than calling too much."""
    late, early = TestClock(), TestClock()
    early.advance(300)
    admitted = 0
    for clock in (early, late) * 40:
        try:
            Limiter(store, clock, clock.sleep).admit(ECONOBIS, patience=0)
            admitted += 1
        except NoRoom:
            continue
    assert admitted == 30


def test_a_clock_that_steps_back_never_passes_the_limit(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    for _ in range(30):
        limiter.admit(ECONOBIS)
    clock.advance(-3600)
    with pytest.raises(NoRoom):
        limiter.admit(ECONOBIS)


@pytest.mark.parametrize("error", [Unavailable("down"), OutcomeUnknown("no answer")])
def test_a_peer_that_is_down_is_left_alone_and_then_tried_by_one(
    store: SqliteStore, clock: TestClock, error: Unavailable
) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    for _ in range(FAILURES_TO_OPEN):
        limiter.admit(ECONOBIS)
        limiter.learn(ECONOBIS, error)
    with pytest.raises(NoRoom) as closed:
        limiter.admit(ECONOBIS, turn="waited_for")
    clock.advance((closed.value.at - clock()).total_seconds())
    assert limiter.admit(ECONOBIS, turn="waited_for").failing
    with pytest.raises(NoRoom):
        limiter.admit(ECONOBIS, turn="waited_for")
    limiter.learn(ECONOBIS, None)
    assert not limiter.admit(ECONOBIS, turn="waited_for").failing


def test_the_pause_grows_to_four_minutes_and_no_longer(store: SqliteStore, clock: TestClock) -> None:
    """So that all is whole again within one sweep after the outage."""
    limiter = Limiter(store, clock, clock.sleep)
    pauses = []
    while len(pauses) < 10:
        try:
            limiter.admit(ECONOBIS, turn="waited_for")
            limiter.learn(ECONOBIS, Unavailable("down"))
        except NoRoom as closed:
            pauses.append((closed.at - clock()).total_seconds())
            clock.advance(pauses[-1])
    assert pauses[0] == 15
    assert pauses[-1] == 240
    assert pauses == sorted(pauses)


def test_a_refusal_says_nothing_about_the_peer(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    for _ in range(10):
        limiter.admit(ECONOBIS)
        limiter.learn(ECONOBIS, Refused("no"))
    limiter.admit(ECONOBIS)


def test_too_fast_stops_everybody_for_as_long_as_the_peer_says(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    limiter.admit(ECONOBIS)
    limiter.learn(ECONOBIS, TooFast("429", retry_after=30))
    with pytest.raises(NoRoom) as slowed:
        limiter.admit(ECONOBIS, turn="waited_for")
    assert slowed.value.at == clock() + timedelta(seconds=30)
    clock.advance(30)
    limiter.admit(ECONOBIS)


def test_peers_do_not_share_room(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    for _ in range(30):
        limiter.admit(ECONOBIS)
    limiter.admit(PeerLimits("econobis-stad", {"host": 60}))


def test_an_old_line_does_not_hold_back_who_comes_later(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    for _ in range(500):
        try:
            limiter.admit(ECONOBIS)
        except NoRoom:
            continue
    clock.advance(200)  # Those 470 never came back: their work was replaced.
    for _ in range(30):
        limiter.admit(ECONOBIS)
    with pytest.raises(NoRoom) as full:
        limiter.admit(ECONOBIS)
    assert full.value.at <= clock() + timedelta(seconds=2 * WINDOW)


def test_with_room_nobody_sleeps(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, sleep=lambda _seconds: pytest.fail("it slept"))
    for _ in range(30):
        limiter.admit(ECONOBIS)


@pytest.mark.parametrize("seconds", [0.25, 1, 1.75])
def test_the_last_bit_before_there_is_room_is_slept(store: SqliteStore, clock: TestClock, seconds: float) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    start = clock()
    for _ in range(30):
        limiter.admit(ECONOBIS)
    clock.advance(WINDOW - seconds)
    limiter.admit(ECONOBIS)
    assert clock() == start + timedelta(seconds=WINDOW)


def test_urgent_calls_do_not_stand_in_the_line_of_the_others(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    for _ in range(30):
        limiter.admit(ECONOBIS)
    told = []
    turns: list[Turn] = ["bulk", "bulk", "urgent", "urgent", "waited_for", "waited_for"]
    for turn in turns:
        with pytest.raises(NoRoom) as full:
            limiter.admit(ECONOBIS, turn=turn)
        told.append((full.value.at - clock()).total_seconds())
    assert told == [WINDOW, WINDOW + WINDOW / 30, WINDOW, WINDOW + WINDOW / 30, WINDOW, WINDOW]


def test_after_one_failure_a_success_is_news(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    assert not limiter.admit(ECONOBIS).failing
    limiter.learn(ECONOBIS, Unavailable("down"))
    assert limiter.admit(ECONOBIS).failing
    limiter.learn(ECONOBIS, None)
    assert not limiter.admit(ECONOBIS).failing


def test_an_admission_is_good_for_a_moment(store: SqliteStore, clock: TestClock) -> None:
    """Later the call would come in another minute than it was counted in."""
    admission = Limiter(store, clock, clock.sleep).admit(ECONOBIS)
    assert admission.until == clock() + timedelta(seconds=LATEST)


def test_too_fast_without_a_time_rests_a_while(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    limiter.learn(ECONOBIS, TooFast("429"))
    with pytest.raises(NoRoom) as slowed:
        limiter.admit(ECONOBIS, turn="waited_for")
    assert slowed.value.at == clock() + timedelta(seconds=SLOWED)


# -- what an error is about --------------------------------------------------------------------------------------------

FORM = PeerLimits("econobis-dorp", {"host": 58, "webform": 30}, "webform")
EVENT = PeerLimits("econobis-dorp", {"host": 58, "event": 30}, "event")
ONE_KEY = PeerLimits("econobis-dorp", {"host": 58, "webform": 30}, "event")


def is_open(limiter: Limiter, limits: PeerLimits) -> bool:
    try:
        limiter.admit(limits, turn="waited_for")
    except NoRoom:
        return False
    return True


def heard(limiter: Limiter, limits: PeerLimits, error: PeerError | None, times: int = FAILURES_TO_OPEN) -> None:
    for _ in range(times):
        limiter.learn(limits, error)


@pytest.mark.parametrize("error", [KeyUnknown("Endpoint not found"), SwitchedOff("no hoom_link")])
def test_a_key_that_is_refused_is_left_alone_and_the_other_goes_on(
    store: SqliteStore, clock: TestClock, error: PeerError
) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    heard(limiter, EVENT, error)
    assert not is_open(limiter, EVENT)
    assert is_open(limiter, FORM)
    assert not limiter.admit(FORM).failing


def test_a_use_of_a_key_that_is_refused_leaves_its_other_use(store: SqliteStore, clock: TestClock) -> None:
    """One key for both, of which Econobis takes one use only (known-limits G1)."""
    limiter = Limiter(store, clock, clock.sleep)
    heard(limiter, ONE_KEY, KeyUnknown("Endpoint not found"))
    assert not is_open(limiter, ONE_KEY)
    assert is_open(limiter, FORM)


def test_the_limit_of_a_key_rests_that_key_only(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    limiter.learn(EVENT, NoRoomInMinute("Maximum aantal aanroepen", retry_after=60))
    assert not is_open(limiter, EVENT)
    assert is_open(limiter, FORM)


def test_the_limit_of_a_key_rests_both_its_uses(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    limiter.learn(ONE_KEY, NoRoomInMinute("Maximum aantal aanroepen", retry_after=60))
    assert not is_open(limiter, ONE_KEY)
    assert not is_open(limiter, FORM)


@pytest.mark.parametrize("error", [Unavailable("no connection"), OutcomeUnknown("time-out"), TooFast("429")])
def test_what_is_wrong_with_the_host_holds_every_key(store: SqliteStore, clock: TestClock, error: PeerError) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    heard(limiter, EVENT, error)
    assert not is_open(limiter, EVENT)
    assert not is_open(limiter, FORM)


def test_who_hears_that_a_key_is_wrong_has_reached_the_host(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    heard(limiter, FORM, Unavailable("no connection"))
    limiter.learn(EVENT, KeyUnknown("Endpoint not found"))
    assert is_open(limiter, FORM)


def test_who_does_not_reach_the_host_hears_nothing_of_the_key(store: SqliteStore, clock: TestClock) -> None:
    """And the next one may try it as soon as the host is back."""
    limiter = Limiter(store, clock, clock.sleep)
    heard(limiter, EVENT, KeyUnknown("Endpoint not found"))
    clock.advance(15)
    assert is_open(limiter, EVENT)  # This one tries.
    limiter.learn(EVENT, Unavailable("no connection"))
    assert limiter.admit(EVENT).failing
    limiter.learn(EVENT, None)
    assert not limiter.admit(EVENT).failing


@pytest.mark.parametrize("kind", [KeyRevoked, NoAccess, CooperationUnknown, NoSuchPage, AddressUnknown])
def test_what_is_wrong_for_one_cooperation_holds_no_other_at_the_same_hoomdossier(
    store: SqliteStore, clock: TestClock, kind: type[PeerError]
) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    dorp, stad = (PeerLimits("hoomdossier-example", {"host": 50}, f"token-{name}") for name in ("dorp", "stad"))
    heard(limiter, dorp, kind("nee"))
    assert not is_open(limiter, dorp)
    assert is_open(limiter, stad)


def test_a_hoomdossier_that_is_too_busy_rests_for_all(store: SqliteStore, clock: TestClock) -> None:
    """It counts the calls of one caller over all its sub-domains (known-limits A16)."""
    limiter = Limiter(store, clock, clock.sleep)
    dorp, stad = (PeerLimits("hoomdossier-example", {"host": 50}, f"token-{name}") for name in ("dorp", "stad"))
    limiter.learn(dorp, TooFast("429", retry_after=30))
    assert not is_open(limiter, dorp)
    assert not is_open(limiter, stad)
