"""The visits on the page of a coach: each resident with how the visit stands."""

from __future__ import annotations

from shared.domain.coach_visit import CoachVisit, Stands, coach_visit
from shared.domain.ids import ContactId
from shared.domain.resident import Resident
from shared.work.services import Services

ORDER: tuple[Stands, ...] = ("to_tell", "ahead", "waits", "cancelled", "done")
MOST = 500
"""Residents of one coach that are read: first those who wait, the longest wait first."""


def coach_list(services: Services, cooperation: str, coach: ContactId) -> dict[Stands, list[CoachVisit]]:
    """In ORDER; within it the earliest first, and of what is over the latest. Raises StoreUnavailable."""
    now = services.clock()
    found: dict[Stands, list[CoachVisit]] = {stands: [] for stands in ORDER}
    residents = services.records(Resident).find(
        where={"cooperation": cooperation, "coach": coach}, order_by="rank", limit=MOST
    )
    for _, resident in residents:
        if visit := coach_visit(resident, now):
            found[visit.stands].append(visit)
    for stands, visits in found.items():
        visits.sort(key=lambda it: (it.since, it.contact_id), reverse=stands in {"cancelled", "done"})
    return found
