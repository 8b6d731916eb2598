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
    limiter.admit(two, turn="waited_for")  # The refused call above took no room.
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
    with pytest.raises(NoRoom):  # The window of the host is full; the window of the key is not.
        limiter.admit(event)


def test_a_backlog_drains_at_97_percent_of_the_limit_and_never_over_it(store: SqliteStore, clock: TestClock) -> None:
    """2,000 tasks at 30 per minute on a virtual clock, each asking again when it was told to."""
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
    """The clock of one instance is five minutes ahead. The other waits for it and does not pass the limit."""
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
def test_a_peer_that_is_down_gets_no_calls_and_then_one_trial_call(
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
    """So that work goes on within five minutes after an outage, as often as `sweep` runs."""
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


def test_too_fast_holds_all_calls_for_as_long_as_the_peer_says(store: SqliteStore, clock: TestClock) -> None:
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


def test_a_queue_whose_calls_never_came_back_holds_up_no_later_call(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    for _ in range(500):
        try:
            limiter.admit(ECONOBIS)
        except NoRoom:
            continue
    clock.advance(200)  # The 470 refused calls never came back: their work was replaced.
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
def test_a_wait_of_less_than_two_seconds_is_slept(store: SqliteStore, clock: TestClock, seconds: float) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    start = clock()
    for _ in range(30):
        limiter.admit(ECONOBIS)
    clock.advance(WINDOW - seconds)
    limiter.admit(ECONOBIS)
    assert clock() == start + timedelta(seconds=WINDOW)


def test_urgent_calls_have_a_queue_of_their_own(store: SqliteStore, clock: TestClock) -> None:
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


def test_an_admission_says_whether_earlier_calls_failed(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    assert not limiter.admit(ECONOBIS).failing
    limiter.learn(ECONOBIS, Unavailable("down"))
    assert limiter.admit(ECONOBIS).failing
    limiter.learn(ECONOBIS, None)
    assert not limiter.admit(ECONOBIS).failing


def test_an_admission_expires_after_a_second(store: SqliteStore, clock: TestClock) -> None:
    """Later the call would fall in another window than it was counted in."""
    admission = Limiter(store, clock, clock.sleep).admit(ECONOBIS)
    assert admission.until == clock() + timedelta(seconds=LATEST)


def test_too_fast_without_a_time_waits_fifteen_seconds(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    limiter.learn(ECONOBIS, TooFast("429"))
    with pytest.raises(NoRoom) as slowed:
        limiter.admit(ECONOBIS, turn="waited_for")
    assert slowed.value.at == clock() + timedelta(seconds=SLOWED)


# -- what an error is about --------------------------------------------------------------------------------------------

FORM = PeerLimits("econobis-dorp", {"host": 58, "webform": 30}, "webform")
EVENT = PeerLimits("econobis-dorp", {"host": 58, "event": 30}, "event")
ONE_KEY = PeerLimits("econobis-dorp", {"host": 58, "webform": 30}, "event")


def lets_through(limiter: Limiter, limits: PeerLimits) -> bool:
    try:
        limiter.admit(limits, turn="waited_for")
    except NoRoom:
        return False
    return True


def report(limiter: Limiter, limits: PeerLimits, error: PeerError | None, times: int = FAILURES_TO_OPEN) -> None:
    for _ in range(times):
        limiter.learn(limits, error)


@pytest.mark.parametrize("error", [KeyUnknown("Endpoint not found"), SwitchedOff("no hoom_link")])
def test_a_refused_key_opens_its_own_breaker_and_no_other(
    store: SqliteStore, clock: TestClock, error: PeerError
) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    report(limiter, EVENT, error)
    assert not lets_through(limiter, EVENT)
    assert lets_through(limiter, FORM)
    assert not limiter.admit(FORM).failing


def test_a_key_that_is_refused_for_one_use_goes_on_for_its_other_use(store: SqliteStore, clock: TestClock) -> None:
    """One key serves both uses and Econobis accepts it for one of them (known-limits G1)."""
    limiter = Limiter(store, clock, clock.sleep)
    report(limiter, ONE_KEY, KeyUnknown("Endpoint not found"))
    assert not lets_through(limiter, ONE_KEY)
    assert lets_through(limiter, FORM)


def test_the_limit_of_a_key_holds_that_key_only(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    limiter.learn(EVENT, NoRoomInMinute("Maximum aantal aanroepen", retry_after=60))
    assert not lets_through(limiter, EVENT)
    assert lets_through(limiter, FORM)


def test_the_limit_of_a_key_holds_both_its_uses(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    limiter.learn(ONE_KEY, NoRoomInMinute("Maximum aantal aanroepen", retry_after=60))
    assert not lets_through(limiter, ONE_KEY)
    assert not lets_through(limiter, FORM)


@pytest.mark.parametrize("error", [Unavailable("no connection"), OutcomeUnknown("time-out"), TooFast("429")])
def test_what_is_wrong_with_the_host_holds_every_key(store: SqliteStore, clock: TestClock, error: PeerError) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    report(limiter, EVENT, error)
    assert not lets_through(limiter, EVENT)
    assert not lets_through(limiter, FORM)


def test_an_answer_that_a_key_is_wrong_closes_the_breaker_of_the_host(store: SqliteStore, clock: TestClock) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    report(limiter, FORM, Unavailable("no connection"))
    limiter.learn(EVENT, KeyUnknown("Endpoint not found"))
    assert lets_through(limiter, FORM)


def test_a_trial_call_that_does_not_reach_the_host_leaves_the_trial_to_the_next(
    store: SqliteStore, clock: TestClock
) -> None:
    limiter = Limiter(store, clock, clock.sleep)
    report(limiter, EVENT, KeyUnknown("Endpoint not found"))
    clock.advance(15)
    assert lets_through(limiter, EVENT)  # The trial call.
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
    report(limiter, dorp, kind("nee"))
    assert not lets_through(limiter, dorp)
    assert lets_through(limiter, stad)


def test_too_fast_of_hoomdossier_holds_every_cooperation(store: SqliteStore, clock: TestClock) -> None:
    """It counts the calls of one caller over all its sub-domains (known-limits A16)."""
    limiter = Limiter(store, clock, clock.sleep)
    dorp, stad = (PeerLimits("hoomdossier-example", {"host": 50}, f"token-{name}") for name in ("dorp", "stad"))
    limiter.learn(dorp, TooFast("429", retry_after=30))
    assert not lets_through(limiter, dorp)
    assert not lets_through(limiter, stad)
