"""Work that the link has accepted: what every kind of it has in common. `work/kinds.py` lists the kinds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from shared.clock import Moment
from shared.domain.effect import Effect

State = Literal["waiting", "done", "parked"]


class Parked(BaseModel):
    """Why only a person can go on with a job: it is a dead letter since `at` (UTC).

    `code` is the name of an error class or of a rule of ours; `domain/advice.py` has the Dutch text for each.
    `reason` is what the text cannot know: the peer's own words, or which field was wrong. `unknown`: the call may have
    worked at the peer, so a person has to look there before a replay.
    """

    code: str
    reason: str = ""
    at: Moment
    unknown: bool = False


class Attempts(BaseModel):
    """`failed` counts the attempts since the last success, `first_failed_at` is the first of them (UTC)."""

    failed: int = 0
    first_failed_at: Moment | None = None


class Job(BaseModel):
    """What is tried, retried and parked: a document of work as a whole, or one kind of event in a relay."""

    state: State = "waiting"
    attempts: Attempts = Attempts()
    parked: Parked | None = None
    effect: Effect | None = None

    def schedule(self, at: datetime) -> None:
        """The next attempt is at `at` (UTC)."""
        raise NotImplementedError

    def park(self, parked: Parked) -> None:
        """No next attempt: a person has to decide."""
        self.state, self.parked = "parked", parked

    def unpark(self) -> None:
        """Takes it from the dead letters, because its outcome became known. Nothing changes when it is not parked."""
        if self.parked:
            self.state, self.parked = "waiting", None

    def release(self, at: datetime) -> None:
        """From the dead letters back to work, due at `at` (UTC), as if it had never been tried."""
        self.state, self.parked, self.attempts, self.effect = "waiting", None, Attempts(), None
        self.schedule(at)


def first_generation(accepted_at: datetime) -> int:
    """Starts at the time stamp, so that a document that is made again under the same key never reuses a task's name."""
    return int(accepted_at.timestamp() * 1000)


class Work(Job):
    """One document that a task works on.

    `due_at` (UTC) is when a task should run for it, None when nothing is to be done; `sweep` finds what is overdue.
    `generation` is part of the task's name: a task of an older generation has been replaced and does nothing.
    `crashes` counts how often our own code raised an unexpected error on it. `needs_person`: it is, or holds, a dead
    letter. The store deletes it at `expires_at` (UTC).
    """

    cooperation: str
    due_at: Moment | None = None
    generation: int = 0
    needs_person: bool = False
    crashes: int = 0
    accepted_at: Moment
    expires_at: Moment | None = None

    @property
    def contacts(self) -> Collection[int]:
        """Econobis' ids of the contacts that it was made for. Empty where erasure finds it in another way."""
        return ()

    def schedule(self, at: datetime) -> None:
        self.due_at = at
        self.generation = max(self.generation, first_generation(self.accepted_at)) + 1

    def finish(self) -> None:
        """Nothing is left to be done."""
        self.state, self.due_at, self.parked, self.attempts = "done", None, None, Attempts()
        self.needs_person = False
        self.effect = self.effect.without_words() if self.effect else None

    def park(self, parked: Parked) -> None:
        super().park(parked)
        self.due_at, self.needs_person = None, True

    def unpark(self) -> None:
        super().unpark()
        self.needs_person = self.parked is not None

    def release(self, at: datetime) -> None:
        super().release(at)
        self.needs_person, self.crashes = False, 0

    def close(self, at: datetime) -> None:  # noqa: ARG002  (a submission needs the moment)
        """A person decided that nothing is to be done, or did it by hand."""
        self.finish()
