"""What needs a person now, in one cooperation: the first page, and the e-mail of each working day.

A row is one thing to do for one group of people. All of it stands in one document (`domain/tally.py`, `Now`), however
many residents there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

from shared.domain.journey import WAITS, WaitsFor, last_day
from shared.domain.local_time import day_of
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.domain.tally import key_of_now
from shared.work.kinds import KINDS, kind_of
from shared.work.services import Services

RowKind = Literal["sign_ups", "waits", "visits", "trouble"]
"""`sign_ups`: Econobis has not got them. `waits`: residents wait too long for the next step. `visits`: the appointment
was, and nobody said how it went. `trouble`: dead letters.
"""


@dataclass(frozen=True)
class Row:
    """`count` people, or dead letters. `since` (Amsterdam): the day since which the first of them waits.

    `waits_for` and `limit_days` (longer is too long) are those of a wait, `waiting` is how many wait for it in all.
    `collection` is that of the work, for trouble.
    """

    kind: RowKind
    count: int
    since: date
    waits_for: WaitsFor | None = None
    limit_days: int = 0
    waiting: int = 0
    collection: str = ""


@dataclass(frozen=True)
class NeedsNow:
    """The rows, in the order in which they should be read: trouble first, then the steps of the journey.

    `today` is that of Amsterdam.
    """

    today: date
    rows: tuple[Row, ...]

    @property
    def people(self) -> int:
        """How many people wait too long."""
        return sum(row.count for row in self.rows if row.kind != "trouble")

    @property
    def trouble(self) -> int:
        """How many dead letters there are."""
        return sum(row.count for row in self.rows if row.kind == "trouble")


def needs_now(services: Services, cooperation: str) -> NeedsNow:
    """What needs a person at this moment; no rows when nothing does. Raises StoreUnavailable."""
    now = services.clock()
    stored = services.now.get(key_of_now(cooperation))
    days = _days(stored.counts if stored else {}, now)
    return NeedsNow(day_of(now), (*_trouble(days), *_waits(services, cooperation, days, now)))


# -- the counts --------------------------------------------------------------------------------------------------------


@dataclass
class _Days:
    """How many began on each day, by what they wait for, and by the model that has the dead letters."""

    waits: dict[str, Counter[date]] = field(default_factory=dict)
    trouble: dict[str, Counter[date]] = field(default_factory=dict)


def _days(counts: Mapping[str, int], now: datetime) -> _Days:
    """Without what has expired: the store deletes it without a write that would count. A name that is none of ours is
    passed over.
    """
    found = _Days()
    for name, count in counts.items():
        match name.split("|"):
            case ["waits", waits_for, day] if count > 0 and not _is_forgotten(waits_for, date.fromisoformat(day), now):
                found.waits.setdefault(waits_for, Counter())[date.fromisoformat(day)] += count
            case ["trouble", model, day, expires] if count > 0 and not _is_over(expires, now):
                found.trouble.setdefault(model, Counter())[date.fromisoformat(day)] += count
    return found


def _is_forgotten(waits_for: str, since: date, now: datetime) -> bool:
    """Whether the wait began so long ago that its document has expired, unless something happened to it later."""
    kept = kind_of(Submission if waits_for == "intake" else Resident).kept
    return since + kept <= day_of(now)


def _is_over(expires: str, now: datetime) -> bool:
    """Whether the documents that expire at the beginning of this day (UTC) are gone."""
    return expires != "" and date.fromisoformat(expires) <= now.astimezone(UTC).date()


# -- the rows ----------------------------------------------------------------------------------------------------------


def _trouble(days: _Days) -> Iterator[Row]:
    """A row per kind of work. The page of trouble counts the same, so its number is that of the row."""
    for kind in KINDS:
        if of_kind := days.trouble.get(kind.model.__name__):
            yield Row("trouble", of_kind.total(), min(of_kind), collection=kind.collection)


def _waits(services: Services, cooperation: str, days: _Days, now: datetime) -> Iterator[Row]:
    longest = services.cooperations[cooperation].longest_waits
    for waits_for in WAITS:
        limit, waiting = longest.days(waits_for), days.waits.get(waits_for, Counter[date]())
        too_long = Counter({day: count for day, count in waiting.items() if day <= last_day(now, limit)})
        if too_long:
            yield Row(_kind(waits_for), too_long.total(), min(too_long), waits_for, limit, waiting.total())


def _kind(waits_for: WaitsFor) -> RowKind:
    match waits_for:
        case "intake":
            return "sign_ups"
        case "visit":
            return "visits"
        case _:
            return "waits"
