"""An effect happens at most once, and everybody who asks for it gets its answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shared.clock import utc_now
from shared.domain.effect import ALWAYS, NEVER
from shared.errors import Busy, NoRoom, OutcomeUnknown, Refused, StoreUnavailable, Unavailable
from shared.store.port import Document
from shared.store.sqlite import SqliteStore
from shared.work.once import LEASE_MARGIN, Call, Gone, Once, Overtaken, Place
from tests.world.clock import TestClock

PLACE = Place("residents", "dorp:1001", ("registration",))
ITEM = Place("relays", "dorp:7", ("items", "report", "effect"))


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "link.db", utc_now)
    store.create(PLACE.collection, PLACE.key, {"name": "x", "registration": None})
    store.create(ITEM.collection, ITEM.key, {"items": {"report": {"version": 1}}})
    yield store
    store.close()


def once(store: SqliteStore, clock: TestClock) -> Once:
    return Once(store, clock, clock.sleep)


def state(store: SqliteStore, place: Place = PLACE) -> str:
    document = store.get(place.collection, place.key)
    assert document
    effect = place.read(document.data)
    return effect.state if effect else "none"


class Peer:
    """Counts the calls it gets."""

    def __init__(self, outcome: Any = None) -> None:
        self.calls = 0
        self.outcome = outcome or {"account_id": 7}

    def __call__(self, _data: Any) -> Any:
        self.calls += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def test_a_repeat_gets_the_first_answer_without_a_second_call(store: SqliteStore, clock: TestClock) -> None:
    peer = Peer()
    first, _ = once(store, clock).perform(PLACE, Call(peer, 5))
    second, document = once(store, clock).perform(PLACE, Call(peer, 5))
    assert (first, second, peer.calls) == ({"account_id": 7}, {"account_id": 7}, 1)
    assert document.data["name"] == "x"


def test_an_effect_can_stand_deep_in_a_document(store: SqliteStore, clock: TestClock) -> None:
    once(store, clock).perform(ITEM, Call(Peer(), 5))
    document = store.get(ITEM.collection, ITEM.key)
    assert document
    assert document.data["items"]["report"]["version"] == 1
    assert state(store, ITEM) == "done"


def test_64_callers_at_once_make_one_call_and_get_equal_answers(store: SqliteStore) -> None:
    calls, gate = [], threading.Barrier(64)

    def slow(_data: Any) -> Any:
        calls.append(threading.get_ident())
        time.sleep(0.2)
        return {"account_id": 7, "by": len(calls)}

    def ask(_number: int) -> Any:
        gate.wait()
        return Once(store).perform(PLACE, Call(slow, 5), patience=20)[0]

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(ask, range(64)))
    assert len(calls) == 1
    assert answers == [{"account_id": 7, "by": 1}] * 64


def test_who_cannot_wait_is_told_that_it_is_busy(store: SqliteStore, clock: TestClock) -> None:
    def meanwhile(_data: Any) -> Any:
        with pytest.raises(Busy):
            once(store, clock).perform(PLACE, Call(Peer(), 5), patience=1)
        return {}

    once(store, clock).perform(PLACE, Call(meanwhile, 5))


@pytest.mark.parametrize("error", [Refused("no"), Unavailable("down")])
def test_what_the_peer_did_not_do_can_be_asked_again(store: SqliteStore, clock: TestClock, error: Exception) -> None:
    with pytest.raises(type(error)):
        once(store, clock).perform(PLACE, Call(Peer(error), 5))
    assert state(store) == "failed"
    assert once(store, clock).perform(PLACE, Call(Peer(), 5))[0] == {"account_id": 7}


@pytest.mark.parametrize("error", [OutcomeUnknown("reset"), ValueError("a bug of ours after sending")])
def test_an_unknown_outcome_is_never_called_again(store: SqliteStore, clock: TestClock, error: Exception) -> None:
    with pytest.raises(OutcomeUnknown):
        once(store, clock).perform(PLACE, Call(Peer(error), 5))
    peer = Peer()
    for _ in range(2):
        clock.advance(86400)
        with pytest.raises(OutcomeUnknown):
            once(store, clock).perform(PLACE, Call(peer, 5))
    assert peer.calls == 0


def test_a_repeatable_call_goes_again_after_an_unknown_outcome(store: SqliteStore, clock: TestClock) -> None:
    with pytest.raises(OutcomeUnknown):
        once(store, clock).perform(PLACE, Call(Peer(OutcomeUnknown("reset")), 5, repeats=ALWAYS))
    peer = Peer()
    once(store, clock).perform(PLACE, Call(peer, 5, repeats=ALWAYS))
    assert peer.calls == 1


class Killed(BaseException):
    pass


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_caller_that_died_while_sending_leaves_it_unknown(
    store: SqliteStore, clock: TestClock, repeatable: bool
) -> None:
    with pytest.raises(Killed):
        once(store, clock).perform(PLACE, Call(lambda _data: (_ for _ in ()).throw(Killed()), 5))
    assert state(store) == "sent"
    clock.advance(5 + LEASE_MARGIN + 1)
    peer, seen = Peer(), []
    call = Call(
        peer, 5, repeats=ALWAYS if repeatable else NEVER, after=lambda data, outcome: (seen.append(outcome), data)[1]
    )
    if repeatable:
        once(store, clock).perform(PLACE, call)
        assert peer.calls == 1
    else:
        with pytest.raises(OutcomeUnknown):
            once(store, clock).perform(PLACE, call)
        assert (peer.calls, state(store)) == (0, "unknown")
        assert isinstance(seen[-1], OutcomeUnknown)  # So that the flow can park it.


def test_a_caller_that_died_before_sending_is_replaced_when_its_lease_is_over(
    store: SqliteStore, clock: TestClock
) -> None:
    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        once(store, clock).perform(PLACE, Call(Peer(), 5, admit=die))
    peer = Peer()
    with pytest.raises(Busy):
        once(store, clock).perform(PLACE, Call(peer, 5))
    clock.advance(5 + LEASE_MARGIN + 1)
    once(store, clock).perform(PLACE, Call(peer, 5))
    assert peer.calls == 1


def test_an_owner_that_was_too_slow_to_send_does_not_send(store: SqliteStore, clock: TestClock) -> None:
    late, other = Peer(), Peer()

    def too_slow() -> None:
        clock.advance(5 + LEASE_MARGIN + 1)
        once(store, clock).perform(PLACE, Call(other, 5))

    with pytest.raises(Overtaken):
        once(store, clock).perform(PLACE, Call(late, 5, admit=too_slow))
    assert (late.calls, other.calls) == (0, 1)


def test_an_owner_that_answers_after_its_lease_still_settles_what_became_unknown(
    store: SqliteStore, clock: TestClock
) -> None:
    def slow(_data: Any) -> Any:
        clock.advance(3600)
        with pytest.raises(OutcomeUnknown):
            once(store, clock).perform(PLACE, Call(Peer(), 5))
        return {"account_id": 9}

    once(store, clock).perform(PLACE, Call(slow, 5))
    assert once(store, clock).perform(PLACE, Call(Peer(), 5))[0] == {"account_id": 9}


def test_no_room_gives_the_claim_back_at_once(store: SqliteStore, clock: TestClock) -> None:
    def full() -> None:
        raise NoRoom(clock())

    with pytest.raises(NoRoom):
        once(store, clock).perform(PLACE, Call(Peer(), 5, admit=full))
    peer = Peer()
    once(store, clock).perform(PLACE, Call(peer, 5))
    assert peer.calls == 1


def test_what_follows_from_the_outcome_is_written_with_it(store: SqliteStore, clock: TestClock) -> None:
    def after(data: dict[str, Any], outcome: Any) -> dict[str, Any]:
        return data | {"account_id": outcome["account_id"]}

    _, document = once(store, clock).perform(PLACE, Call(Peer(), 5, after=after))
    assert document.data["account_id"] == 7


def test_what_others_wrote_meanwhile_stays(store: SqliteStore, clock: TestClock) -> None:
    def meanwhile(_data: Any) -> Any:
        document = store.get(PLACE.collection, PLACE.key)
        assert document
        store.replace(PLACE.collection, PLACE.key, document.data | {"phone": "changed"}, document.version)
        return {"account_id": 7}

    _, document = once(store, clock).perform(PLACE, Call(meanwhile, 5))
    assert (document.data["phone"], state(store)) == ("changed", "done")


def test_only_one_at_a_time_is_alone(store: SqliteStore) -> None:
    inside, most = [], []

    def work(_number: int) -> None:
        with Once(store).alone("email-1", seconds=20, patience=20):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.005)
            inside.pop()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(32)))
    assert (len(most), max(most)) == (32, 1)


@pytest.fixture
def locks(tmp_path: Path, clock: TestClock) -> Iterator[SqliteStore]:
    """A store that lives in the time of the test, so that a lock runs out in it."""
    store = SqliteStore(tmp_path / "locks.db", clock)
    yield store
    store.close()


def test_a_lock_of_who_died_runs_out(locks: SqliteStore, clock: TestClock) -> None:
    locks.create("locks", "email-2", {"owner": "gone", "expires_at": "2026-11-23T09:00:30.000000Z"})
    with pytest.raises(Busy), once(locks, clock).alone("email-2", seconds=30, patience=1):
        pass
    clock.advance(60)
    with once(locks, clock).alone("email-2", seconds=30, patience=0):
        pass


def test_a_store_that_is_away_is_no_outcome(store: SqliteStore, clock: TestClock) -> None:
    """Raised before anything was claimed, so the caller may come back."""

    class Away(SqliteStore):
        def get(self, collection: str, key: str) -> Any:
            raise StoreUnavailable

    away = Away.__new__(Away)
    with pytest.raises(StoreUnavailable):
        Once(away, clock, clock.sleep).perform(PLACE, Call(Peer(), 5))
    assert state(store) == "none"


def test_who_does_not_want_to_wait_does_not(store: SqliteStore, clock: TestClock) -> None:
    def meanwhile(_data: Any) -> Any:
        with pytest.raises(Busy):
            Once(store, clock, sleep=lambda _seconds: pytest.fail("it waited")).perform(PLACE, Call(Peer(), 5))

    once(store, clock).perform(PLACE, Call(meanwhile, 5))


def test_who_waits_looks_ever_less_often_up_to_twice_a_second(store: SqliteStore, clock: TestClock) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock.advance(seconds)

    def meanwhile(_data: Any) -> Any:
        with pytest.raises(Busy):
            Once(store, clock, sleep).perform(PLACE, Call(Peer(), 5), patience=2)

    once(store, clock).perform(PLACE, Call(meanwhile, 5))
    assert pauses[:6] == [0.05, 0.1, 0.2, 0.4, 0.5, 0.5]


def test_who_waits_to_be_alone_looks_as_often(locks: SqliteStore, clock: TestClock) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock.advance(seconds)

    first, second = once(locks, clock).alone("email-3", 20, 0), Once(locks, clock, sleep).alone("email-3", 20, 2)
    with first, pytest.raises(Busy), second:
        pass
    assert pauses[:6] == [0.05, 0.1, 0.2, 0.4, 0.5, 0.5]


def test_who_does_not_want_to_wait_to_be_alone_does_not(locks: SqliteStore, clock: TestClock) -> None:
    impatient = Once(locks, clock, sleep=lambda _seconds: pytest.fail("it waited"))
    first, second = once(locks, clock).alone("email-6", 20, 0), impatient.alone("email-6", 20, 0)
    with first, pytest.raises(Busy), second:
        pass


def test_who_is_alone_lets_the_next_one_in_at_once(locks: SqliteStore, clock: TestClock) -> None:
    with pytest.raises(KeyError), once(locks, clock).alone("email-4", seconds=20, patience=0):
        raise KeyError
    with once(locks, clock).alone("email-4", seconds=20, patience=0):
        pass


def test_a_lock_that_ran_out_is_not_taken_from_its_next_owner(locks: SqliteStore, clock: TestClock) -> None:
    slow, other = once(locks, clock).alone("email-5", 20, 0), once(locks, clock).alone("email-5", 20, 0)
    with slow:
        clock.advance(20 + LEASE_MARGIN)
        other.__enter__()
    with pytest.raises(Busy), once(locks, clock).alone("email-5", seconds=20, patience=0):
        pass
    other.__exit__(None, None, None)


def test_there_is_no_effect_without_its_document(store: SqliteStore, clock: TestClock) -> None:
    peer = Peer()
    with pytest.raises(Gone):
        once(store, clock).perform(Place("residents", "dorp:2"), Call(peer, 5))
    assert peer.calls == 0


def erase(store: SqliteStore) -> None:
    store.delete(PLACE.collection, PLACE.key)


def start_anew(store: SqliteStore) -> None:
    erase(store)
    store.create(PLACE.collection, PLACE.key, {"name": "y", "registration": None})


lost = pytest.mark.parametrize("lose", [erase, start_anew])


@lost
def test_erased_before_it_was_sent_it_is_not_sent(store: SqliteStore, clock: TestClock, lose: Any) -> None:
    peer = Peer()
    with pytest.raises(Overtaken):
        once(store, clock).perform(PLACE, Call(peer, 5, admit=lambda: lose(store)))
    assert peer.calls == 0


@lost
@pytest.mark.parametrize("outcome", [{"account_id": 7}, Refused("no"), OutcomeUnknown("reset"), ValueError("bug")])
def test_erased_while_it_was_sent_its_outcome_is_told_and_not_kept(
    store: SqliteStore, clock: TestClock, lose: Any, outcome: Any
) -> None:
    """What is erased does not come back, and the caller hears what it would have heard."""

    def send(data: Any) -> Any:
        lose(store)
        return Peer(outcome)(data)

    call = Call(send, 5)
    if isinstance(outcome, Exception):
        with pytest.raises(OutcomeUnknown if isinstance(outcome, ValueError) else type(outcome)):
            once(store, clock).perform(PLACE, call)
    else:
        answer, document = once(store, clock).perform(PLACE, call)
        assert (answer, document.data["name"]) == (outcome, "x" if lose is erase else "y")
    assert not store.get(PLACE.collection, PLACE.key) or state(store) == "none"


@lost
def test_erased_while_it_waited_for_room_it_hears_that_there_is_none(
    store: SqliteStore, clock: TestClock, lose: Any
) -> None:
    def full() -> None:
        lose(store)
        raise NoRoom(clock())

    with pytest.raises(NoRoom):
        once(store, clock).perform(PLACE, Call(Peer(), 5, admit=full))


@pytest.mark.parametrize(
    ("error", "told", "kept"),
    [
        (Refused("no"), "no", ""),
        (OutcomeUnknown("reset"), "reset", "reset"),
        (ValueError("of Jan"), "ValueError during the call", "ValueError during the call"),
    ],
)
def test_what_went_wrong_is_kept_and_joins_what_follows(
    store: SqliteStore, clock: TestClock, error: Exception, told: str, kept: str
) -> None:
    """By its kind only when it is a bug: its text may be anybody's. Words of a refusal are kept where they are shown."""
    after = {"after": lambda data, outcome: data | {"why": str(outcome)}}
    with pytest.raises((Refused, OutcomeUnknown)):
        once(store, clock).perform(PLACE, Call(Peer(error), 5, **after))
    document = store.get(PLACE.collection, PLACE.key)
    assert document
    assert document.data["why"] == told
    effect = PLACE.read(document.data)
    assert effect
    assert (effect.reason, effect.answer) == (kept, None)


