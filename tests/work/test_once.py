"""A call is made at most once, and every caller that asks for it gets its outcome."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shared.clock import utc_now
from shared.domain.effect import ALWAYS, NEVER, Effect, Repeats
from shared.domain.work import Job, Work
from shared.errors import Busy, Gone, NoRoom, OutcomeUnknown, Refused, StoreUnavailable, Unavailable
from shared.store.port import Document
from shared.store.sqlite import SqliteStore
from shared.work.once import LEASE_MARGIN, Once, Overtaken
from shared.work.records import Records, Stored
from tests.world.clock import START, TestClock

KEY = "dorp:1001"


class Part(Job):
    """A second call in the same record."""


class Thing(Work):
    """Work with two calls: one of its own, and one of the job `other`."""

    name: str = "x"
    phone: str = ""
    why: str = ""
    answer: Any = None
    other: Part = Part()

    def job(self, event: str | None) -> Job | None:
        return {None: self, "other": self.other}.get(event)


def things(store: SqliteStore) -> Records[Thing]:
    return Records(store, "things", Thing)


def thing(**fields: Any) -> Thing:
    return Thing(cooperation="dorp", accepted_at=START, **fields)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "link.db", utc_now)
    things(store).create(KEY, thing())
    yield store
    store.close()


def once(store: SqliteStore, clock: TestClock) -> Once:
    return Once(store, clock, clock.sleep)


def read(store: SqliteStore) -> Stored[Thing]:
    stored = things(store).read(KEY)
    assert stored
    return stored


def effect(store: SqliteStore) -> Effect | None:
    return read(store).record.effect


def state(store: SqliteStore) -> str:
    found = effect(store)
    return found.state if found else "none"


@dataclass
class Call:
    """A step whose parts a test can replace. `after` gets the answer or the error."""

    send: Callable[[Thing], Any]
    seconds: float
    admit: Callable[[], None] = lambda: None
    before: Callable[[Thing], None] = lambda _record: None
    after: Callable[[Thing, Any], None] = lambda _record, _outcome: None
    held: Callable[[Thing, datetime], bool] = lambda _record, _now: False
    repeats: Repeats = NEVER
    key: str = KEY
    event: str | None = None
    records: Records[Thing] = field(init=False)

    def must_wait(self, record: Thing, now: datetime) -> bool:
        return self.held(record, now)

    def call(self, record: Thing) -> Any:
        return self.send(record)

    def worked(self, record: Thing, answer: Any) -> None:
        record.answer = answer
        self.after(record, answer)

    def failed(self, record: Thing, error: Exception) -> None:
        self.after(record, error)


def perform(
    once: Once, call: Call, patience: float = 0, known: Stored[Thing] | None = None
) -> tuple[Any, Stored[Thing]]:
    """Returns the answer, of this call or an earlier one, and the record. Raises the error of the attempt."""
    call.records = things(once.store)
    attempted = once.perform(call, patience=patience, known=known)
    if attempted.error:
        raise attempted.error
    return attempted.record.answer, attempted.stored


class Peer:
    """Counts the calls it gets."""

    def __init__(self, outcome: Any = None) -> None:
        self.calls = 0
        self.outcome = outcome or {"account_id": 7}

    def __call__(self, _record: Any) -> Any:
        self.calls += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def test_a_second_task_for_the_same_work_gets_the_first_answer_without_a_call(
    store: SqliteStore, clock: TestClock
) -> None:
    peer = Peer()
    first, _ = perform(once(store, clock), Call(peer, 5))
    second, stored = perform(once(store, clock), Call(peer, 5))
    assert (first, second, peer.calls) == ({"account_id": 7}, {"account_id": 7}, 1)
    assert stored.record.name == "x"


def test_a_job_inside_a_record_has_an_effect_of_its_own(store: SqliteStore, clock: TestClock) -> None:
    _, stored = perform(once(store, clock), Call(Peer(), 5, event="other"))
    assert stored.record.other.effect
    assert (stored.record.other.effect.state, stored.record.effect) == ("done", None)


def test_64_callers_at_once_make_one_call_and_get_equal_answers(store: SqliteStore) -> None:
    calls, gate = [], threading.Barrier(64)

    def slow(_record: Thing) -> Any:
        calls.append(threading.get_ident())
        time.sleep(0.2)
        return {"account_id": 7, "by": len(calls)}

    def ask(_number: int) -> Any:
        gate.wait()
        return perform(Once(store), Call(slow, 5), patience=20)[0]

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(ask, range(64)))
    assert len(calls) == 1
    assert answers == [{"account_id": 7, "by": 1}] * 64


def test_a_caller_whose_patience_ends_during_the_call_gets_busy(store: SqliteStore, clock: TestClock) -> None:
    def meanwhile(_record: Thing) -> Any:
        with pytest.raises(Busy):
            perform(once(store, clock), Call(Peer(), 5), patience=1)
        return {}

    perform(once(store, clock), Call(meanwhile, 5))


@pytest.mark.parametrize("error", [Refused("no"), Unavailable("down")])
def test_a_call_that_failed_can_be_made_again(store: SqliteStore, clock: TestClock, error: Exception) -> None:
    with pytest.raises(type(error)):
        perform(once(store, clock), Call(Peer(error), 5))
    assert state(store) == "failed"
    assert perform(once(store, clock), Call(Peer(), 5))[0] == {"account_id": 7}


@pytest.mark.parametrize("error", [OutcomeUnknown("reset"), ValueError("a bug of ours after sending")])
def test_a_call_with_an_unknown_outcome_is_never_made_again(
    store: SqliteStore, clock: TestClock, error: Exception
) -> None:
    with pytest.raises(OutcomeUnknown):
        perform(once(store, clock), Call(Peer(error), 5))
    peer = Peer()
    for _ in range(2):
        clock.advance(86400)
        with pytest.raises(OutcomeUnknown):
            perform(once(store, clock), Call(peer, 5))
    assert peer.calls == 0


def test_a_repeatable_call_is_made_again_after_an_unknown_outcome(store: SqliteStore, clock: TestClock) -> None:
    with pytest.raises(OutcomeUnknown):
        perform(once(store, clock), Call(Peer(OutcomeUnknown("reset")), 5, repeats=ALWAYS))
    peer = Peer()
    perform(once(store, clock), Call(peer, 5, repeats=ALWAYS))
    assert peer.calls == 1


class Killed(BaseException):
    pass


@pytest.mark.parametrize("repeatable", [True, False])
def test_when_a_process_dies_during_the_call_its_outcome_is_unknown(
    store: SqliteStore, clock: TestClock, repeatable: bool
) -> None:
    with pytest.raises(Killed):
        perform(once(store, clock), Call(lambda _record: (_ for _ in ()).throw(Killed()), 5))
    assert state(store) == "sent"
    clock.advance(5 + LEASE_MARGIN + 1)
    peer, seen = Peer(), []
    call = Call(peer, 5, repeats=ALWAYS if repeatable else NEVER, after=lambda _record, outcome: seen.append(outcome))
    if repeatable:
        perform(once(store, clock), call)
        assert peer.calls == 1
    else:
        with pytest.raises(OutcomeUnknown):
            perform(once(store, clock), call)
        assert (peer.calls, state(store)) == (0, "unknown")
        assert isinstance(seen[-1], OutcomeUnknown)  # The step parks it.


def test_when_a_process_dies_before_the_call_another_makes_it_after_the_lease(
    store: SqliteStore, clock: TestClock
) -> None:
    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        perform(once(store, clock), Call(Peer(), 5, admit=die))
    peer = Peer()
    with pytest.raises(Busy):
        perform(once(store, clock), Call(peer, 5))
    clock.advance(5 + LEASE_MARGIN + 1)
    perform(once(store, clock), Call(peer, 5))
    assert peer.calls == 1


def test_a_process_that_waited_past_its_lease_does_not_send(store: SqliteStore, clock: TestClock) -> None:
    late, other = Peer(), Peer()

    def too_slow() -> None:
        clock.advance(5 + LEASE_MARGIN + 1)
        perform(once(store, clock), Call(other, 5))

    with pytest.raises(Overtaken):
        perform(once(store, clock), Call(late, 5, admit=too_slow))
    assert (late.calls, other.calls) == (0, 1)


def test_an_answer_after_the_lease_still_settles_an_unknown_outcome(store: SqliteStore, clock: TestClock) -> None:
    def slow(_record: Thing) -> Any:
        clock.advance(3600)
        with pytest.raises(OutcomeUnknown):
            perform(once(store, clock), Call(Peer(), 5))
        return {"account_id": 9}

    perform(once(store, clock), Call(slow, 5))
    assert perform(once(store, clock), Call(Peer(), 5))[0] == {"account_id": 9}


def test_without_room_the_claim_is_released_at_once(store: SqliteStore, clock: TestClock) -> None:
    def full() -> None:
        raise NoRoom(clock())

    with pytest.raises(NoRoom):
        perform(once(store, clock), Call(Peer(), 5, admit=full))
    peer = Peer()
    perform(once(store, clock), Call(peer, 5))
    assert peer.calls == 1


def test_the_step_writes_its_changes_together_with_the_outcome(store: SqliteStore, clock: TestClock) -> None:
    def after(record: Thing, outcome: Any) -> None:
        record.phone = str(outcome["account_id"])

    perform(once(store, clock), Call(Peer(), 5, after=after))
    assert read(store).record.phone == "7"


def test_what_somebody_else_wrote_during_the_call_stays(store: SqliteStore, clock: TestClock) -> None:
    def meanwhile(_record: Thing) -> Any:
        stored = read(store)
        stored.record.phone = "changed"
        things(store).replace(stored)
        return {"account_id": 7}

    _, stored = perform(once(store, clock), Call(meanwhile, 5))
    assert (stored.record.phone, state(store)) == ("changed", "done")


def test_the_lock_lets_in_one_caller_at_a_time(store: SqliteStore) -> None:
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
    """A store on the clock of the test, so that a lock can expire."""
    store = SqliteStore(tmp_path / "locks.db", clock)
    yield store
    store.close()


def test_the_lock_of_a_process_that_died_expires(locks: SqliteStore, clock: TestClock) -> None:
    locks.create("locks", "email-2", {"owner": "gone", "expires_at": "2026-11-23T09:00:30.000000Z"})
    with pytest.raises(Busy), once(locks, clock).alone("email-2", seconds=30, patience=1):
        pass
    clock.advance(60)
    with once(locks, clock).alone("email-2", seconds=30, patience=0):
        pass


def test_when_the_store_is_away_nothing_is_claimed(store: SqliteStore, clock: TestClock) -> None:
    """Raised before anything was claimed, so the caller may come back."""

    class Away(SqliteStore):
        def get(self, collection: str, key: str) -> Any:
            raise StoreUnavailable

    away = Away.__new__(Away)
    with pytest.raises(StoreUnavailable):
        perform(Once(away, clock, clock.sleep), Call(Peer(), 5))
    assert state(store) == "none"


def test_without_patience_a_caller_does_not_sleep(store: SqliteStore, clock: TestClock) -> None:
    def meanwhile(_record: Thing) -> Any:
        with pytest.raises(Busy):
            perform(Once(store, clock, sleep=lambda _seconds: pytest.fail("it waited")), Call(Peer(), 5))

    perform(once(store, clock), Call(meanwhile, 5))


def test_a_waiting_caller_looks_ever_less_often_down_to_twice_a_second(store: SqliteStore, clock: TestClock) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock.advance(seconds)

    def meanwhile(_record: Thing) -> Any:
        with pytest.raises(Busy):
            perform(Once(store, clock, sleep), Call(Peer(), 5), patience=2)

    perform(once(store, clock), Call(meanwhile, 5))
    assert pauses[:6] == [0.05, 0.1, 0.2, 0.4, 0.5, 0.5]


def test_a_caller_that_waits_for_the_lock_looks_as_often(locks: SqliteStore, clock: TestClock) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock.advance(seconds)

    first, second = once(locks, clock).alone("email-3", 20, 0), Once(locks, clock, sleep).alone("email-3", 20, 2)
    with first, pytest.raises(Busy), second:
        pass
    assert pauses[:6] == [0.05, 0.1, 0.2, 0.4, 0.5, 0.5]


def test_without_patience_for_the_lock_a_caller_does_not_sleep(locks: SqliteStore, clock: TestClock) -> None:
    impatient = Once(locks, clock, sleep=lambda _seconds: pytest.fail("it waited"))
    first, second = once(locks, clock).alone("email-6", 20, 0), impatient.alone("email-6", 20, 0)
    with first, pytest.raises(Busy), second:
        pass


def test_the_lock_is_released_at_once_also_after_an_error(locks: SqliteStore, clock: TestClock) -> None:
    with pytest.raises(KeyError), once(locks, clock).alone("email-4", seconds=20, patience=0):
        raise KeyError
    with once(locks, clock).alone("email-4", seconds=20, patience=0):
        pass


def test_releasing_an_expired_lock_leaves_it_to_its_next_owner(locks: SqliteStore, clock: TestClock) -> None:
    slow, other = once(locks, clock).alone("email-5", 20, 0), once(locks, clock).alone("email-5", 20, 0)
    with slow:
        clock.advance(20 + LEASE_MARGIN)
        other.__enter__()
    with pytest.raises(Busy), once(locks, clock).alone("email-5", seconds=20, patience=0):
        pass
    other.__exit__(None, None, None)


def test_without_the_record_nothing_is_sent(store: SqliteStore, clock: TestClock) -> None:
    peer = Peer()
    with pytest.raises(Gone):
        perform(once(store, clock), Call(peer, 5, key="dorp:2"))
    assert peer.calls == 0


def test_without_the_job_of_the_event_nothing_is_sent(store: SqliteStore, clock: TestClock) -> None:
    """A delete takes the other events out of a relay, perhaps just after a task read it."""
    peer = Peer()
    with pytest.raises(Gone):
        perform(once(store, clock), Call(peer, 5, event="delivered"))
    assert peer.calls == 0


def erase(store: SqliteStore) -> None:
    things(store).delete(KEY)


def start_anew(store: SqliteStore) -> None:
    erase(store)
    things(store).create(KEY, thing(name="y"))


lost = pytest.mark.parametrize("lose", [erase, start_anew])


@lost
def test_a_record_that_is_erased_before_the_call_stops_it(store: SqliteStore, clock: TestClock, lose: Any) -> None:
    peer = Peer()
    with pytest.raises(Overtaken):
        perform(once(store, clock), Call(peer, 5, admit=lambda: lose(store)))
    assert peer.calls == 0


@lost
@pytest.mark.parametrize("outcome", [{"account_id": 7}, Refused("no"), OutcomeUnknown("reset"), ValueError("bug")])
def test_a_record_that_is_erased_during_the_call_does_not_come_back(
    store: SqliteStore, clock: TestClock, lose: Any, outcome: Any
) -> None:
    """The caller still gets the answer or the error."""

    def send(record: Thing) -> Any:
        lose(store)
        return Peer(outcome)(record)

    call = Call(send, 5)
    if isinstance(outcome, Exception):
        with pytest.raises(OutcomeUnknown if isinstance(outcome, ValueError) else type(outcome)):
            perform(once(store, clock), call)
    else:
        _, stored = perform(once(store, clock), call)
        assert stored.record.name == ("x" if lose is erase else "y")
    assert not things(store).read(KEY) or state(store) == "none"


@pytest.mark.parametrize(("lose", "is_erased"), [(erase, True), (start_anew, False), (lambda _store: None, False)])
def test_the_caller_hears_that_the_record_is_there_no_more(
    store: SqliteStore, clock: TestClock, lose: Any, is_erased: bool
) -> None:
    call = Call(lambda _record: lose(store), 5)
    call.records = things(store)
    assert once(store, clock).perform(call).is_erased is is_erased


@lost
def test_a_record_that_is_erased_while_there_is_no_room_does_not_hide_that(
    store: SqliteStore, clock: TestClock, lose: Any
) -> None:
    def full() -> None:
        lose(store)
        raise NoRoom(clock())

    with pytest.raises(NoRoom):
        perform(once(store, clock), Call(Peer(), 5, admit=full))


@pytest.mark.parametrize(
    ("error", "told", "kept"),
    [
        (Refused("no"), "no", ""),
        (OutcomeUnknown("reset"), "reset", "reset"),
        (ValueError("of Jan"), "ValueError during the call", "ValueError during the call"),
    ],
)
def test_the_step_and_the_effect_get_the_reason_of_a_failure(
    store: SqliteStore, clock: TestClock, error: Exception, told: str, kept: str
) -> None:
    """The effect keeps no text of a bug, which may hold personal data, and none of a refusal: the step keeps that."""

    def after(record: Thing, outcome: Any) -> None:
        record.why = str(outcome)

    with pytest.raises((Refused, OutcomeUnknown)):
        perform(once(store, clock), Call(Peer(error), 5, after=after))
    record = read(store).record
    assert record.effect
    assert (record.why, record.effect.reason, record.answer) == (told, kept, None)


def test_the_step_hears_that_there_is_no_room(store: SqliteStore, clock: TestClock) -> None:
    def full() -> None:
        raise NoRoom(clock())

    def after(record: Thing, outcome: Any) -> None:
        record.why = type(outcome).__name__

    with pytest.raises(NoRoom):
        perform(once(store, clock), Call(Peer(), 5, full, after=after))
    assert read(store).record.why == "NoRoom"


# -- waiting for another call in the same record -----------------------------------------------------------------------


def test_a_step_that_must_wait_makes_its_call_after_the_other_one_ended(store: SqliteStore, clock: TestClock) -> None:
    ends = clock().timestamp() + 3
    peer = Peer()
    call = Call(peer, 5, held=lambda _record, now: now.timestamp() < ends)
    with pytest.raises(Busy):
        perform(once(store, clock), call, patience=1)
    assert (peer.calls, state(store)) == (0, "none")
    assert perform(once(store, clock), call, patience=5)[0] == {"account_id": 7}
    assert clock().timestamp() >= ends


def test_two_steps_that_wait_for_each_other_run_one_after_the_other(store: SqliteStore) -> None:
    """Both read the record before either wrote its claim; the second write fails, and then it sees the first one."""
    at_once = threading.Barrier(2)
    met: list[str] = []
    under_way: list[str] = []

    def send(name: str) -> Any:
        met.extend(under_way)
        under_way.append(name)
        time.sleep(0.2)
        under_way.remove(name)
        return name

    def held(record: Thing, name: str) -> bool:
        other = record.effect if name else record.other.effect
        return other is not None and other.state in {"claimed", "sent"}

    def run(name: str) -> str:
        known = read(store)
        at_once.wait()
        call = Call(lambda _record: send(name), 5, held=lambda record, _now: held(record, name), event=name or None)
        perform(Once(store), call, patience=10, known=known)
        return name

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(run, ("", "other"))) == ["", "other"]
    assert not met


# -- a caller that has just read the record ----------------------------------------------------------------------------


class Counting(SqliteStore):
    reads = 0

    def get(self, collection: str, key: str) -> Document | None:
        self.reads += 1
        return super().get(collection, key)


def test_a_record_that_the_caller_has_read_is_not_read_again(
    tmp_path: Path, store: SqliteStore, clock: TestClock
) -> None:
    counting = Counting(tmp_path / "link.db", clock)
    known = read(store)
    answer, stored = perform(once(counting, clock), Call(Peer(), 5), known=known)
    assert answer == {"account_id": 7}
    assert stored == read(store)
    assert counting.reads == 0


def test_a_caller_with_an_old_record_gets_the_outcome_of_now(store: SqliteStore, clock: TestClock) -> None:
    known = read(store)
    peer = Peer()
    perform(once(store, clock), Call(Peer(), 5))
    assert perform(once(store, clock), Call(peer, 5), known=known)[0] == {"account_id": 7}
    assert peer.calls == 0


def test_a_caller_with_an_old_record_gets_busy_while_the_call_is_under_way(
    store: SqliteStore, clock: TestClock
) -> None:
    known = read(store)
    peer = Peer()

    def meanwhile(_record: Thing) -> Any:
        with pytest.raises(Busy):
            perform(once(store, clock), Call(peer, 5), known=known)
        return {"account_id": 9}

    perform(once(store, clock), Call(meanwhile, 5))
    assert peer.calls == 0


def test_a_caller_with_a_record_that_was_erased_sends_nothing(store: SqliteStore, clock: TestClock) -> None:
    known = read(store)
    things(store).delete(KEY)
    peer = Peer()
    with pytest.raises(Gone):
        perform(once(store, clock), Call(peer, 5), known=known)
    assert peer.calls == 0


# -- the reason, the lease and the owner -------------------------------------------------------------------------------


def test_a_call_that_worked_has_no_reason(store: SqliteStore, clock: TestClock) -> None:
    _, stored = perform(once(store, clock), Call(Peer(), 5))
    assert stored.record.effect
    assert stored.record.effect.reason == ""


def test_the_error_after_an_unknown_outcome_says_why(store: SqliteStore, clock: TestClock) -> None:
    with pytest.raises(OutcomeUnknown):
        perform(once(store, clock), Call(Peer(OutcomeUnknown("reset")), 5))
    with pytest.raises(OutcomeUnknown, match="reset"):
        perform(once(store, clock), Call(Peer(), 5))


def test_the_error_after_a_process_died_says_that_it_stopped(store: SqliteStore, clock: TestClock) -> None:
    with pytest.raises(Killed):
        perform(once(store, clock), Call(lambda _record: (_ for _ in ()).throw(Killed()), 5))
    clock.advance(5 + LEASE_MARGIN)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown, match=r"^the caller stopped before the answer came$"):
            perform(once(store, clock), Call(Peer(), 5))


def test_the_lease_of_the_call_starts_after_the_wait_for_room(store: SqliteStore, clock: TestClock) -> None:
    def slow(_record: Thing) -> Any:
        clock.advance(5 + LEASE_MARGIN - 1)
        with pytest.raises(Busy):
            perform(once(store, clock), Call(Peer(), 5))
        return {}

    perform(once(store, clock), Call(slow, 5, admit=lambda: clock.advance(LEASE_MARGIN)))


def test_a_process_that_was_paused_for_its_whole_lease_does_not_send(store: SqliteStore, clock: TestClock) -> None:
    """Another process may already have written that the outcome is unknown."""
    peer = Peer()

    def stand_still(_record: Thing) -> None:
        clock.advance(5 + LEASE_MARGIN)

    with pytest.raises(Overtaken):
        perform(once(store, clock), Call(peer, 5, before=stand_still))
    assert (peer.calls, state(store)) == (0, "failed")


def test_an_answer_is_not_overwritten_by_a_process_that_saw_the_lease_expire(
    store: SqliteStore, clock: TestClock
) -> None:
    """The answer comes between the read of that process and its write that the outcome is unknown."""
    seen: list[Stored[Thing]] = []

    def slow(_record: Thing) -> Any:
        seen.append(read(store))
        clock.advance(3600)
        return {"account_id": 9}

    perform(once(store, clock), Call(slow, 5))
    with pytest.raises(OutcomeUnknown):
        perform(once(store, clock), Call(Peer(), 5), known=seen[0])
    assert state(store) == "done"


def test_a_process_does_not_write_the_outcome_of_a_later_claim(store: SqliteStore, clock: TestClock) -> None:
    """It was paused after its call. Meanwhile another process made that call, and a next call was sent."""

    def die(_record: Thing) -> Any:
        raise Killed

    def meanwhile(_record: Thing) -> Any:
        clock.advance(600)
        perform(once(store, clock), Call(lambda _record: "second", 60, repeats=ALWAYS))
        stored = read(store)
        stored.record.effect = None
        things(store).replace(stored)
        with pytest.raises(Killed):
            perform(once(store, clock), Call(die, 60))
        return "first"

    perform(once(store, clock), Call(meanwhile, 60, repeats=ALWAYS))
    assert state(store) == "sent"


def test_a_call_costs_one_read_and_three_writes(tmp_path: Path, clock: TestClock) -> None:
    """The writes are claimed, sent and done. Each needs no read before it, and the store bills every read and write."""
    costs: list[str] = []

    class Billed(SqliteStore):
        def get(self, collection: str, key: str) -> Any:
            costs.append("read")
            return super().get(collection, key)

        def replace(self, *arguments: Any) -> Any:
            costs.append("write")
            return super().replace(*arguments)

    store = Billed(tmp_path / "billed.db", clock)
    for number, outcome in enumerate([{}, Refused("no"), OutcomeUnknown("reset"), ValueError("bug")]):
        key = f"dorp:{number}"
        things(store).create(key, thing())
        costs.clear()
        with suppress(Refused, OutcomeUnknown):
            perform(once(store, clock), Call(Peer(outcome or {"account_id": 7}), 5, key=key))
        assert costs == ["read", "write", "write", "write"]
    store.close()
