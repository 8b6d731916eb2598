"""Work that the link has accepted: what every kind of it has in common. `flows/run_task.py` runs it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from shared.clock import Moment
from shared.domain.effect import Effect

State = Literal["waiting", "done", "parked"]


class Parked(BaseModel):
    """Why retrying will not mend it: the peer's own words, and in Dutch what to do about it.

    `unknown`: it may have happened at the peer; replaying it needs a look there first. `final`: to replay it cannot
    help; the advice says what does.
    """

    reason: str
    advice: str
    at: Moment
    unknown: bool = False
    final: bool = False


class Attempts(BaseModel):
    """`failed` counts since the last success, `first_failed_at` says since when. Why is in the log, by its kind."""

    failed: int = 0
    first_failed_at: Moment | None = None


def first_generation(accepted_at: datetime) -> int:
    """Another one than that of a document that was there before under the same key: its tasks' names are used up."""
    return int(accepted_at.timestamp() * 1000)


class Work(BaseModel):
    """One document that a task works on.

    `due_at` (UTC) is when a task should run for it, None when nothing is to be done; `sweep` finds what is overdue.
    `generation` is in the task's name: a task of an older generation has been replaced and does nothing.
    `crashes` counts how often our own code broke on it. `needs_person`: it is among the dead letters. `expires_at` is
    when it is forgotten (`retention.py`).
    """

    cooperation: str
    state: State = "waiting"
    due_at: Moment | None = None
    generation: int = 0
    attempts: Attempts = Attempts()
    parked: Parked | None = None
    needs_person: bool = False
    effect: Effect | None = None
    crashes: int = 0
    accepted_at: Moment
    expires_at: Moment | None = None

    @property
    def contacts(self) -> Collection[int]:
        """Econobis' ids of whom it was made for; none where that is looked after in another way."""
        return ()

    def schedule(self, at: datetime) -> None:
        self.due_at = at
        self.generation = max(self.generation, first_generation(self.accepted_at)) + 1

    def finish(self) -> None:
        self.state, self.due_at, self.parked, self.attempts = "done", None, None, Attempts()
        self.needs_person = False
        self.effect = self.effect.without_words() if self.effect else None

    def park(self, parked: Parked) -> None:
        self.state, self.due_at, self.parked = "parked", None, parked
        self.needs_person = True

    def unpark(self) -> None:
        """The outcome that was unknown is known now."""
        if self.parked:
            self.state, self.parked, self.needs_person = "waiting", None, False

    def release(self, at: datetime) -> None:
        """From the dead letters back to work, as if it had never been tried."""
        self.state, self.parked, self.attempts, self.effect = "waiting", None, Attempts(), None
        self.needs_person, self.crashes = False, 0
        self.schedule(at)

    def close(self, at: datetime) -> None:  # noqa: ARG002  (a submission has more to do)
        """A person says that nothing is to be done, or that it was done after all."""
        self.finish()
