"""Sets the status of a visit through Econobis' webform.

The webform takes no contact id: it looks for the contact by name, address and e-mail address. So a call without the
status (a look) comes first and shows whose visit it would be. When that is not certain, a person has to set the status.
The webform makes a contact when it finds none, but not for the fields that we send (`econobis/payloads.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.domain.ids import ContactId
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.econobis.answers import NoSuchContact, RolledBack, VisitNotFound, WebformAnswer
from shared.econobis.payloads import VisitStatus, look_fields, visit_status_fields
from shared.errors import Refused
from shared.work.limiter import PeerLimits
from shared.work.services import Services

LOOK_SECONDS, SET_SECONDS = 20.0, 60.0
MOST_LOOKS = 2
MOST_CALLS = MOST_LOOKS + 1
SECONDS = MOST_LOOKS * LOOK_SECONDS + SET_SECONDS


class ByHand(Refused):
    """It is not certain whose visit would change, so a person has to set the status in Econobis."""


class ResidentNotKnown(ByHand):
    """The link does not know the e-mail address or the coach, because the resident did not sign up through it."""


class OtherContactFound(ByHand):
    """The webform finds another contact, or none."""


def set_visit_status(  # noqa: PLR0913  (a call needs all of them)
    services: Services,
    relay: Relay,
    contact: ContactId,
    resident: Resident | None,
    status: VisitStatus,
    *,
    previous_call: PeerLimits | None = None,
) -> None:
    """Makes up to MOST_CALLS calls, in SECONDS at most.

    The caller's step was admitted for one call. `previous_call`: the limits of that call when it was made already; None
    when the first look may use it. Raises ByHand, VisitNotFound, NoRoom, or another PeerError.
    """
    if resident is None or not resident.person.email or not resident.visit_coach:
        raise ResidentNotKnown("Van deze bewoner is het e-mailadres of de coach niet bekend in de koppeling.")
    found_by = _found_by(services, relay, contact, resident, previous_call)
    fields = visit_status_fields(
        found_by,
        status=status,
        coach_contact_id=resident.visit_coach,
        campaign_id=campaign_of(services, relay, resident),
    )
    answer = _submit(services, relay, fields, SET_SECONDS, services.limits.econobis(relay.cooperation))
    if answer.contact_id != contact:
        raise OtherContactFound("Het webformulier van Econobis vond een ander contact.")
    if answer.follow_up_undone:
        raise RolledBack(answer.follow_up_undone)
    if not answer.visit_status_updated:
        raise VisitNotFound("Geen kansactie bezoek gevonden voor contact, coach en campagne.")


def _found_by(
    services: Services, relay: Relay, contact: ContactId, resident: Resident, previous_call: PeerLimits | None
) -> Mapping[str, str]:
    """Looks with which fields the webform finds this contact. Raises OtherContactFound.

    The e-mail address comes first, and then the name too, for people who share an e-mail address.
    """
    for fields in _ways(resident):
        try:
            answer = _submit(services, relay, fields, LOOK_SECONDS, previous_call)
        except NoSuchContact:
            raise OtherContactFound("Econobis kent het e-mailadres van deze bewoner niet meer.") from None
        if answer.contact_id == contact:
            return fields
        previous_call = services.limits.econobis(relay.cooperation)
    raise OtherContactFound("Bij het e-mailadres van deze bewoner vindt Econobis een ander contact.")


def _ways(resident: Resident) -> Iterator[Mapping[str, str]]:
    yield look_fields(resident.person.email)
    yield look_fields(resident.person.email, resident.person)


def _submit(
    services: Services, relay: Relay, fields: Mapping[str, str], seconds: float, previous_call: PeerLimits | None
) -> WebformAnswer:
    if previous_call:
        services.limiter.admit_next(previous_call, services.limits.econobis(relay.cooperation))
    return services.econobis(relay.cooperation).submit_webform(fields, seconds)


def campaign_of(services: Services, relay: Relay, resident: Resident | None) -> int:
    """Econobis' id of the campaign of the visit: that of the sign-up, else the first one in the settings.

    The settings must have one.
    """
    known = resident.campaign_id if resident else None
    return known or next(iter(services.cooperations[relay.cooperation].campaigns))