def test_no_room_joins_what_follows_too(store: SqliteStore, clock: TestClock) -> None:
    def full() -> None:
        raise NoRoom(clock())

    call = Call(Peer(), 5, full, after=lambda data, outcome: data | {"why": type(outcome).__name__})
    with pytest.raises(NoRoom):
        once(store, clock).perform(PLACE, call)
    document = store.get(PLACE.collection, PLACE.key)
    assert document
    assert document.data["why"] == "NoRoom"


# -- held by another call in the same document -------------------------------------------------------------------------


def test_who_is_held_waits_until_the_other_call_has_ended(store: SqliteStore, clock: TestClock) -> None:
    ends = clock().timestamp() + 3
    peer = Peer()
    call = Call(peer, 5, held=lambda _data, now: now.timestamp() < ends)
    with pytest.raises(Busy):
        once(store, clock).perform(PLACE, call, patience=1)
    assert (peer.calls, state(store)) == (0, "none")
    assert once(store, clock).perform(PLACE, call, patience=5)[0] == {"account_id": 7}
    assert clock().timestamp() >= ends


def test_of_two_that_hold_each_other_one_goes_first(store: SqliteStore) -> None:
    """Both find nothing under way; what the second one sees is what the first one wrote."""
    at_once = threading.Barrier(2)
    met: list[str] = []
    under_way: list[str] = []

    def send(name: str) -> Any:
        met.extend(under_way)
        under_way.append(name)
        time.sleep(0.2)
        under_way.remove(name)
        return name

    def held(data: Any, name: str) -> bool:
        return any(other != name and (data.get(other) or {}).get("state") in {"claimed", "sent"} for other in "ab")

    def run(name: str) -> Any:
        known = store.get("links", "both")
        at_once.wait()
        call = Call(lambda _data: send(name), 5, held=lambda data, _now: held(data, name))
        return Once(store).perform(Place("links", "both", (name,)), call, patience=10, known=known)[0]

    store.create("links", "both", {"a": None, "b": None})
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(run, "ab")) == ["a", "b"]
    assert not met


