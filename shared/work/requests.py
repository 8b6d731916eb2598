"""What one flow asks of another: new work, kept once per key, with its task. The other flow then runs by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.domain.dossier_request import DossierRequest
from shared.domain.keys import of_contact, of_link
from shared.domain.link import Link
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.rate import Share
from shared.work.services import Services

FIRST_AFTER = timedelta(seconds=30)  # Econobis may be asking for the dossier by itself at this moment.


def want_dossier(
    services: Services, cooperation: str, contact_id: int, after: timedelta = FIRST_AFTER, *, share: Share = "all"
) -> None:
    """Has Econobis asked for a dossier of this contact: once, also when it is wanted several times.

    A request that was done or given up starts again, and one that is due later is due after `after`. `share` is that
    of the sign-up which needs the dossier. Raises StoreUnavailable.
    """
    key = of_contact(cooperation, contact_id)
    new = services.new(DossierRequest, cooperation=cooperation, contact_id=contact_id)
    wanted = partial(_dossier_wanted, new, services.clock() + after, share)
    if request := services.records(DossierRequest).update(key, wanted):
        services.enqueue_if_possible(key, request)


def _dossier_wanted(new: DossierRequest, at: datetime, share: Share, stored: DossierRequest | None) -> DossierRequest:
    request = stored or new
    if stored is None or stored.state != "waiting":
        request.release(at)
        request.share = share
    elif stored.due_at and stored.due_at > at:
        request.schedule(at)
    return request


def want_link(services: Services, cooperation: str, *, coach: int, resident: int) -> None:
    """Has the coach linked to the resident's dossier, once per pair. A link that was given up starts again.

    Both are contact ids. Raises StoreUnavailable.
    """
    if link := keep_link(services, cooperation, coach=coach, resident=resident):
        services.enqueue_if_possible(of_link(cooperation, coach, resident), link)


def keep_link(
    services: Services, cooperation: str, *, coach: int, resident: int, again_before: datetime | None = None
) -> Link | None:
    """As `want_link`, without the task. A link that was made before `again_before` (UTC) is made once more."""
    new = services.new(Link, cooperation=cooperation, coach_contact_id=coach, resident_contact_id=resident)
    wanted = partial(_link_wanted, new, services.clock(), again_before)
    return services.records(Link).update(of_link(cooperation, coach, resident), wanted)


def _link_wanted(new: Link, now: datetime, again_before: datetime | None, stored: Link | None) -> Link | None:
    if stored is None:
        return new
    if stored.state == "parked" or (again_before and stored.was_made_before(again_before)):
        stored.release(now)
        return stored
    return None


def wake_links(services: Services, cooperation: str, contact_id: int) -> None:
    """Has the links made that wait until this contact, coach or resident, has an account. Raises StoreUnavailable."""
    for key, _ in services.records(Link).find(where={"cooperation": cooperation, "waiting_for": contact_id}):
        if link := services.records(Link).update(key, partial(_woken, contact_id, services.clock())):
            services.enqueue(key, link)


def _woken(contact_id: int, now: datetime, stored: Link | None) -> Link | None:
    if stored and stored.waiting_for == contact_id:
        stored.waiting_for = None
        stored.schedule(now)
    return stored


def want_email(services: Services, key: str, cooperation: str, **values: Any) -> None:
    """Has a letter sent, once per key; `values` are fields of OutgoingMail. Raises StoreUnavailable.

    Nothing happens when the cooperation sends no mail through the link.
    """
    if services.cooperations[cooperation].mail is None:
        return
    mail = services.new(OutgoingMail, cooperation=cooperation, **values)
    if services.records(OutgoingMail).create(key, mail):
        services.enqueue_if_possible(key, mail)
