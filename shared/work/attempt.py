"""One attempt at a piece of work: room at the peer, the call at most once, and its outcome written to the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from shared.domain.advice import for_dead_letter
from shared.domain.effect import NEVER, Repeats
from shared.domain.rate import Turn
from shared.domain.retry import GiveUp, next_attempt
from shared.domain.work import Attempts, Parked, Work
from shared.errors import BlobDamaged, LinkError, NoRoom, OutcomeUnknown, PeerError, StoreError
from shared.logs import log, needs_a_person
from shared.store.port import Data, Document
from shared.work.limiter import BULK_PATIENCE, Admission, PeerLimits
from shared.work.once import Call, Place
from shared.work.records import Records
from shared.work.services import Services

W = TypeVar("W", bound=Work)


@dataclass(frozen=True)
class Attempted(Generic[W]):
    """`record` is the work after it. `error` None: it is done, now or before, and `answer` is what the peer said.

    `document` is then the one that the record stands in.
    """

    record: W
    answer: Any = None
    error: LinkError | None = None
    document: Document | None = None


@dataclass(frozen=True)
class Attempt(Generic[W]):
    """How one kind of work is attempted.

    `send(record)` makes the call, within `seconds`. `settle(record, outcome)` writes down the answer or the error
    in the record; `before(record)` writes down that it is being sent. Both may run more than once: they are pure but
    for the record. `held(record, now)`: another call about it has to end first. `room` is how many seconds to wait for
    the peer's limit; `turn`: who goes first; `calls`: how many `send` makes at most. `repeats`: whether it may
    be made again when nobody knows what came of it.
    """

    records: Records[W]
    send: Callable[[W], Any]
    settle: Callable[[W, Any], None]
    seconds: float
    limits: PeerLimits | None = None
    before: Callable[[W], None] = lambda _record: None
    path: Sequence[str] = ("effect",)
    held: Callable[[W, datetime], bool] | None = None
    repeats: Repeats = NEVER
    turn: Turn = "bulk"
    room: float = BULK_PATIENCE
    calls: int = 1

    def make(self, services: Services, key: str, *, patience: float = 0, known: Document | None = None) -> Attempted[W]:
        """`known` is the document as it was just read, if it was.

        Raises Busy when somebody else's attempt is still under way after `patience` seconds, and StoreError.
        """
        settled: list[W] = []
        admission = Admission()

        def admit() -> None:
            nonlocal admission
            if self.limits:
                admission = services.limiter.admit(self.limits, patience=self.room, turn=self.turn, calls=self.calls)

        def send(data: Data) -> Any:
            if services.clock() > admission.until:
                raise NoRoom(services.clock())
            return self._call(services, self.records.load(data), failing=admission.failing)

        def before(data: Data) -> Data:
            record = self.records.load(data)
            self.before(record)
            return self.records.dump(record)

        def after(data: Data, outcome: Any) -> Data:
            record = self.records.load(data)
            self.settle(record, outcome)
            settled[:] = [record]
            return self.records.dump(record)

        def held(data: Data, now: datetime) -> bool:
            return self.held is not None and self.held(self.records.load(data), now)

        call = Call(send, self.seconds, admit, before, after, held, self.repeats)
        place = Place(self.records.collection, key, self.path)
        try:
            answer, document = services.once.perform(place, call, patience=patience, known=known)
        except (PeerError, NoRoom, BlobDamaged) as error:
            record = settled[0] if settled else self.records.get(key)
            if record is None:
                raise
            return Attempted(record, error=error)
        return Attempted(self.records.load(document.data), answer=answer, document=document)

    def _call(self, services: Services, record: W, *, failing: bool) -> Any:
        """`failing`: the peer was, so that it answers at all is news."""
        try:
            answer = self.send(record)
        except PeerError as error:
            if failing or error.peer_is_down or error.retry_after or error.too_fast:
                self._learn(services, error)
            raise
        if failing:
            self._learn(services, None)
        return answer

    def _learn(self, services: Services, error: PeerError | None) -> None:
        """The call was made: a store that is away now must not make it look as if it was not."""
        if self.limits:
            with suppress(StoreError):
                services.limiter.learn(self.limits, error)


def parked(kind: str, error: LinkError, now: datetime) -> Parked:
    """`kind` is a collection of work or a kind of event: what to do about it depends on it."""
    reason = getattr(error, "reason", str(error)) or type(error).__name__
    unknown = isinstance(error, OutcomeUnknown)
    return Parked(reason=reason, advice=for_dead_letter(kind, error), at=now, unknown=unknown)


class _Retried(Protocol):
    attempts: Attempts

    def schedule(self, at: datetime) -> None: ...
    def unpark(self) -> None: ...
    def park(self, parked: Parked) -> None: ...


def not_done(work: _Retried, kind: str, error: LinkError, now: datetime, *, repeatable: bool = False) -> None:
    """The next attempt, or a place among what a person must look at.

    An answer that came late, when others took the outcome for unknown already, brings it back from there.
    """
    decision = next_attempt(work.attempts, error, now, repeatable=repeatable)
    if isinstance(decision, GiveUp):
        work.park(parked(kind, decision.error, now))
    else:
        work.unpark()
        work.attempts = decision.attempts
        work.schedule(decision.at)


def log_attempt(flow: str, work: Work, error: LinkError | None, *, parked: Parked | None, **more: object) -> None:
    """One log line about one attempt; an alarm when it became a dead letter, since nobody looks at those all day."""
    line = {"flow": flow, "cooperation": work.cooperation, **more}
    if error:
        line["error"] = type(error).__name__
    if parked:
        needs_a_person(**line)
    elif error:
        log.warning("not done", **line)
    else:
        log.info("done", **line)
