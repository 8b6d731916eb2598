"""Makes one call at most once, whoever asks for it, how often, and from how many instances.

The state machine is `domain/effect.py`. It stands inside the record that it belongs to, so what follows from the
outcome (an account id, a next attempt, a dead letter) is written together with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Literal, Protocol, TypeVar
from uuid import uuid4

from shared.clock import Clock, to_text, utc_now
from shared.domain.effect import Effect, Repeats, Situation, claim, situation
from shared.domain.work import Work
from shared.errors import AlreadyExists, BlobDamaged, Busy, Changed, Gone, LinkError, NoRoom, OutcomeUnknown, PeerError
from shared.store.port import Store
from shared.work.ending import ENDING, Ending
from shared.work.records import Records, Stored

LEASE_MARGIN = 10.0  # seconds that a lease outlives its call, for the two writes around the call
POLL = 0.05, 0.5  # seconds between two looks at a call that somebody else is making: the first pause and the longest

W = TypeVar("W", bound=Work)
A = TypeVar("A")


class Overtaken(LinkError):
    """The lease ran out before anything was sent. This process did nothing; another one may have taken over."""

    status = 503


class AtMostOnce(Protocol[W, A]):
    """What `Once` needs of a call. `work/step.py` is the base class that fills it in.

    `seconds` is the longest that `call` may take. All but `admit` and `call` change the record and nothing else, and
    may run again on a newer version of it.
    """

    records: Records[W]
    key: str
    seconds: float
    repeats: Repeats

    def effect(self, record: W) -> Effect | None:
        """The call's effect, as the record holds it."""

    def keep_effect(self, record: W, effect: Effect) -> None:
        """Writes the effect into the record."""

    def must_wait(self, record: W, now: datetime) -> bool:
        """Another call in the same record has to end first."""

    def admit(self) -> None:
        """Asks for room at the peer. May sleep; raises NoRoom."""

    def before(self, record: W) -> None:
        """Joins the write that marks the call as sent."""

    def call(self, record: W) -> A:
        """Makes the call, with the record as it was when it was marked as sent."""

    def worked(self, record: W, answer: A) -> None:
        """Joins the write of the outcome."""

    def failed(self, record: W, error: LinkError) -> None:
        """Joins the write of the outcome."""


@dataclass(frozen=True)
class Attempted(Generic[W]):
    """The record after the attempt, and why it did not work. `error` None: it is done, now or by an earlier call."""

    stored: Stored[W]
    error: LinkError | None = None

    @property
    def record(self) -> W:
        return self.stored.record


