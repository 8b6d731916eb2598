"""A step: one call to a peer for one piece of work. Each flow has a subclass with what is special about its call.

`run` does this, in this order:
1. `once.py` claims the effect in the record, so that no other process makes the same call;
2. `admit` asks the limiter for room at the peer;
3. `before` changes the record, which is then written with the call marked as sent;
4. `send` makes the call;
5. `worked` or `failed` changes the record, which is then written with the outcome of the call.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import datetime
from typing import Generic, TypeVar

from shared.domain.effect import NEVER, Repeats
from shared.domain.rate import Turn
from shared.domain.retry import try_later
from shared.domain.work import Parked, Work
from shared.errors import LinkError, NoRoom, PeerError, StoreError
from shared.logs import log, needs_a_person
from shared.work.limiter import BULK_PATIENCE, Admission, PeerLimits
from shared.work.once import Attempted
from shared.work.records import Records, Stored
from shared.work.services import Services

W = TypeVar("W", bound=Work)
A = TypeVar("A")


class Step(ABC, Generic[W, A]):
    """`W` is the kind of work, `A` what `send` returns and `worked` gets.

    `before`, `worked` and `failed` may run again, on a newer version of the record, when another process wrote in
    between. So they change the record that they are given, and nothing else.
    """

    seconds: float
    """The longest that `send` may take, which decides how long the lease is."""
    calls: int = 1
    """How many calls `send` makes at most. It starts when there is room for all of them: see `Limiter.admit`."""
    repeats: Repeats = NEVER
    """Whether the call may be made again when its outcome is unknown."""
    turn: Turn = "bulk"
    """Its priority at the limiter."""
    room: float = BULK_PATIENCE
    """The longest to wait for room at the peer, in seconds."""
    event: str | None = None
    """For a step that delivers an item of a relay: its kind of event. The effect is in that item."""

    def __init__(self, services: Services, records: Records[W], key: str, limits: PeerLimits | None) -> None:
        """`key` is that of the record. `limits`: what the call counts for at the limiter; None when it has no limit."""
        self.services = services
        self.records = records
        self.key = key
        self.limits = limits
        self._admission = Admission()

    # -- what a flow fills in ------------------------------------------------------------------------------------------

    def before(self, record: W) -> None:
        """Changes the record, just before the call: for example, notes which version is being sent."""

    @abstractmethod
    def send(self, record: W) -> A:
        """Makes the call for the record that was marked as sent. Raises PeerError, NoRoom, BlobDamaged, StoreError."""

    @abstractmethod
    def worked(self, record: W, answer: A) -> None:
        """Changes the record after an answer of the peer."""

    def failed(self, record: W, error: LinkError) -> None:
        """Changes the record after an error: schedules the next attempt, or makes it a dead letter."""
        try_later(record, error, self.services.clock(), repeatable=self.repeats.most > 0)

    def must_wait(self, record: W, now: datetime) -> bool:  # noqa: ARG002  (only DeliverEvent overrides this)
        """Whether a call with another effect in the same record has to end first."""
        return False

    # -- what all steps do ---------------------------------------------------------------------------------------------

    def run(self, known: Stored[W] | None = None, *, patience: float = 0) -> Attempted[W]:
        """Makes the call, unless it was made before. Arguments, result and errors: `Once.perform`."""
        return self.services.once.perform(self, patience=patience, known=known)

    def admit(self) -> None:
        """Waits for room at the peer. Raises NoRoom."""
        if self.limits:
            self._admission = self.services.limiter.admit(
                self.limits, patience=self.room, turn=self.turn, calls=self.calls
            )

    def call(self, record: W) -> A:
        """Runs `send`, and reports its outcome to the limiter."""
        if self.services.clock() > self._admission.until:
            # The reserved slot has passed, because this process was suspended: ask the limiter again.
            raise NoRoom(self.services.clock())
        try:
            answer = self.send(record)
        except PeerError as error:
            if self._admission.failing or error.peer_is_down or error.retry_after or error.too_fast:
                self._learn(error)
            raise
        if self._admission.failing:  # The peer failed recently, so tell the limiter that it works again.
            self._learn(None)
        return answer

    def _learn(self, error: PeerError | None) -> None:
        """Raises nothing: when the store is down now, the outcome of the call must still be written after it."""
        if self.limits:
            with suppress(StoreError):
                self.services.limiter.learn(self.limits, error)


def log_attempt(flow: str, record: Work, error: LinkError | None, *, parked: Parked | None, **more: object) -> None:
    """Writes one log line per attempt. When it ended as a dead letter, the line is an ERROR, which raises the alarm."""
    line = {"flow": flow, "cooperation": record.cooperation, **more}
    if error:
        line["error"] = type(error).__name__
    if parked:
        needs_a_person(**line, outcome="dead_letter")
    elif error:
        log.warning("not done", **line, outcome="later")
    else:
        log.info("done", **line, outcome="done")