# -- a caller who has just read the document ---------------------------------------------------------------------------


class Counting(SqliteStore):
    reads = 0

    def get(self, collection: str, key: str) -> Document | None:
        self.reads += 1
        return super().get(collection, key)


def test_what_the_caller_read_is_not_read_again(tmp_path: Path, store: SqliteStore, clock: TestClock) -> None:
    counting = Counting(tmp_path / "link.db", clock)
    known = store.get(PLACE.collection, PLACE.key)
    answer, document = once(counting, clock).perform(PLACE, Call(Peer(), 5), known=known)
    assert answer == {"account_id": 7}
    assert document == store.get(PLACE.collection, PLACE.key)
    assert counting.reads == 0


def test_who_comes_with_an_old_reading_sees_what_is_true_now(store: SqliteStore, clock: TestClock) -> None:
    known = store.get(PLACE.collection, PLACE.key)
    peer = Peer()
    once(store, clock).perform(PLACE, Call(Peer(), 5))
    assert once(store, clock).perform(PLACE, Call(peer, 5), known=known)[0] == {"account_id": 7}
    assert peer.calls == 0


def test_who_comes_with_an_old_reading_while_it_is_under_way_is_told_so(store: SqliteStore, clock: TestClock) -> None:
    known = store.get(PLACE.collection, PLACE.key)
    peer = Peer()

    def meanwhile(_data: Any) -> Any:
        with pytest.raises(Busy):
            once(store, clock).perform(PLACE, Call(peer, 5), known=known)
        return {"account_id": 9}

    once(store, clock).perform(PLACE, Call(meanwhile, 5))
    assert peer.calls == 0