@dataclass
class Once:
    """One per process. `owner` tells this process from others in the effects that it claims."""

    store: Store
    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep
    ending: Ending = ENDING
    owner: str = field(default_factory=lambda: uuid4().hex)

    def perform(self, step: AtMostOnce[W, A], *, patience: float = 0, known: Stored[W] | None = None) -> Attempted[W]:
        """Makes the call, unless it was made before. `known` is the record as it was just read; it is changed in place.

        A PeerError, NoRoom (also when this instance is being stopped) and BlobDamaged are returned as `error`, after
        `failed` was written. Raises Gone when the record does not exist, Busy when somebody else's call, or one that
        has to end first, is still under way after `patience` seconds, Overtaken, and StoreError.
        """
        until = self.clock() + timedelta(seconds=patience)
        pause, longest = POLL
        while True:
            stored, known = known or step.records.read(step.key), None
            if stored is None:
                raise Gone(f"no document in {step.records.collection}")
            effect, now = step.effect(stored.record), self.clock()
            match situation(effect, now, step.repeats):
                case Situation.DONE:
                    return Attempted(stored)
                case Situation.UNKNOWN if effect:
                    return self._unknown(step, stored, effect)
                case Situation.FREE if not step.must_wait(stored.record, now):
                    if claimed := self._claim(step, stored):
                        return self._make(step, claimed)
                    continue
            if now >= until:
                raise Busy("the same call is under way")
            self.sleep(min(pause, longest))
            pause *= 2

    def _claim(self, step: AtMostOnce[W, A], stored: Stored[W]) -> Stored[W] | None:
        """None when somebody else wrote since the record was read."""
        owner = f"{self.owner}-{uuid4().hex[:8]}"
        effect = claim(owner, self.clock(), step.seconds + LEASE_MARGIN, step.effect(stored.record))
        step.keep_effect(stored.record, effect)
        with suppress(Changed):
            return step.records.replace(stored)
        return None

    def _make(self, step: AtMostOnce[W, A], stored: Stored[W]) -> Attempted[W]:
        claimed = step.effect(stored.record)
        assert claimed is not None
        try:
            self.ending.check(self.clock())
            step.admit()  # It may have slept.
            self.ending.check(self.clock())
        except LinkError as error:
            return self._end(step, stored, claimed, "failed", error)
        stored, sent = self._mark_sent(step, stored, claimed)
        try:
            if self.clock() >= sent.lease_until:
                raise Overtaken("this process was suspended until the lease had run out")
            self.ending.check(self.clock())
            answer = step.call(stored.record)
        except LinkError as error:
            return self._end(step, stored, sent, "unknown" if isinstance(error, OutcomeUnknown) else "failed", error)
        except Exception as error:  # noqa: BLE001  (any error of our own)
            # Our own mistake, whatever it is: the call may have been made.
            lost = OutcomeUnknown(f"{type(error).__name__} during the call")
            return Attempted(self._finish(step, stored, sent, "unknown", lost), lost)
        return Attempted(self._finish(step, stored, sent, "done", answer))

    def _mark_sent(self, step: AtMostOnce[W, A], stored: Stored[W], claimed: Effect) -> tuple[Stored[W], Effect]:
        lease_until = self.clock() + timedelta(seconds=step.seconds + LEASE_MARGIN)
        sent = claimed.model_copy(update={"state": "sent", "lease_until": lease_until})

        def change(record: W | None) -> W:
            current = step.effect(record) if record else None
            if record is None or current is None or (current.owner, current.state) != (claimed.owner, "claimed"):
                raise Overtaken("another process took over")
            step.before(record)
            step.keep_effect(record, sent)
            return record

        written = step.records.revise(step.key, change, stored)
        assert written is not None
        return written, sent

    def _end(
        self,
        step: AtMostOnce[W, A],
        stored: Stored[W],
        ours: Effect,
        state: Literal["failed", "unknown"],
        error: LinkError,
    ) -> Attempted[W]:
        """Writes that it failed. What says nothing about this piece of work is raised."""
        stored = self._finish(step, stored, ours, state, error)
        if isinstance(error, PeerError | NoRoom | BlobDamaged):
            return Attempted(stored, error)
        raise error

    def _finish(
        self, step: AtMostOnce[W, A], stored: Stored[W], ours: Effect, state: str, outcome: A | LinkError
    ) -> Stored[W]:
        reason = str(outcome) if state == "unknown" else ""  # No other state needs one.
        finished = ours.model_copy(update={"state": state, "reason": reason})

        def change(record: W | None) -> W | None:
            current = step.effect(record) if record else None
            if record is None or current is None or current.owner != ours.owner or current.state == "done":
                return None  # The record was erased, or another process took over after our lease had run out.
            step.keep_effect(record, finished)
            if isinstance(outcome, LinkError):
                step.failed(record, outcome)
            else:
                step.worked(record, outcome)
            return record

        return step.records.revise(step.key, change, stored) or stored

    def _unknown(self, step: AtMostOnce[W, A], stored: Stored[W], effect: Effect) -> Attempted[W]:
        """A call that was sent and whose lease ran out becomes unknown in the record too."""
        error = OutcomeUnknown(effect.reason or "the caller stopped before the answer came")
        if effect.state == "sent":
            stored = self._finish(step, stored, effect, "unknown", error)
        return Attempted(stored, error)

    @contextmanager
    def alone(self, name: str, seconds: float, patience: float) -> Iterator[None]:
        """A lock over all instances: only one at a time per `name`, for a call of `seconds` at most.

        Raises Busy when the lock is taken for longer than `patience` seconds.
        """
        until = self.clock() + timedelta(seconds=patience)
        pause, longest = POLL
        while True:
            expires_at = to_text(self.clock() + timedelta(seconds=seconds + LEASE_MARGIN))
            try:
                document = self.store.create("locks", name, {"owner": self.owner, "expires_at": expires_at})
                break
            except AlreadyExists:
                if self.clock() >= until:
                    raise Busy("the lock is taken") from None
                self.sleep(min(pause, longest))
                pause *= 2
        try:
            yield
        finally:
            with suppress(Changed):  # It expired, and another process has it now.
                self.store.delete("locks", name, document.version)
