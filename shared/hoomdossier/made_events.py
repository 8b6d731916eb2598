"""Events that Hoomdossier did not send: a person read them on its screens, in its report, or did it as a coach.

They have the form of a push (`docs/peers/hoomdossier.md` 4.2 and 4.3), so all that follows is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.ids import ContactId
from shared.domain.local_time import to_amsterdam
from shared.hoomdossier.inbound import Event, event_of


@dataclass(frozen=True)
class Home:
    """Whose home it is: the ids that every event names. The first three are Hoomdossier's, `contact_id` Econobis'."""

    building_id: int
    user_id: int | None
    account_id: int
    contact_id: ContactId


def appointment_event(home: Home, at: datetime | None, coaches: Sequence[ContactId]) -> Event:
    """The visit is at `at`, a moment with a zone; None: it was removed. `coaches` are those who are linked.

    A visit of which only the day is known is at midnight in Amsterdam (`domain/local_time.py`).
    """
    said = {"appointment_date": to_amsterdam(at) if at else None}
    return event_of("appointment", {**_related(home), **said, **_coaches(coaches)})


def executed_event(home: Home, coaches: Sequence[ContactId]) -> Event:
    """The visit took place. The number of the status is that of every installation: it comes from the seeders."""
    status = {"id": 5, "short": "executed", "name": "Uitgevoerd"}
    return event_of("status", {**_related(home), "status": status, **_coaches(coaches)})


def _related(home: Home) -> dict[str, Any]:
    return {
        "account_related": {
            "building_id": home.building_id,
            "user_id": home.user_id,
            "account_id": home.account_id,
            "contact_id": home.contact_id,
        }
    }


def _coaches(coaches: Sequence[ContactId]) -> dict[str, Any]:
    """Without the ids of the coaches in Hoomdossier, which Econobis does not use."""
    return {"coaches": [{"contact_id": coach} for coach in coaches]} if coaches else {}
