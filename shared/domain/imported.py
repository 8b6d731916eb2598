"""What a person brings from Hoomdossier's screens, beside what the link knows of that visit: news, the same, or older.

A file has no moment per row, so a row counts as true at the moment when the file was made. A push is always surer: what
was pushed later wins, and a file cannot bring back what a push has replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from shared.clock import from_text
from shared.domain.local_time import from_amsterdam, has_time, to_amsterdam
from shared.domain.relay import Relay

Stand = Literal["news", "same", "older", "removed"]
"""`news` is to be delivered. `older`: the link knows something newer. `removed`: the dossier was removed since."""


@dataclass(frozen=True, slots=True)
class KnownVisit:
    """The fields of Relay with the same names, and when its appointment became true: `changed_at` (UTC).

    `was_executed`: a visit to this home, perhaps an earlier one, was told to have taken place.

    `was_pushed`: Hoomdossier sent it itself, or a coach entered it on the own page (`was_entered`), which Hoomdossier
    does not see.
    """

    contact_id: int | None = None
    appointment: str | None = None
    before: str | None = None
    removed: str | None = None
    planned: str | None = None
    cancelled: bool = False
    executed: bool = False
    was_executed: bool = False
    is_removed: bool = False
    changed_at: datetime | None = None
    was_pushed: bool = False
    was_entered: bool = False
    is_stuck: bool = False

    @classmethod
    def of_relay(cls, relay: Relay) -> Self:
        """Of the relay of the home."""
        return cls.of_document(relay.model_dump(mode="json"))

    @classmethod
    def of_document(cls, data: Mapping[str, Any]) -> Self:
        """Of the relay as it is stored. Reading the whole model would be slow for all homes of a large file."""
        item = data.get("items", {}).get("appointment") or {}
        return cls(
            contact_id=data.get("contact_id"),
            appointment=data.get("appointment"),
            before=data.get("before"),
            removed=data.get("removed"),
            planned=data.get("planned"),
            cancelled=data.get("cancelled", False),
            executed=data.get("executed", False),
            was_executed="status" in data.get("items", {}),
            is_removed=data.get("deleted_at") is not None,
            changed_at=from_text(item["known_since"]) if item else None,
            was_pushed=bool(item) and not item.get("found", False),
            was_entered=bool(item.get("entered", False)),
            is_stuck=data.get("needs_person", False),
        )


def stand_of_appointment(known: KnownVisit | None, at: datetime | None, as_of: datetime) -> Stand:
    """Of an appointment at `at`, true at `as_of` (UTC); None: Hoomdossier has no appointment.

    A day without a time (`domain/local_time.py`) says nothing new beside a time on that day.
    """
    if known is None:
        return "news" if at else "same"
    if known.is_removed:
        return "removed"
    if _says(known.appointment, at):
        return "same"
    if _knows_later(known, as_of) or (known.was_pushed and at and _was_replaced(known, at)):
        return "older"
    return "news"


def stand_of_executed(known: KnownVisit | None, as_of: datetime) -> Stand:
    """Of a visit that took place, as Hoomdossier said at `as_of` (UTC)."""
    if known is None:
        return "news"
    if known.is_removed:
        return "removed"
    if known.executed:
        return "same"
    return "older" if _knows_later(known, as_of) else "news"


def _knows_later(known: KnownVisit, as_of: datetime) -> bool:
    return known.changed_at is not None and known.changed_at > as_of


def _was_replaced(known: KnownVisit, at: datetime) -> bool:
    return any(old is not None and _says(old, at) for old in (known.before, known.removed))


def _says(known: str | None, at: datetime | None) -> bool:
    """Whether both say the same. `known` is in Amsterdam."""
    if known is None or at is None:
        return known is None and at is None
    told = to_amsterdam(at)
    return told == known or (not has_time(at) and told[:10] == to_amsterdam(from_amsterdam(known))[:10])
