"""The audit lines of a cooperation, the newest first, in pages; searched by person, action or contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from shared.domain.ids import ContactId
from shared.store.port import Document, is_key
from shared.work.audit import Action, AuditLine
from shared.work.services import Services

ACTIONS: tuple[str, ...] = get_args(Action)
PAGE = 50
MOST_READ = 200


@dataclass(frozen=True)
class Searched:
    """What is searched for; what is empty does not count. `action` is an `Action`."""

    by: str = ""
    action: str = ""
    contact_id: ContactId | None = None

    def fits(self, line: AuditLine) -> bool:
        """Whether a line is one of those."""
        return (
            self.by.casefold() in {"", line.by.casefold()}
            and self.action in {"", line.action}
            and self.contact_id in {None, line.contact_id}
        )


def trail(services: Services, cooperation: str, searched: Searched, after: str = "") -> tuple[list[AuditLine], str]:
    """At most PAGE lines after the place `after`, and the place where the next page begins; `""` at the end.

    Reads at most MOST_READ lines; a page may hold fewer than PAGE although there are more. Raises StoreUnavailable.
    """
    lines: list[AuditLine] = []
    for _ in range(MOST_READ // PAGE):
        found = _page(services, cooperation, searched, _document(after))
        for key, line in found:
            after = f"{line.model_dump(mode='json')['at']}|{key}"
            if searched.fits(line):
                lines.append(line)
            if len(lines) == PAGE:
                return lines, after
        if len(found) < PAGE:
            return lines, ""
    return lines, after


def _document(after: str) -> Document | None:
    at, _, key = after.partition("|")
    return Document(key, {"at": at}, "") if is_key(key) else None


def _page(
    services: Services, cooperation: str, searched: Searched, after: Document | None
) -> list[tuple[str, AuditLine]]:
    """One page by the field that narrows most; `trail` looks at the others."""
    if searched.contact_id is not None:
        return services.audit.records.find(
            where={"cooperation": cooperation, "contact_id": searched.contact_id},
            order_by="at",
            descending=True,
            limit=PAGE,
            after=after,
        )
    if searched.by:
        return services.audit.records.find(
            where={"cooperation": cooperation, "by": searched.by},
            order_by="at",
            descending=True,
            limit=PAGE,
            after=after,
        )
    if searched.action:
        return services.audit.records.find(
            where={"cooperation": cooperation, "action": searched.action},
            order_by="at",
            descending=True,
            limit=PAGE,
            after=after,
        )
    return services.audit.records.find(
        where={"cooperation": cooperation}, order_by="at", descending=True, limit=PAGE, after=after
    )
