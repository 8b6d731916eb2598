"""What needs a person now, in one cooperation: the first page, and the e-mail of each working day.

A row is one thing to do for one group of people. It reads at most 200 documents, however many residents there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.clock import to_text
from shared.dead_letters.causes import what_stands
from shared.domain.ids import ContactId
from shared.domain.journey import WAITS, WaitsFor
from shared.domain.replay import Chosen
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.work.kinds import KINDS
from shared.work.services import Services

MOST = 1000
"""Counts stop here: a row then says "1000 or more"."""

RowKind = Literal["sign_ups", "waits", "visits", "trouble"]
"""`sign_ups`: Econobis has not got them. `waits`: residents wait too long for the next step. `visits`: the appointment
was, and nobody said how it went. `trouble`: dead letters.
"""


@dataclass(frozen=True)
class Row:
    """`count` people, or dead letters, at least `MOST` when it is that. `since` (UTC): the one that waits longest.

    `waits_for` and `limit_days` (longer is too long) are those of a wait, `waiting` is how many wait for it in all.
    `collection` is that of the work, for trouble. The one that waits longest is `contact_id`, or the sign-up `key`;
    `name` is theirs, `""` when it is not known.
    """

    kind: RowKind
    count: int
    since: datetime
    waits_for: WaitsFor | None = None
    limit_days: int = 0
    waiting: int = 0
    collection: str = ""
    contact_id: ContactId | None = None
    key: str = ""
    name: str = ""


@dataclass(frozen=True)
class NeedsNow:
    """The rows, in the order in which they should be read: trouble first, then the steps of the journey."""

    at: datetime
    rows: tuple[Row, ...]

    @property
    def people(self) -> int:
        """How many people wait too long, at least."""
        return sum(row.count for row in self.rows if row.kind != "trouble")

    @property
    def trouble(self) -> int:
        """How many dead letters there are, at least."""
        return sum(row.count for row in self.rows if row.kind == "trouble")


def needs_now(services: Services, cooperation: str) -> NeedsNow:
    """What needs a person at this moment; no rows when nothing does. Raises StoreUnavailable."""
    now = services.clock()
    rows = (*_trouble(services, cooperation), *_waits(services, cooperation, now))
    return NeedsNow(now, rows)


def longest_wait(services: Services, cooperation: str, waits_for: WaitsFor) -> int:
    """After how many days staff read that somebody waits too long."""
    days: int = getattr(services.cooperations[cooperation].longest_waits, waits_for)
    return days


# -- waits ---------------------------------------------------------------------------------------------------------


def _waits(services: Services, cooperation: str, now: datetime) -> Iterator[Row]:
    for waits_for in WAITS:
        limit = longest_wait(services, cooperation, waits_for)
        until = to_text(now - timedelta(days=limit))
        find = _sign_ups if waits_for == "intake" else _residents
        if row := find(services, cooperation, waits_for, until, limit):
            yield row


def _sign_ups(services: Services, cooperation: str, waits_for: WaitsFor, until: str, limit: int) -> Row | None:
    """Of all sign-ups only those that wait for Econobis have a rank."""
    found = services.records(Submission).find(
        where={"cooperation": cooperation}, order_by="rank", at_most=until, limit=1
    )
    if not found:
        return None
    ((key, oldest),) = found
    return Row(
        "sign_ups",
        services.records(Submission).count(
            where={"cooperation": cooperation}, order_by="rank", at_most=until, up_to=MOST
        ),
        oldest.accepted_at,
        waits_for,
        limit,
        services.records(Submission).count(where={"cooperation": cooperation, "waits_for": waits_for}, up_to=MOST),
        key=key,
        name=oldest.sign_up.person.full_name if oldest.sign_up else "",
    )


def _residents(services: Services, cooperation: str, waits_for: WaitsFor, until: str, limit: int) -> Row | None:
    found = services.records(Resident).find(
        where={"cooperation": cooperation, "waits_for": waits_for}, order_by="rank", at_most=until, limit=1
    )
    if not found:
        return None
    ((_, oldest),) = found
    return Row(
        "visits" if waits_for == "visit" else "waits",
        services.records(Resident).count(
            where={"cooperation": cooperation, "waits_for": waits_for}, order_by="rank", at_most=until, up_to=MOST
        ),
        oldest.place().since,
        waits_for,
        limit,
        services.records(Resident).count(where={"cooperation": cooperation, "waits_for": waits_for}, up_to=MOST),
        contact_id=oldest.contact_id,
        name=oldest.person.full_name,
    )


# -- trouble -----------------------------------------------------------------------------------------------------------


def _trouble(services: Services, cooperation: str) -> Iterator[Row]:
    """A row per kind of work. The page of trouble counts the same, so its number is that of the row."""
    causes = what_stands(services, cooperation, Chosen()).causes
    for kind in KINDS:
        if of_kind := [cause for cause in causes if cause.source.kind is kind]:
            count, since = sum(cause.count for cause in of_kind), min(cause.since for cause in of_kind)
            yield Row("trouble", count, since, collection=kind.collection)