def test_who_comes_with_a_reading_of_what_was_erased_does_nothing(store: SqliteStore, clock: TestClock) -> None:
    known = store.get(PLACE.collection, PLACE.key)
    store.delete(PLACE.collection, PLACE.key)
    peer = Peer()
    with pytest.raises(Gone):
        once(store, clock).perform(PLACE, Call(peer, 5), known=known)
    assert peer.calls == 0


# -- what is remembered of it ------------------------------------------------------------------------------------------


def test_a_call_that_worked_has_no_reason(store: SqliteStore, clock: TestClock) -> None:
    _, document = once(store, clock).perform(PLACE, Call(Peer(), 5))
    effect = PLACE.read(document.data)
    assert effect
    assert effect.reason == ""


def test_who_asks_after_an_unknown_outcome_hears_why(store: SqliteStore, clock: TestClock) -> None:
    with pytest.raises(OutcomeUnknown):
        once(store, clock).perform(PLACE, Call(Peer(OutcomeUnknown("reset")), 5))
    with pytest.raises(OutcomeUnknown, match="reset"):
        once(store, clock).perform(PLACE, Call(Peer(), 5))


def test_of_a_caller_that_died_it_is_said_that_it_stopped(store: SqliteStore, clock: TestClock) -> None:
    with pytest.raises(Killed):
        once(store, clock).perform(PLACE, Call(lambda _data: (_ for _ in ()).throw(Killed()), 5))
    clock.advance(5 + LEASE_MARGIN)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown, match=r"^the caller stopped before the answer came$"):
            once(store, clock).perform(PLACE, Call(Peer(), 5))


