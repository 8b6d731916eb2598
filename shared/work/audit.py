"""Audit lines: one document for each decision of an operator: who decided what, when, and about what."""

from __future__ import annotations

from typing import Literal
from uuid import uuid4

from pydantic import BaseModel

from shared.clock import Moment, to_text
from shared.logs import log
from shared.retention import AUDIT, expiry
from shared.work.services import Services

Action = Literal["replay", "settle", "close", "forget", "erase"]


class AuditLine(BaseModel):
    """`about` is the id of a dead letter, or the key `of_contact`. `by` is the name that the operator gave."""

    at: Moment
    by: str
    action: Action
    about: str
    cooperation: str
    expires_at: Moment


def write_down(services: Services, action: Action, about: str, *, cooperation: str, by: str) -> None:
    """Stores an audit line, and logs the action without `about` and `by`. Raises StoreUnavailable."""
    now = services.clock()
    expires_at = expiry(AUDIT, now)
    line = AuditLine(at=now, by=by, action=action, about=about, cooperation=cooperation, expires_at=expires_at)
    services.store.create("audit", f"{to_text(now)}-{uuid4().hex[:8]}", line.model_dump(mode="json"))
    log.info("decided", flow="audit", cooperation=cooperation, outcome=action)
