"""A step: one call to a peer for one piece of work. Each flow fills in its own, so that it reads from top to bottom.

What happens in which order:
1. `once.py` claims the effect in the record, so that no other process makes the same call;
2. `admit` asks the limiter for room at the peer;
3. `before` joins the write that marks the call as sent;
4. `send` makes the call;
5. `worked` or `failed` joins the write of the outcome.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import datetime
from typing import Generic, TypeVar

from shared.domain.effect import NEVER, Effect, Repeats
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
    """`W` is the kind of work, `A` what `send` gives to `worked`.

    All methods but `admit` and `send` may run again, on a newer version of the record, when somebody else wrote in
    between. So they change the record they are given, and nothing else.
    """

    seconds: float
    """The longest that `send` may take."""
    calls: int = 1
    """The most calls that `send` makes."""
    repeats: Repeats = NEVER
    """Whether the call may be made again when its outcome is unknown."""
    turn: Turn = "bulk"
    """Its priority at the limiter."""
    room: float = BULK_PATIENCE
    """Seconds to wait for room at the peer."""

    def __init__(self, services: Services, records: Records[W], key: str) -> None:
        self.services = services
        self.records = records
        self.key = key
        self._admission = Admission()

    # -- what a flow fills in ------------------------------------------------------------------------------------------

    def limits(self) -> PeerLimits | None:
        """Which limits of the peer the call counts for; None: the peer has none."""
        return None

    def before(self, record: W) -> None:
        """Writes down that the call is being sent."""

    @abstractmethod
    def send(self, record: W) -> A:
        """Makes the call. Raises PeerError, NoRoom and StoreError."""

    @abstractmethod
    def worked(self, record: W, answer: A) -> None:
        """Writes down what the peer answered."""

    def failed(self, record: W, error: LinkError) -> None:
        """Writes down the next attempt, or that only a person can go on."""
        try_later(record, error, self.services.clock(), repeatable=self.repeats.most > 0)

    def must_wait(self, record: W, now: datetime) -> bool:  # noqa: ARG002  (for a step that has to)
        """Whether another call in the same record has to end first."""
        return False

    def effect(self, record: W) -> Effect | None:
        """Where the record keeps the effect of this call."""
        return record.effect

    def keep_effect(self, record: W, effect: Effect) -> None:
        """Writes the effect there."""
        record.effect = effect

    # -- what all steps do ---------------------------------------------------------------------------------------------

    def run(self, known: Stored[W] | None = None, *, patience: float = 0) -> Attempted[W]:
        """Makes the call unless it was made before. Arguments and errors: `Once.perform`."""
        return self.services.once.perform(self, patience=patience, known=known)

    def admit(self) -> None:
        """Raises NoRoom."""
        if limits := self.limits():
            self._admission = self.services.limiter.admit(limits, patience=self.room, turn=self.turn, calls=self.calls)

    def call(self, record: W) -> A:
        """`send`, and what the limiter learns from its outcome."""
        if self.services.clock() > self._admission.until:
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
        """The call was made, whatever becomes of this write: a store that is away must not hide its outcome."""
        limits = self.limits()
        if limits:
            with suppress(StoreError):
                self.services.limiter.learn(limits, error)


def log_attempt(flow: str, work: Work, error: LinkError | None, *, parked: Parked | None, **more: object) -> None:
    """One log line per attempt, with severity ERROR when it ended as a dead letter: that line raises the alarm."""
    line = {"flow": flow, "cooperation": work.cooperation, **more}
    if error:
        line["error"] = type(error).__name__
    if parked:
        needs_a_person(**line)
    elif error:
        log.warning("not done", **line)
    else:
        log.info("done", **line)
