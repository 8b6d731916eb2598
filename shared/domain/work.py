"""Work that the link has accepted: what every kind of it has in common. `work/kinds.py` lists the kinds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal, Self

from shared.clock import Moment, to_text
from shared.domain.effect import Effect
from shared.domain.ids import ContactId
from shared.domain.stored_model import StoredModel
from shared.domain.tally import trouble_now

State = Literal["waiting", "done", "parked"]


class Parked(StoredModel):
    """Why only a person can go on with a job: it is a dead letter since `at` (UTC).

    `code` is the name of an error class or of a rule of ours; `domain/dead_letter_texts.py` has a Dutch text for it.
    `reason` holds the details of this case: the peer's message, or which field was wrong. `unknown`: the call may have
    worked at the peer, so a person has to look there before a replay.
    """

    code: str
    reason: str = ""
    at: Moment
    unknown: bool = False

    @property
    def in_order(self) -> str:
        """A text that sorts by cause and then by moment, by which the store finds what stands: `KeyUnknown 2026-…`."""
        return f"{self.code} {to_text(self.at)}"


class Attempts(StoredModel):
    """`failed` counts the attempts since the last success, `first_failed_at` is the first of them (UTC).

    `why` is the code of the last error, as in `Parked`; `NoRoom` when nothing failed and the call only waits for room.
    """

    failed: int = 0
    first_failed_at: Moment | None = None
    why: str = ""


class Job(StoredModel):
    """One call to a peer that is tried, retried and parked: a document of work, or an item of a relay.

    `replayed_by` is the key of the `Replay` that took it back to work last; `""` when a person did that for this one.
    """

    state: State = "waiting"
    attempts: Attempts = Attempts()
    parked: Parked | None = None
    effect: Effect | None = None
    replayed_by: str = ""

    def schedule(self, at: datetime) -> None:
        """Sets the next attempt to `at` (UTC)."""
        raise NotImplementedError

    def park(self, parked: Parked) -> None:
        """Makes it a dead letter: there is no next attempt until a person decides."""
        self.state, self.parked = "parked", parked

    def unpark(self) -> None:
        """Takes it from the dead letters, because its outcome became known. Does nothing when it is not parked."""
        if self.parked:
            self.state, self.parked = "waiting", None

    def release(self, at: datetime) -> None:
        """Takes it from the dead letters back to work, due at `at` (UTC), as if it had never been tried."""
        self.state, self.parked, self.attempts, self.effect = "waiting", None, Attempts(), None
        self.schedule(at)


class Work(Job):
    """One document that a task works on.

    `due_at` (UTC) is when a task should run for it, None when there is nothing to do; `sweep` finds overdue work.
    `generation` is part of the task's name: a task of an older generation has been replaced and does nothing.
    `crashes` counts how often our own code raised an unexpected error on it. `needs_person`: it is a dead letter, or
    one of its items is. The store deletes it at `expires_at` (UTC). `traceparent` is the trace of the request that it
    came from, while it has something to do (`traces.py`).
    """

    cooperation: str
    due_at: Moment | None = None
    generation: int = 0
    needs_person: bool = False
    crashes: int = 0
    accepted_at: Moment
    expires_at: Moment | None = None
    traceparent: str = ""

    def derived(self) -> dict[str, Any]:
        """As in StoredModel: `trouble`, when it is a dead letter (`Parked.in_order`), and what it counts for.

        Subclasses add theirs to it.
        """
        since = [parked.at for parked in self.dead_letters]
        return {
            "trouble": self.parked.in_order if self.parked else None,
            "tally": trouble_now(self.cooperation, type(self).__name__, since, self.expires_at) or None,
        }

    @property
    def dead_letters(self) -> Sequence[Parked]:
        """The dead letters in this document: itself. A relay has one per kind of event."""
        return [self.parked] if self.parked else []

    def job(self, _event: str | None) -> Job | None:
        """The job with the effect: the work itself. A relay has one job per kind of event."""
        return self

    @property
    def contacts(self) -> Collection[ContactId]:
        """The contacts whose erasure forbids to create this document. Empty where another check does that."""
        return ()

    @property
    def undelivered_since(self) -> datetime | None:
        """Since when (UTC) it should be done: its first failure, or the moment it is due. None: nothing to do."""
        return self.due_at and (self.attempts.first_failed_at or self.due_at)

    def begin(self, expires_at: datetime) -> Self:
        """Makes new work due when it was accepted, or at the `due_at` that it has. Returns itself."""
        self.due_at = self.due_at or self.accepted_at
        self.generation, self.expires_at = self._first_generation, expires_at
        return self

    @property
    def _first_generation(self) -> int:
        """Starts at the time stamp, so that a document that is made again under the same key never reuses a name."""
        return int(self.accepted_at.timestamp() * 1000)

    def schedule(self, at: datetime) -> None:
        """Makes it due at `at` (UTC), in a new generation: enqueue it after the write."""
        self.due_at = at
        self.generation = max(self.generation, self._first_generation) + 1

    def finish(self) -> None:
        """Marks it as done: no task runs for it any more."""
        self.state, self.due_at, self.parked, self.attempts = "done", None, None, Attempts()
        self.needs_person = False
        self.effect = self.effect.without_words() if self.effect else None

    def park(self, parked: Parked) -> None:
        """Makes it a dead letter, for which no task runs."""
        super().park(parked)
        self.due_at, self.needs_person = None, True

    def unpark(self) -> None:
        """As in Job. The caller schedules it or finishes it."""
        super().unpark()
        self.needs_person = self.parked is not None

    def release(self, at: datetime) -> None:
        """As in Job; the crashes are forgotten too."""
        super().release(at)
        self.needs_person, self.crashes = False, 0

    def close(self, at: datetime) -> None:  # noqa: ARG002  (a submission needs the moment)
        """Marks it as done by decision of a person, who did it by hand or wants nothing done."""
        self.finish()
