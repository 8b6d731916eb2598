"""Audit lines: one document for each decision of an operator: who decided what, when, and about what."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from shared.clock import Moment, to_text
from shared.domain.ids import ContactId
from shared.domain.keys import digest, hashed
from shared.domain.stored_model import StoredModel
from shared.logs import log
from shared.retention import AUDIT, expiry
from shared.store.port import Document, Store
from shared.work.records import Records

if TYPE_CHECKING:
    from shared.work.services import Services

Action = Literal[
    "replay", "replay_many", "settle", "close", "forget", "erase", "read", "try_now", "export", "revoke", "remake",
    "import", "enter_visit", "cancel_visit", "tell_visit",
]  # fmt: skip
"""`read`: looked at the page of a resident. `export`: took out all that is kept of one. `revoke` and `remake`: the
address of a calendar or of a coach's page. `import`: delivered what a file of Hoomdossier says. On the page of a coach
somebody entered a visit (`enter_visit`), cancelled it, or told that it took place (`tell_visit`)."""
READ_ONCE_IN = timedelta(minutes=10)
"""Who looks at the same resident more often leaves one line."""
SECONDS, PATIENCE = 10.0, 5.0
"""The longest that the reads and writes of a decision take, and how long another one waits for them."""
_OF_CONTACT = re.compile(r"(?:[a-z_]+/)?[a-z0-9-]+:([1-9][0-9]{0,17})")


class AuditLine(StoredModel):
    """`about` is the id of a dead letter, the key `of_contact`, `submissions/…`, or the key of a `Replay`.

    `by` is the name that the operator gave, or the e-mail address of staff or a coach. `action` is an `Action`, or one
    of another version of the link. `contact_id` is the contact whom it is about, where that is known. `visit_at` (UTC)
    is the moment of the visit that a coach entered, and `reason` why it was cancelled (`CancelReason`).
    """

    at: Moment
    by: str
    action: str
    about: str
    cooperation: str
    contact_id: ContactId | None = None
    visit_at: Moment | None = None
    reason: str = ""
    expires_at: Moment

    def derived(self) -> dict[str, Any]:
        """As in StoredModel. `decided`: somebody changed or took out something, and did not only look."""
        return {"decided": self.action != "read"}


class Audit:
    """The audit lines, to be read: `Services.audit`. Every method raises StoreUnavailable."""

    def __init__(self, store: Store) -> None:
        self.records = Records(store, "audit", AuditLine)

    def decisions_about(self, cooperation: str, contact_id: ContactId, limit: int = 50) -> list[AuditLine]:
        """What was decided about a resident."""
        where = {"cooperation": cooperation, "contact_id": contact_id, "decided": True}
        return [line for _, line in self.records.find(where=where, limit=limit)]

    def documents_about(
        self, cooperation: str, contacts: Collection[ContactId], abouts: Collection[str]
    ) -> Iterator[Document]:
        """Every line about these contacts, or about a thing of `abouts`, as it is stored."""
        lines, seen = self.records, set[str]()
        of_contacts = (lines.documents(cooperation=cooperation, contact_id=contact) for contact in contacts)
        of_things = (lines.documents(cooperation=cooperation, about=about) for about in abouts)
        for document in chain.from_iterable((*of_contacts, *of_things)):
            if document.key not in seen:
                seen.add(document.key)
                yield document


def deciding(services: Services, key: str) -> AbstractContextManager[None]:
    """One decision at a time about the work with this key, or the account that `settle_dossier` names so.

    Read it within, and write the line before the change. Then no line says that somebody did what somebody else did
    first, and after a crash none is lost. Raises Busy while somebody else decides about it, and StoreUnavailable.
    """
    return services.once.alone(f"decision-{hashed(key)}", SECONDS, PATIENCE)


def write_down(  # noqa: PLR0913  (a line consists of these)
    services: Services,
    action: Action,
    about: str,
    *,
    cooperation: str,
    by: str,
    contact_id: ContactId | None = None,
    visit_at: datetime | None = None,
    reason: str = "",
    once: str = "",
) -> None:
    """Stores an audit line, and logs the action without `about` and `by`. Raises StoreUnavailable.

    `contact_id` need not be given when `about` ends in it. Of the lines of one action with the same text `once` only
    the first is stored.
    """
    line = _line(services, action, about, cooperation, by, contact_id)
    line.visit_at, line.reason = visit_at, reason
    key = f"{action}-{hashed(once)}" if once else f"{to_text(line.at)}-{uuid4().hex[:8]}"
    if services.audit.records.create(key, line):
        log.info("decided", flow="audit", cooperation=cooperation, outcome=action)


def write_down_reading(
    services: Services, about: str, *, cooperation: str, by: str, contact_id: ContactId | None = None
) -> None:
    """Stores that `by` looks at the resident: one line per READ_ONCE_IN of the clock. Raises StoreUnavailable."""
    line = _line(services, "read", about, cooperation, by, contact_id)
    began = line.at - (line.at - datetime.min.replace(tzinfo=UTC)) % READ_ONCE_IN
    services.audit.records.create(f"{to_text(began)}-{digest([by, about])[:8]}", line)


def as_written(by: str) -> str:
    """How a line names who decided: an e-mail address is in lower case, as a sign-in gives it."""
    return by.lower() if "@" in by else by


def _line(  # noqa: PLR0913, PLR0917  (a line consists of these)
    services: Services, action: Action, about: str, cooperation: str, by: str, contact_id: ContactId | None
) -> AuditLine:
    now, named = services.clock(), _OF_CONTACT.fullmatch(about)
    known = contact_id or (ContactId(int(named[1])) if named and _names_contact(about) else None)
    return AuditLine(
        at=now,
        by=as_written(by),
        action=action,
        about=about,
        cooperation=cooperation,
        contact_id=known,
        expires_at=expiry(AUDIT, now),
    )


def _names_contact(about: str) -> bool:
    """A relay is named by its building, and other documents by a hash."""
    return about.partition("/")[0] in {"residents", "dossier_requests"} or "/" not in about
