"""A step claims its effect, waits for room, makes one call, and writes the outcome with what follows from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.domain.effect import ALWAYS
from shared.domain.rate import FAILURES_TO_OPEN, LATEST, SLOWED, RateState
from shared.domain.work import Parked, Work
from shared.errors import LinkError, NoRoom, OutcomeUnknown, Refused, StoodStill, StoreUnavailable, TooFast, Unavailable
from shared.store.sqlite import SqliteStore
from shared.work.limiter import PeerLimits
from shared.work.once import Attempted
from shared.work.records import Records
from shared.work.services import Services
from shared.work.step import Step, log_attempt
from tests.world.clock import START, TestClock

KEY = "dorp:1"
PEER = "econobis-dorp"
LIMITS = PeerLimits(PEER, {"host": 60})


class Thing(Work):
    """A kind of work for these tests. The step writes "asked" into `answer`, and then the peer's answer."""

    answer: str = ""


class Ask(Step[Thing, str]):
    """Writes down in `happened` what runs, each time with the state of the effect in the store."""

    seconds = 60.0

    def __init__(
        self, services: Services, outcome: str | Exception = "yes", *, limits: PeerLimits | None = LIMITS
    ) -> None:
        super().__init__(services, Records(services.store, "things", Thing), KEY, limits)
        self.outcome = outcome
        self.happened: list[tuple[str, str]] = []

    def note(self, name: str) -> None:
        stored = self.records.get(KEY)
        self.happened.append((name, stored.effect.state if stored and stored.effect else "none"))

    def admit(self) -> None:
        self.note("admit")
        super().admit()

    def before(self, record: Thing) -> None:
        self.note("before")
        record.answer = "asked"

    def send(self, record: Thing) -> str:
        self.note("send")
        assert record.answer == "asked"
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def worked(self, record: Thing, answer: str) -> None:
        self.note("worked")
        record.answer = answer

    def failed(self, record: Thing, error: LinkError) -> None:
        self.note("failed")
        super().failed(record, error)


class Repeatable(Ask):
    repeats = ALWAYS


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def services(tmp_path: Path, clock: TestClock) -> Iterator[Services]:
    """With a store, a clock and nothing else: a step gets its peer from its own flow."""
    store = SqliteStore(tmp_path / "link.db", clock)
    none: Any = None
    services = Services({}, store, none, none, none, none, none, clock=clock, sleep=clock.sleep)
    Records(store, "things", Thing).create(KEY, Thing(cooperation="dorp", accepted_at=START, due_at=START))
    yield services
    store.close()


def failures(services: Services) -> int | None:
    """The failures in a row that the limiter knows of; None before its first call."""
    document = services.store.get("peers", PEER)
    return RateState.model_validate(document.data).breaker("host").failures if document else None


# -- the order ---------------------------------------------------------------------------------------------------------


def test_a_step_that_works_runs_in_this_order(services: Services) -> None:
    step = Ask(services)
    attempted = step.run()
    assert step.happened == [("admit", "claimed"), ("before", "claimed"), ("send", "sent"), ("worked", "sent")]
    assert (attempted.record.answer, attempted.error) == ("yes", None)
    assert attempted.stored == step.records.read(KEY)


def test_a_step_that_fails_runs_in_this_order(services: Services) -> None:
    step = Ask(services, Unavailable("down"))
    attempted = step.run()
    assert step.happened == [("admit", "claimed"), ("before", "claimed"), ("send", "sent"), ("failed", "sent")]
    assert (attempted.record.answer, attempted.error) == ("asked", step.outcome)


def test_a_step_that_was_done_before_runs_nothing(services: Services) -> None:
    Ask(services).run()
    again = Ask(services, "another")
    assert again.run().record.answer == "yes"
    assert again.happened == []


# -- room at the peer --------------------------------------------------------------------------------------------------


def test_without_room_nothing_is_sent_and_the_attempt_does_not_count(services: Services) -> None:
    full = PeerLimits(PEER, {"host": 1})
    services.limiter.admit(full)
    step = Ask(services, limits=full)
    attempted = step.run()
    assert [name for name, _ in step.happened] == ["admit", "failed"]
    assert isinstance(attempted.error, NoRoom)
    assert (attempted.record.due_at, attempted.record.attempts.failed) == (attempted.error.at, 0)


