"""Audit lines: one document for each decision of an operator: who decided what, when, and about what."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Literal
from uuid import uuid4

from shared.clock import Moment, to_text
from shared.domain.ids import ContactId
from shared.domain.keys import digest
from shared.domain.stored_model import StoredModel
from shared.logs import log
from shared.retention import AUDIT, expiry
from shared.store.port import Document
from shared.work.records import Records
from shared.work.services import Services

Action = Literal["replay", "settle", "close", "forget", "erase", "read", "try_now", "export"]
"""`read`: looked at the page of a resident. `export`: took out all that is kept of one."""
READ_ONCE_IN = timedelta(minutes=10)
"""Who looks at the same resident more often leaves one line."""


class AuditLine(StoredModel):
    """`about` is the id of a dead letter, or the key `of_contact`. `by` is the name that the operator gave.

    `contact_id` is the resident, when one is known.
    """

    at: Moment
    by: str
    action: Action
    about: str
    cooperation: str
    expires_at: Moment
    contact_id: ContactId | None = None

    def derived(self) -> dict[str, Any]:
        """As in StoredModel. `decided`: somebody changed or took out something, and did not only look."""
        return {"decided": self.action != "read"}


def write_down(  # noqa: PLR0913  (who did what to whom)
    services: Services,
    action: Action,
    about: str,
    *,
    cooperation: str,
    by: str,
    contact_id: ContactId | None = None,
) -> None:
    """Stores an audit line, and logs the action without `about` and `by`. Raises StoreUnavailable."""
    line = _line(services, action=action, about=about, cooperation=cooperation, by=by, contact_id=contact_id)
    _lines(services).create(f"{to_text(line.at)}-{uuid4().hex[:8]}", line)
    log.info("decided", flow="audit", cooperation=cooperation, outcome=action)


def write_down_reading(
    services: Services, about: str, *, cooperation: str, by: str, contact_id: ContactId | None = None
) -> None:
    """Stores that `by` looks at the resident: one line per READ_ONCE_IN of the clock. Raises StoreUnavailable."""
    line = _line(services, action="read", about=about, cooperation=cooperation, by=by, contact_id=contact_id)
    began = line.at - (line.at - datetime.min.replace(tzinfo=UTC)) % READ_ONCE_IN
    _lines(services).create(f"{to_text(began)}-{digest([by, about])[:8]}", line)


def decisions_about(services: Services, cooperation: str, contact_id: ContactId, limit: int = 50) -> list[AuditLine]:
    """What was decided about a resident. Raises StoreUnavailable."""
    where = {"cooperation": cooperation, "contact_id": contact_id, "decided": True}
    return [line for _, line in _lines(services).find(where=where, limit=limit)]


def documents_about(
    services: Services, cooperation: str, contacts: Collection[ContactId], abouts: Collection[str]
) -> Iterator[Document]:
    """Every audit line about these contacts, or about a thing of `abouts`, as it is stored. Raises StoreUnavailable."""
    lines, seen = _lines(services), set[str]()
    of_contacts = (lines.documents(cooperation=cooperation, contact_id=contact) for contact in contacts)
    of_things = (lines.documents(cooperation=cooperation, about=about) for about in abouts)
    for document in chain.from_iterable((*of_contacts, *of_things)):
        if document.key not in seen:
            seen.add(document.key)
            yield document


def _lines(services: Services) -> Records[AuditLine]:
    return Records(services.store, "audit", AuditLine)


def _line(services: Services, **fields: Any) -> AuditLine:
    now = services.clock()
    return AuditLine(at=now, expires_at=expiry(AUDIT, now), **fields)
