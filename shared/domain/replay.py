"""Many dead letters that are sent again at once, as work of its own: which ones, how far it is, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, PlainSerializer

from shared.clock import Moment
from shared.domain.cause_titles import DECISIONS, UNSURE
from shared.domain.ids import ContactId
from shared.domain.stored_model import StoredModel
from shared.domain.work import Work

AT_ONCE = 25
"""So many are sent again in one step, so that a crash repeats little."""

MOST = 10_000
"""So many are sent again by one at most: the ids of what is under way have to fit in its document."""

WATCHED = timedelta(days=1)
"""After this nobody waits for the result any more. What is still to be tried goes on by itself."""


def _lines(value: object) -> object:
    return value.split("\n") if isinstance(value, str) and value else value or []


Ids = Annotated[list[str], BeforeValidator(_lines), PlainSerializer("\n".join)]
"""Ids of dead letters. Stored as one text, because Firestore makes index entries for each element of a list."""


class Chosen(StoredModel):
    """Which dead letters: all that fit what is not empty.

    `cause` is a `Parked.code`, `kind` the name of a source (`dead_letters/sources.py`) or a collection, `system` a
    peer. `unknown`: only those whose outcome is not known. `contact_id`: only those about this contact.
    """

    cause: str = ""
    kind: str = ""
    system: str = ""
    unknown: bool = False
    contact_id: ContactId | None = None

    def takes(self, code: str) -> bool:
        """Whether a bulk replay of what was chosen includes this cause: DECISIONS only when they were asked for."""
        return code not in DECISIONS or self.cause == code or (self.unknown and code in UNSURE)


class Replay(Work):
    """Sends again what was `chosen` and was a dead letter before `before` (UTC). `by` is who asked for it.

    `expected` is how many the person was shown. `cursor` is how far it has looked, `batch` what it is sending again
    now. `sent` were sent again, `cannot` are those that a replay cannot help, and `passed_by` were no dead letters any
    more. Of those that were sent, `left` are not done yet, `done` are, and `again` are dead letters again, by cause.
    `all_sent_at` (UTC): from then on nothing was left to send. `contact_id` is that of `chosen`, for an erasure.
    """

    by: str
    chosen: Chosen = Chosen()
    contact_id: ContactId | None = None
    before: Moment
    expected: int = 0
    cursor: str = ""
    batch: Ids = []
    sent: int = 0
    cannot: int = 0
    passed_by: int = 0
    left: Ids = []
    done: int = 0
    again: dict[str, int] = {}
    all_sent_at: Moment | None = None

    @classmethod
    def of(cls, chosen: Chosen, cooperation: str, by: str, *, before: Moment, expected: int, at: Moment) -> Self:  # noqa: PLR0913 (each is a fact of its own)
        """A new one, at `at` (UTC)."""
        contact = chosen.contact_id
        new = cls(cooperation=cooperation, chosen=chosen, by=by, before=before, accepted_at=at)
        new.contact_id, new.expected = contact, expected
        return new

    @property
    def is_sending(self) -> bool:
        """Whether there may be more to send."""
        return self.all_sent_at is None or bool(self.batch)

    @property
    def under_way(self) -> int:
        """How many were sent again, and are neither done nor dead letters again."""
        return self.sent - self.done - sum(self.again.values())

    def take(self, batch: Collection[str], cursor: str, now: Moment, *, cannot: int) -> None:
        """Takes the next ones, up to `cursor`; `""` when there are no more after these. At MOST it stops."""
        self.batch, self.cursor = list(batch), cursor
        self.cannot += cannot
        is_full = self.sent + len(self.batch) > MOST - AT_ONCE
        self.all_sent_at = None if cursor and not is_full else now

    def note_sent(self, sent: Collection[str], *, passed_by: int) -> None:
        """The batch was sent again."""
        self.sent += len(sent)
        self.passed_by += passed_by
        self.left, self.batch = [*self.left, *sent], []

    def leave_out(self, places: Collection[str]) -> None:
        """Forgets what is in these documents (`collection/key`), because they were erased. They count as done."""
        gone = {it for it in (*self.batch, *self.left) if "/".join(it.split("/")[:2]) in places}
        self.done += len(gone.intersection(self.left))
        self.batch, self.left = ([it for it in ids if it not in gone] for ids in (self.batch, self.left))

    def note_looked(self, looked: Collection[str], still: Collection[str], again: Counter[str]) -> None:
        """Of those that were `looked` at, `still` are under way, and `again` are dead letters again, by cause."""
        looked_at = set(looked)
        self.left = [*(it for it in self.left if it not in looked_at), *still]
        self.done += len(looked_at) - len(still) - again.total()
        self.again = dict(Counter(self.again) + again)
