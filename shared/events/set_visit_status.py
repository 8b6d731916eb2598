"""Sets the status of a visit through Econobis' webform.

The webform takes no contact id: it looks for a contact by name, address and e-mail address, and makes one where it
finds none. So a call without the status goes first and shows whose visit it would be. Neither call can make a contact
(`econobis/payloads.py`). When it is not certain whose visit it is, a person sets the status.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    """The link cannot be certain whose visit it would change, so a person sets the status in Econobis."""


class ResidentNotKnown(ByHand):
    """The webform needs an e-mail address, and this resident did not come through us."""


class OtherContactFound(ByHand):
    """Econobis' webform finds somebody else, or nobody."""


def set_visit_status(  # noqa: PLR0913
    services: Services,
    relay: Relay,
    contact: int,
    resident: Resident | None,
    status: VisitStatus,
    *,
    after: PeerLimits | None = None,
) -> None:
    """`after`: the limits of the call that was made before this one, in the same step; None when there was none, and
    the limiter gave room for the first call already.

    Raises ByHand, VisitNotFound, NoRoom, or a PeerError.
    """
    if resident is None or not resident.person.email or not resident.visit_coach:
        raise ResidentNotKnown("Van deze bewoner is het e-mailadres of de coach niet bekend in de koppeling.")
    found_by = _found_by(services, relay, contact, resident, after)
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
    services: Services, relay: Relay, contact: int, resident: Resident, after: PeerLimits | None
) -> Mapping[str, str]:
    """The fields by which Econobis finds this contact. People who share an e-mail address differ in their names."""
    for fields in _ways(resident):
        try:
            answer = _submit(services, relay, fields, LOOK_SECONDS, after)
        except NoSuchContact:
            raise OtherContactFound("Econobis kent het e-mailadres van deze bewoner niet meer.") from None
        if answer.contact_id == contact:
            return fields
        after = services.limits.econobis(relay.cooperation)
    raise OtherContactFound("Bij het e-mailadres van deze bewoner vindt Econobis een ander contact.")


def _ways(resident: Resident) -> Iterator[Mapping[str, str]]:
    yield look_fields(resident.person.email)
    yield look_fields(resident.person.email, resident.person)


def _submit(
    services: Services, relay: Relay, fields: Mapping[str, str], seconds: float, after: PeerLimits | None
) -> WebformAnswer:
    if after:
        services.limiter.admit_next(after, services.limits.econobis(relay.cooperation))
    return services.econobis(relay.cooperation).submit_webform(fields, seconds)


def campaign_of(services: Services, relay: Relay, resident: Resident | None) -> int:
    """The campaign of the visit: that of the resident's sign-up, else the first one in the settings."""
    known = resident.campaign_id if resident else None
    return known or next(iter(services.cooperations[relay.cooperation].campaigns))