def test_a_step_that_starts_too_late_for_its_slot_sends_nothing(services: Services, clock: TestClock) -> None:
    """Between the slot and the call the process stood still, so the call would count in another window."""

    class Slow(Ask):
        def before(self, record: Thing) -> None:
            super().before(record)
            clock.advance(LATEST + 0.1)

    step = Slow(services)
    attempted = step.run()
    assert [name for name, _ in step.happened] == ["admit", "before", "failed"]
    assert isinstance(attempted.error, NoRoom)
    assert (attempted.record.state, attempted.record.due_at, attempted.record.attempts.failed) == (
        "waiting",
        clock(),
        0,
    )


def test_a_step_without_limits_does_not_ask_the_limiter(services: Services) -> None:
    down = Unavailable("down")
    assert Ask(services, down, limits=None).run().error is down
    assert Ask(services, limits=None).run().error is None
    assert failures(services) is None


# -- what the limiter learns -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "counted"),
    [(Unavailable("down"), 1), (StoodStill("slow"), 0), (Refused("no"), 0)],
)
def test_the_limiter_learns_that_a_peer_is_down_and_nothing_of_a_refusal(
    services: Services, error: Exception, counted: int
) -> None:
    Ask(services, error).run()
    assert failures(services) == counted


@pytest.mark.parametrize(("retry_after", "pause"), [(90, 90), (None, SLOWED)])
def test_the_limiter_learns_that_the_peer_was_called_too_fast(
    services: Services, clock: TestClock, retry_after: float | None, pause: float
) -> None:
    Ask(services, TooFast("429", retry_after=retry_after)).run()
    with pytest.raises(NoRoom) as full:
        services.limiter.admit(LIMITS)
    assert full.value.at == clock() + timedelta(seconds=pause)


def test_the_limiter_learns_that_a_peer_that_failed_works_again(services: Services) -> None:
    for _ in range(FAILURES_TO_OPEN - 1):
        Ask(services, Unavailable("down")).run()
    assert failures(services) == FAILURES_TO_OPEN - 1
    Ask(services).run()
    assert failures(services) == 0


def test_a_store_that_is_away_when_the_limiter_learns_does_not_hide_the_outcome(services: Services) -> None:
    class Away(Ask):
        def send(self, record: Thing) -> str:
            services.limiter.store = NoPeers(services.store)  # type: ignore[assignment]  (no more than is called)
            return super().send(record)

    class NoPeers:
        def __init__(self, store: Any) -> None:
            self.store = store

        def get(self, _collection: str, _key: str) -> Any:
            raise StoreUnavailable

    error = Unavailable("down")
    attempted: Attempted[Thing] = Away(services, error).run()
    assert attempted.error is error
    assert failures(services) == 0


# -- what follows from a failure, unless the flow says otherwise -------------------------------------------------------


def test_a_failure_that_may_pass_is_tried_again_later(services: Services, clock: TestClock) -> None:
    record = Ask(services, Unavailable("down")).run().record
    assert (record.state, record.attempts.failed) == ("waiting", 1)
    assert record.due_at
    assert record.due_at > clock()


@pytest.mark.parametrize(("error", "unknown"), [(Refused("no"), False), (OutcomeUnknown("reset"), True)])
def test_a_refusal_and_an_unknown_outcome_are_for_a_person(services: Services, error: Exception, unknown: bool) -> None:
    record = Ask(services, error).run().record
    assert (record.state, record.due_at, record.needs_person) == ("parked", None, True)
    assert record.parked
    assert (record.parked.reason, record.parked.unknown) == (str(error), unknown)


def test_a_step_that_may_be_repeated_goes_again_after_an_unknown_outcome(services: Services) -> None:
    assert Repeatable(services, OutcomeUnknown("reset")).run().record.state == "waiting"
    assert Repeatable(services).run().record.answer == "yes"


# -- the log line ------------------------------------------------------------------------------------------------------

WHERE = {"flow": "ask", "cooperation": "dorp", "kind": "plan"}
DEAD = Parked(code="Refused", at=START)


@pytest.mark.parametrize(
    ("error", "parked", "told"),
    [
        (None, None, "INFO done done"),
        (Unavailable("Anna is away"), None, "WARNING not done later Unavailable"),
        (Refused("Anna"), DEAD, "ERROR needs a person dead_letter Refused"),
        (None, DEAD, "ERROR needs a person dead_letter"),
    ],
)
def test_an_attempt_is_one_log_line_and_an_error_when_it_needs_a_person(
    capsys: pytest.CaptureFixture[str], error: LinkError | None, parked: Parked | None, told: str
) -> None:
    thing = Thing(cooperation="dorp", accepted_at=START)
    log_attempt("ask", thing, error, parked=parked, kind="plan")
    line = json.loads(capsys.readouterr().out)
    assert WHERE.items() <= line.items()
    assert " ".join(line[name] for name in ("severity", "message", "outcome", "error") if name in line) == told