def test_waiting_for_room_does_not_shorten_the_time_of_the_call(store: SqliteStore, clock: TestClock) -> None:
    def slow(_data: Any) -> Any:
        clock.advance(5 + LEASE_MARGIN - 1)
        with pytest.raises(Busy):
            once(store, clock).perform(PLACE, Call(Peer(), 5))
        return {}

    once(store, clock).perform(PLACE, Call(slow, 5, admit=lambda: clock.advance(LEASE_MARGIN)))


def test_who_stood_still_for_all_of_its_lease_does_not_send(store: SqliteStore, clock: TestClock) -> None:
    """Somebody else may have found it sent, and unknown."""
    peer = Peer()

    def stand_still(data: Any) -> Any:
        clock.advance(5 + LEASE_MARGIN)
        return data

    with pytest.raises(Overtaken):
        once(store, clock).perform(PLACE, Call(peer, 5, before=stand_still))
    assert (peer.calls, state(store)) == (0, "failed")


def test_an_answer_that_comes_while_it_is_being_given_up_stays(store: SqliteStore, clock: TestClock) -> None:
    """Between the look of who finds the lease over, and its writing that the outcome is unknown."""
    asked, looked = threading.Event(), threading.Event()

    def slow(_data: Any) -> Any:
        asked.set()
        assert looked.wait(10)
        return {"account_id": 9}

    with ThreadPoolExecutor(1) as pool:
        owner = pool.submit(once(store, clock).perform, PLACE, Call(slow, 5))
        assert asked.wait(10)
        clock.advance(3600)
        looks = []

        def late_clock() -> datetime:
            looks.append(1)
            if len(looks) == 2:  # The second one is after the document was read.
                looked.set()
                owner.result(10)
            return clock()

        with pytest.raises(OutcomeUnknown):
            Once(store, late_clock).perform(PLACE, Call(Peer(), 5))
    assert state(store) == "done"


