"""An effect happens at most once, and everybody who asks for it gets its answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from shared.clock import utc_now
from shared.errors import Busy, NoRoom, OutcomeUnknown, Refused, StoreUnavailable, Unavailable
from shared.once import LEASE_MARGIN, Call, Once, Overtaken, Place
from shared.store.sqlite import SqliteStore
from tests.clock import TestClock

PLACE = Place("residents", "dorp:1001", ("registration",))
ITEM = Place("relays", "dorp:7", ("items", "pdf", "effect"))


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "link.db", utc_now)
    store.create(PLACE.collection, PLACE.key, {"name": "x", "registration": None})
    store.create(ITEM.collection, ITEM.key, {"items": {"pdf": {"version": 1}}})
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
    second, data = once(store, clock).perform(PLACE, Call(peer, 5))
    assert (first, second, peer.calls) == ({"account_id": 7}, {"account_id": 7}, 1)
    assert data["name"] == "x"


def test_an_effect_can_stand_deep_in_a_document(store: SqliteStore, clock: TestClock) -> None:
    once(store, clock).perform(ITEM, Call(Peer(), 5))
    document = store.get(ITEM.collection, ITEM.key)
    assert document
    assert document.data["items"]["pdf"]["version"] == 1
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
        once(store, clock).perform(PLACE, Call(Peer(OutcomeUnknown("reset")), 5, repeatable=True))
    peer = Peer()
    once(store, clock).perform(PLACE, Call(peer, 5, repeatable=True))
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
    call = Call(peer, 5, repeatable=repeatable, after=lambda data, outcome: (seen.append(outcome), data)[1])
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

    _, data = once(store, clock).perform(PLACE, Call(Peer(), 5, after=after))
    assert data["account_id"] == 7


def test_what_others_wrote_meanwhile_stays(store: SqliteStore, clock: TestClock) -> None:
    def meanwhile(_data: Any) -> Any:
        document = store.get(PLACE.collection, PLACE.key)
        assert document
        store.replace(PLACE.collection, PLACE.key, document.data | {"phone": "changed"}, document.version)
        return {"account_id": 7}

    _, data = once(store, clock).perform(PLACE, Call(meanwhile, 5))
    assert (data["phone"], state(store)) == ("changed", "done")


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


def test_a_lock_of_who_died_runs_out(tmp_path: Path, clock: TestClock) -> None:
    store = SqliteStore(tmp_path / "locks.db", clock)
    store.create("locks", "email-2", {"owner": "gone", "expires_at": "2026-11-23T09:00:30.000000Z"})
    with pytest.raises(Busy), once(store, clock).alone("email-2", seconds=30, patience=1):
        pass
    clock.advance(60)
    with once(store, clock).alone("email-2", seconds=30, patience=0):
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
