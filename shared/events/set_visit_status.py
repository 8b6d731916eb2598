"""Sets the status of a visit through Econobis' webform, which takes no contact id: it looks for a contact by what it
is told, and makes one where it finds none.

So a call without the status goes first and shows whose visit it would be; neither can make a contact
(`econobis/payloads.py`). Where that is not certain, a person does it, with the words for it.
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

_NAMES: dict[VisitStatus, str] = {
    "made": "Afspraak gemaakt",
    "done": "Afspraak uitgevoerd",
    "cancelled": "Afspraak afgezegd",
}


class ByHand(Refused):
    """The link cannot set this visit's status for certain; `words_for_a_person` says who, which and what."""


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
    """`after`: what the call before it went with, when there was one; else the limiter gave room for the first already.

    Raises ByHand, VisitNotFound, NoRoom, or a PeerError.
    """
    if resident is None or not resident.person.email or not resident.visit_coach:
        raise ResidentNotKnown("Van deze bewoner is het e-mailadres of de coach niet bekend in de koppeling.")
    found_by = _found_by(services, relay, contact, resident, after)
    fields = visit_status_fields(
        found_by, status=status, coach_contact_id=resident.visit_coach, campaign_id=_campaign(services, relay, resident)
    )
    answer = _submit(services, relay, fields, SET_SECONDS, services.econobis_limits(relay.cooperation))
    if answer.contact_id != contact:
        raise OtherContactFound("Het webformulier van Econobis vond een ander contact.")
    if answer.follow_up_undone:
        raise RolledBack(answer.follow_up_undone)
    if not answer.visit_status_updated:
        raise VisitNotFound("Geen kansactie bezoek gevonden voor contact, coach en campagne.")


def _found_by(
    services: Services, relay: Relay, contact: int, resident: Resident, after: PeerLimits | None
) -> Mapping[str, str]:
    """What leads to this contact. People who share an e-mail address are told apart by their names."""
    for fields in _ways(resident):
        try:
            answer = _submit(services, relay, fields, LOOK_SECONDS, after)
        except NoSuchContact:
            raise OtherContactFound("Econobis kent het e-mailadres van deze bewoner niet meer.") from None
        if answer.contact_id == contact:
            return fields
        after = services.econobis_limits(relay.cooperation)
    raise OtherContactFound("Bij het e-mailadres van deze bewoner vindt Econobis een ander contact.")


def _ways(resident: Resident) -> Iterator[Mapping[str, str]]:
    yield look_fields(resident.person.email)
    yield look_fields(resident.person.email, resident.person)


def _submit(
    services: Services, relay: Relay, fields: Mapping[str, str], seconds: float, after: PeerLimits | None
) -> WebformAnswer:
    if after:
        services.limiter.admit_next(after, services.econobis_limits(relay.cooperation))
    return services.econobis(relay.cooperation).submit_webform(fields, seconds)


def _campaign(services: Services, relay: Relay, resident: Resident | None) -> int:
    known = resident.campaign_id if resident else None
    return known or next(iter(services.cooperations[relay.cooperation].campaigns))


def words_for_a_person(services: Services, relay: Relay, status: VisitStatus | None) -> str:
    """Who, which visit and what, for Econobis' own screen; `""` when no status is to be set."""
    settings = services.cooperations[relay.cooperation]
    if status is None or not settings.campaigns:
        return ""
    contact = settings.current_contact(relay.contact_id or 0)
    resident = services.resident(relay.cooperation, contact)
    campaign = settings.campaigns.get(_campaign(services, relay, resident))
    coach = settings.coach(resident.visit_coach or 0) if resident else None
    date = relay.planned or relay.last_appointment
    visit = ", ".join(
        part
        for part in (
            f"onder de campagne '{campaign.name}'" if campaign else "",
            f"met coach {coach.name}" if coach else "",
            f"gepland op {date[8:10]}-{date[5:7]}-{date[:4]} om {date[11:16]}" if date else "",
        )
        if part
    )
    told = " De bewoner krijgt daarna vanzelf bericht." if status == "cancelled" else ""
    return (
        f"Doe dit in Econobis met de hand: open het contact met id {contact} (dat getal staat in het adres van de "
        f"pagina), kies het bezoek {visit}, en zet de status op '{_NAMES[status]}'. Sluit dit daarna af.{told} "
        "Is het e-mailadres of het bezoek in Econobis verbeterd, dan kunt u dit ook opnieuw afspelen."
    )
