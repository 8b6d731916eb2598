"""Of residents for whom nothing was done for long only the ids stay; `domain/retention.py` says how long that is."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from shared.clock import to_text
from shared.domain.resident import Resident
from shared.work.services import Services

PAGE = 500
LATER = timedelta(days=1)


def forget_persons(services: Services) -> None:
    """It reads only those whose moment has come, whatever the number of residents; the rest go next time."""
    now = services.clock()
    for key, _ in services.records(Resident).find(order_by="personal_until", at_most=to_text(now), limit=PAGE):
        services.records(Resident).update(key, partial(_forget, now))


def _forget(now: datetime, stored: Resident | None) -> Resident | None:
    if stored is None or stored.personal_until is None or stored.personal_until > now:
        return None
    if stored.state == "done":
        stored.forget_person()
    else:
        stored.personal_until = now + LATER  # Something is still to be done, or a person has to look.
    return stored
