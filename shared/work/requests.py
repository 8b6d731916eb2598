"""What one flow asks of another: it stores work for it, once per key, and makes its task.

Flows do not import each other, so this is the only way from one to the next. Each function raises StoreUnavailable; to
call it once more is harmless.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from shared.domain.dossier_request import DossierRequest
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact, of_link
from shared.domain.link import Link
from shared.domain.outgoing_mail import MailKind, OutgoingMail
from shared.domain.rate import Share
from shared.work.services import Services

FIRST_AFTER = timedelta(seconds=30)  # Econobis may be asking for the dossier by itself at this moment.


def want_dossier(
    services: Services, cooperation: str, contact_id: ContactId, after: timedelta = FIRST_AFTER, *, share: Share = "all"
) -> None:
    """Makes Econobis ask for a dossier of this contact, `after` from now at the latest.

    A request that was done or given up starts again. `share` is that of the sign-up which needs the dossier.
    """
    key, now = of_contact(cooperation, contact_id), services.clock()
    new = DossierRequest(cooperation=cooperation, contact_id=contact_id, accepted_at=now)
    wanted = partial(_dossier_wanted, new.begin(services.expiry(DossierRequest)), now + after, share)
    if request := services.records(DossierRequest).update(key, wanted):
        services.enqueue_if_possible(key, request)


def _dossier_wanted(new: DossierRequest, at: datetime, share: Share, record: DossierRequest | None) -> DossierRequest:
    request = record or new
    if record is None or record.state != "waiting":
        request.release(at)
        request.share = share
    elif record.due_at and record.due_at > at:
        request.schedule(at)
    return request


def want_link(services: Services, cooperation: str, *, coach: ContactId, resident: ContactId) -> None:
    """Links the coach to the resident's dossier, once per pair. A link that was given up starts again."""
    link = keep_link(services, cooperation, coach=coach, resident=resident)
    services.enqueue_if_possible(of_link(cooperation, coach, resident), link)


def keep_link(
    services: Services,
    cooperation: str,
    *,
    coach: ContactId,
    resident: ContactId,
    again_before: datetime | None = None,
) -> Link:
    """As `want_link`, without the task. A link that was made before `again_before` (UTC) is made once more."""
    now = services.clock()
    new = Link(cooperation=cooperation, coach_contact_id=coach, resident_contact_id=resident, accepted_at=now)
    wanted = partial(_link_wanted, new.begin(services.expiry(Link)), now, again_before)
    link = services.records(Link).update(of_link(cooperation, coach, resident), wanted)
    assert link is not None
    return link


def _link_wanted(new: Link, now: datetime, again_before: datetime | None, record: Link | None) -> Link | None:
    if record is None:
        return new
    if record.state == "parked" or (again_before and record.was_made_before(again_before)):
        record.release(now)
        return record
    return None


def wake_links(services: Services, cooperation: str, contact_id: ContactId) -> None:
    """Makes the links that waited until this contact, a coach or a resident, has an account."""
    for key, _ in services.records(Link).find(where={"cooperation": cooperation, "waiting_for": contact_id}):
        if link := services.records(Link).update(key, partial(_woken, contact_id, services.clock())):
            services.enqueue(key, link)


def _woken(contact_id: ContactId, now: datetime, record: Link | None) -> Link | None:
    if record and record.waiting_for == contact_id:
        record.waiting_for = None
        record.schedule(now)
    return record


def want_email(  # noqa: PLR0913  (each kind of letter names its own)
    services: Services,
    key: str,
    cooperation: str,
    kind: MailKind,
    *,
    contact_id: ContactId | None = None,
    coach_contact_id: ContactId | None = None,
    building_id: int | None = None,
    version: int = 0,
    confirmation: str = "",
    reader: str = "",
) -> None:
    """Sends a letter, once per key. OutgoingMail says which arguments each kind needs.

    Does nothing when the cooperation sends no mail through the link.
    """
    if services.cooperations[cooperation].mail is None:
        return
    mail = OutgoingMail(
        cooperation=cooperation,
        kind=kind,
        contact_id=contact_id,
        coach_contact_id=coach_contact_id,
        building_id=building_id,
        version=version,
        confirmation=confirmation,
        reader=reader,
        accepted_at=services.clock(),
    ).begin(services.expiry(OutgoingMail))
    if services.records(OutgoingMail).create(key, mail):
        services.enqueue_if_possible(key, mail)
