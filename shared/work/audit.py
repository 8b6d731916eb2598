"""Audit lines: one document for each decision of an operator: who decided what, when, and about what."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from shared.clock import Moment, to_text
from shared.domain.ids import ContactId
from shared.domain.keys import hashed
from shared.domain.stored_model import StoredModel
from shared.errors import AlreadyExists
from shared.logs import log
from shared.retention import AUDIT, expiry
from shared.store.port import Store
from shared.work.records import Records

if TYPE_CHECKING:
    from shared.work.services import Services

Action = Literal["replay", "replay_many", "settle", "close", "forget", "erase", "read", "try_now", "export"]
_OF_CONTACT = re.compile(r"(?:[a-z_]+/)?[a-z0-9-]+:([1-9][0-9]{0,17})")


class AuditLine(StoredModel):
    """`about` is the id of a dead letter, the key `of_contact`, or the key of a `Replay`.

    `by` is the name that the operator gave, or the e-mail address of staff. `action` is an `Action`, or one of another
    version of the link. `contact_id` is the contact whom it is about, where that is known.
    """

    at: Moment
    by: str
    action: str
    about: str
    cooperation: str
    contact_id: ContactId | None = None
    expires_at: Moment


class Audit:
    """The audit lines, to be read: `Services.audit`."""

    def __init__(self, store: Store) -> None:
        self.records = Records(store, "audit", AuditLine)


def write_down(  # noqa: PLR0913  (a line consists of these)
    services: Services,
    action: Action,
    about: str,
    *,
    cooperation: str,
    by: str,
    contact_id: ContactId | None = None,
    once: str = "",
) -> None:
    """Stores an audit line, and logs the action without `about` and `by`. Raises StoreUnavailable.

    `contact_id` need not be given when `about` ends in it. Of the lines of one action with the same text `once` only
    the first is stored.
    """
    now = services.clock()
    named = _OF_CONTACT.fullmatch(about)
    line = AuditLine(
        at=now,
        by=by,
        action=action,
        about=about,
        cooperation=cooperation,
        contact_id=contact_id or (ContactId(int(named[1])) if named and _names_contact(about) else None),
        expires_at=expiry(AUDIT, now),
    )
    key = f"{action}-{hashed(once)}" if once else f"{to_text(now)}-{uuid4().hex[:8]}"
    with suppress(AlreadyExists):
        services.store.create("audit", key, line.model_dump(mode="json"))
        log.info("decided", flow="audit", cooperation=cooperation, outcome=action)


def _names_contact(about: str) -> bool:
    """A relay is named by its building, and other documents by a hash."""
    return about.partition("/")[0] in {"residents", "dossier_requests"} or "/" not in about
