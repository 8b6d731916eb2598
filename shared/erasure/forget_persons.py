"""Drops the names and addresses of residents for whom nothing was done for PERSONAL (`shared/retention.py`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from shared.clock import to_text
from shared.domain.resident import Resident
from shared.work.services import Services

PAGE = 500
LATER = timedelta(days=1)


def forget_persons(services: Services) -> None:
    """Handles up to PAGE residents whose `personal_until` has passed; the next call handles the next ones.

    Raises StoreUnavailable.
    """
    now = services.clock()
    due = services.records(Resident).all(order_by="personal_until", at_most=to_text(now), limit=PAGE)
    for key, _ in islice(due, PAGE):
        services.records(Resident).edit(key, partial(_forget, now))


def _forget(now: datetime, record: Resident) -> None:
    if record.personal_until is None or record.personal_until > now:
        return
    if record.state == "done":
        record.forget_person()
    else:
        record.personal_until = now + LATER  # Work on it is under way, or a person has to look.
