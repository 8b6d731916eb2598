"""The visits in the calendar of a coach, or of the coordinator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.clock import to_text
from shared.config import Cooperation
from shared.domain.coach_visit import took_place
from shared.domain.ids import ContactId
from shared.domain.proper_name import fit_to_show
from shared.domain.resident import Resident
from shared.mail.calendar import Visit, followed_calendar, uid_of
from shared.store.port import narrowed
from shared.work.services import Services

PAST_SHOWN = timedelta(days=92)
"""How long a visit stays in the calendar after its date."""
CANCELLED_SHOWN = timedelta(days=30)
"""How long a visit that was cancelled or removed is shown as cancelled: an agenda may look only once a day."""


def calendar_file(services: Services, cooperation: str, coach: ContactId | None) -> bytes:
    """The calendar of a coach, or of all coaches (None). Raises StoreUnavailable."""
    settings = services.cooperations[cooperation]
    known = settings.coach(coach)
    name = f"Huisbezoeken {known.name if known else settings.name}"
    return followed_calendar(name, _visits(services, cooperation, coach))


def _visits(services: Services, cooperation: str, coach: ContactId | None) -> Iterator[Visit]:
    """By time."""
    settings, now = services.cooperations[cooperation], services.clock()
    asked = {} if coach is None else {"coach": coach}
    for _, resident in services.records(Resident).all(
        where=narrowed({"cooperation": cooperation}, asked, "coach"),
        order_by="calendar_at",
        at_least=to_text(now - PAST_SHOWN),
        limit=500,
    ):
        if visit := _visit(settings, resident, now, with_coach=coach is None):
            yield visit


def _visit(settings: Cooperation, resident: Resident, now: datetime, *, with_coach: bool) -> Visit | None:
    """None when there never was one, or it was cancelled longer ago than CANCELLED_SHOWN.

    A visit that took place is not cancelled when its date is removed afterwards. Name and address are there as long as
    the link keeps them.
    """
    changed_at, visit = resident.visit_changed_at or resident.accepted_at, resident.visit
    starts_at = visit.visit_at or visit.gone_visit_at
    is_gone = visit.milestones.cancelled is not None or (visit.visit_at is None and not took_place(visit))
    if starts_at is None or (is_gone and changed_at < now - CANCELLED_SHOWN):
        return None
    return Visit(
        uid=_uid_of(resident),
        sequence=resident.visit_version,
        stamp=changed_at,
        starts_at=starts_at,
        minutes=settings.events.appointment_minutes,
        summary=_summary(settings, resident, with_coach=with_coach),
        location=resident.address.fit_to_show() or None,
        cancelled=is_gone,
    )


def _uid_of(resident: Resident) -> str:
    """By contact for a home whose number is not known."""
    if building_id := resident.visit_building_id or resident.building_id:
        return uid_of(resident.cooperation, building_id)
    return f"appointment-{resident.cooperation}-contact-{resident.contact_id}@dossierlink"


def _summary(settings: Cooperation, resident: Resident, *, with_coach: bool) -> str:
    who = fit_to_show(resident.person.full_name) or f"contact {resident.contact_id}"
    coach = settings.coach(resident.coach) if with_coach else None
    return f"Huisbezoek {who}" + (f" ({coach.name})" if coach else "")
