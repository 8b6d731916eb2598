"""Makes one call at most once, also when several instances try to make it at the same moment.

The state of the call (`domain/effect.py`) is part of the record that the call is for. So the outcome and what follows
from it (an account id, a next attempt, a dead letter) are in one write.
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
from shared.ending import ENDING, Ending
from shared.errors import AlreadyExists, BlobDamaged, Busy, Changed, Gone, LinkError, NoRoom, OutcomeUnknown, PeerError
from shared.store.port import Store
from shared.work.records import Records, Stored

LEASE_MARGIN = 10.0  # seconds that a lease is longer than its call, for the two writes around the call
POLL = 0.05, 0.5  # seconds between two looks at the call of another process: the first pause, and the longest

W = TypeVar("W", bound=Work)
A = TypeVar("A")


class Overtaken(LinkError):
    """The lease expired before this process sent anything. Another process may have taken over."""

    status = 503


class AtMostOnce(Protocol[W, A]):
    """What `Once` needs to know of a call. `work/step.py` has the base class.

    The effect is in `record.job(event)`. `seconds` is the longest that `call` may take. `must_wait`, `before`, `worked`
    and `failed` may run again on a newer version of the record.
    """

    records: Records[W]
    key: str
    event: str | None
    seconds: float
    repeats: Repeats

    def must_wait(self, record: W, now: datetime) -> bool:
        """Whether a call with another effect in the same record has to end first."""

    def admit(self) -> None:
        """Waits for room at the peer. Raises NoRoom."""

    def before(self, record: W) -> None:
        """Changes the record that is written with the call marked as sent."""

    def call(self, record: W) -> A:
        """Makes the call, with the record as it was marked as sent."""

    def worked(self, record: W, answer: A) -> None:
        """Changes the record that is written with the outcome, after an answer."""

    def failed(self, record: W, error: LinkError) -> None:
        """Changes the record that is written with the outcome, after an error."""


@dataclass(frozen=True)
class Attempted(Generic[W]):
    """The record after the attempt, and the error of the call. None: the call was done, now or earlier.

    `is_erased`: the record was deleted during the call, so it is in memory only.
    """

    stored: Stored[W]
    error: LinkError | None = None
    is_erased: bool = False

    @property
    def record(self) -> W:
        """The record alone."""
        return self.stored.record


@dataclass
class Once:
    """One per process. `owner` identifies this process in the effects that it claims."""

    store: Store
    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep
    ending: Ending = ENDING
    owner: str = field(default_factory=lambda: uuid4().hex)

    def perform(self, step: AtMostOnce[W, A], *, patience: float = 0, known: Stored[W] | None = None) -> Attempted[W]:
        """Makes the call, unless it was made before. `known` is the record as it was just read; it is changed in place.

        Returns a PeerError, NoRoom (also when this instance is being stopped) or BlobDamaged as `error`, after `failed`
        was written. Raises Gone when the record does not exist, or has no job for the event (any more); Busy when
        another process is making the call, or `must_wait` holds, for longer than `patience` seconds; Overtaken;
        StoreError.
        """
        until = self.clock() + timedelta(seconds=patience)
        pause, longest = POLL
        while True:
            stored, known = known or step.records.read(step.key), None  # Trust `known` in the first round only.
            if stored is None or stored.record.job(step.event) is None:
                raise Gone(f"nothing to do in {step.records.collection}")
            effect, now = _effect(step, stored.record), self.clock()
            match situation(effect, now, step.repeats):
                case Situation.DONE:
                    return Attempted(stored)
                case Situation.UNKNOWN if effect:
                    return self._unknown(step, stored, effect)
                case Situation.FREE if not step.must_wait(stored.record, now):
                    if claimed := self._claim(step, stored):
                        return self._make(step, claimed)
                    continue
            # RUNNING, or FREE but it must wait: sleep, then look again.
            if now >= until:
                raise Busy("the same call is under way")
            self.sleep(min(pause, longest))
            pause *= 2

    def _claim(self, step: AtMostOnce[W, A], stored: Stored[W]) -> Stored[W] | None:
        """None when another process wrote since the record was read."""
        owner = f"{self.owner}-{uuid4().hex[:8]}"
        job = stored.record.job(step.event)
        assert job is not None
        job.effect = claim(owner, self.clock(), step.seconds + LEASE_MARGIN, job.effect)
        with suppress(Changed):
            return step.records.replace(stored)
        return None

    def _make(self, step: AtMostOnce[W, A], stored: Stored[W]) -> Attempted[W]:
        claimed = _effect(step, stored.record)
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
        except Exception as error:  # noqa: BLE001  (after any mistake of our own the call may have been made)
            lost = OutcomeUnknown(f"{type(error).__name__} during the call")
            return self._finish(step, stored, sent, "unknown", lost)
        return self._finish(step, stored, sent, "done", answer)

    def _mark_sent(self, step: AtMostOnce[W, A], stored: Stored[W], claimed: Effect) -> tuple[Stored[W], Effect]:
        lease_until = self.clock() + timedelta(seconds=step.seconds + LEASE_MARGIN)
        sent = claimed.model_copy(update={"state": "sent", "lease_until": lease_until})

        def change(record: W | None) -> W:
            job = record.job(step.event) if record else None
            if not (record and job and job.effect) or (job.effect.owner, job.effect.state) != (
                claimed.owner,
                "claimed",
            ):
                raise Overtaken("another process took over")
            step.before(record)
            job.effect = sent
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
        """Writes an error of the call. Raises it when it says nothing about this piece of work, such as StoreError."""
        attempted = self._finish(step, stored, ours, state, error)
        if isinstance(error, PeerError | NoRoom | BlobDamaged):
            return attempted
        raise error

    def _finish(
        self, step: AtMostOnce[W, A], stored: Stored[W], ours: Effect, state: str, outcome: A | LinkError
    ) -> Attempted[W]:
        reason = str(outcome) if state == "unknown" else ""  # Kept only when a person may have to look.
        finished = ours.model_copy(update={"state": state, "reason": reason})

        def change(record: W | None) -> W | None:
            job = record.job(step.event) if record else None
            if not (record and job and job.effect) or job.effect.owner != ours.owner or job.effect.state == "done":
                return None  # The record was erased, or another process took over after our lease had run out.
            job.effect = finished
            if isinstance(outcome, LinkError):
                step.failed(record, outcome)
            else:
                step.worked(record, outcome)
            return record

        written = step.records.revise(step.key, change, stored)
        error = outcome if isinstance(outcome, LinkError) else None
        return Attempted(written or stored, error, is_erased=written is None)

    def _unknown(self, step: AtMostOnce[W, A], stored: Stored[W], effect: Effect) -> Attempted[W]:
        """Writes `unknown` first if a crash left the record at `sent`."""
        error = OutcomeUnknown(effect.reason or "the caller stopped before the answer came")
        if effect.state == "sent":
            return self._finish(step, stored, effect, "unknown", error)
        return Attempted(stored, error)

    @contextmanager
    def alone(self, name: str, seconds: float, patience: float) -> Iterator[None]:
        """A lock over all instances: one holder at a time per `name`. It expires LEASE_MARGIN after `seconds`.

        Raises Busy when it is not free within `patience` seconds.
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


def _effect(step: AtMostOnce[W, A], record: W) -> Effect | None:
    job = record.job(step.event)
    return job.effect if job else None
