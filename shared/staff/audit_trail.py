"""The audit lines of a cooperation, the newest first, in pages; searched by person, action or contact."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import get_args

from shared.clock import to_text
from shared.domain.ids import ContactId
from shared.store.port import Document, is_key, narrowed
from shared.work.audit import Action, AuditLine, as_written
from shared.work.services import Services

ACTIONS: tuple[str, ...] = get_args(Action)
PAGE = 50


@dataclass(frozen=True)
class Searched:
    """What is searched for; what is empty does not count. `action` is an `Action`."""

    by: str = ""
    action: str = ""
    contact_id: ContactId | None = None

    @property
    def equal(self) -> dict[str, object]:
        """The fields that a line must have."""
        return {name: value for name, value in {**asdict(self), "by": as_written(self.by)}.items() if value}


def trail(services: Services, cooperation: str, searched: Searched, after: str = "") -> tuple[list[AuditLine], str]:
    """At most PAGE lines after the place `after`, and the place where the next page begins; `""` at the end.

    Raises StoreUnavailable.
    """
    found = services.audit.records.find(
        where=narrowed({"cooperation": cooperation}, searched.equal, "action", "by", "contact_id"),
        order_by="at",
        descending=True,
        limit=PAGE,
        after=_document(after),
    )
    lines = [line for _, line in found]
    return lines, _place(*found[-1]) if len(found) == PAGE else ""


def _place(key: str, line: AuditLine) -> str:
    return f"{to_text(line.at)}|{key}"


def _document(after: str) -> Document | None:
    at, _, key = after.partition("|")
    return Document(key, {"at": at}, "") if is_key(key) else None