def test_who_loses_the_claim_gets_the_winners_answer(store: SqliteStore, clock: TestClock) -> None:
    """Both found it free; the other one was quicker to write so."""
    looks, late = [], Peer()

    def slow_clock() -> datetime:
        looks.append(1)
        if len(looks) == 2:  # The second one is after the document was read.
            once(store, clock).perform(PLACE, Call(Peer(), 5))
        return clock()

    assert Once(store, slow_clock).perform(PLACE, Call(late, 5))[0] == {"account_id": 7}
    assert late.calls == 0


def test_a_call_costs_one_read_and_three_writes(tmp_path: Path, clock: TestClock) -> None:
    """Claimed, sent, done: each from what was written before it. The store bills each of them."""
    costs: list[str] = []

    class Billed(SqliteStore):
        def get(self, collection: str, key: str) -> Any:
            costs.append("read")
            return super().get(collection, key)

        def replace(self, collection: str, key: str, data: Any, version: str) -> Any:
            costs.append("write")
            return super().replace(collection, key, data, version)

    store = Billed(tmp_path / "billed.db", clock)
    for number, outcome in enumerate([{}, Refused("no"), OutcomeUnknown("reset"), ValueError("bug")]):
        place = Place("residents", f"dorp:{number}")
        store.create(place.collection, place.key, {})
        costs.clear()
        with suppress(Refused, OutcomeUnknown):
            once(store, clock).perform(place, Call(Peer(outcome or {"account_id": 7}), 5))
        assert costs == ["read", "write", "write", "write"]
    store.close()
