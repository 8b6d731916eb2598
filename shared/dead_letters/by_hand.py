"""Tells a person how to set a visit's status in Econobis when the link cannot: which contact, visit and status."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.ids import ContactId
from shared.domain.relay import EventKind, Relay
from shared.domain.work import Parked
from shared.econobis.payloads import VisitStatus
from shared.events.follow_event import current_contact
from shared.events.set_visit_status import campaign_of
from shared.work.services import Services

# The codes of dead letters for which the status that the visit should have is known.
_CODES = {"ResidentNotKnown", "OtherContactFound", "VisitNotFound"}

_NAMES: dict[VisitStatus, str] = {
    "made": "Afspraak gemaakt",
    "done": "Afspraak uitgevoerd",
    "cancelled": "Afspraak afgezegd",
}


def by_hand(services: Services, relay: Relay, kind: EventKind, parked: Parked) -> str:
    """The instruction in Dutch, with the words of Econobis' screens; `""` when no status has to be set."""
    return _words(services, relay, _status_of(relay, kind)) if parked.code in _CODES else ""


def _status_of(relay: Relay, kind: EventKind) -> VisitStatus | None:
    """The status that the visit should have now; None when it has it, that is not known, or it is no visit's."""
    if kind == "status":
        return "done" if relay.executed and relay.cancelled else None
    if kind != "appointment":
        return None
    if relay.appointment is None:
        return "cancelled"
    return "made" if relay.is_made_again else None


def _words(services: Services, relay: Relay, status: VisitStatus | None) -> str:
    settings = services.cooperations.get(relay.cooperation)  # None: it was taken out of the settings.
    if status is None or settings is None or not settings.campaigns:
        return ""
    contact = current_contact(services, relay)
    if contact is None:
        return ""
    visit = ", ".join(_visit(services, relay, contact))
    told = " De bewoner krijgt daarna vanzelf bericht." if status == "cancelled" else ""
    return (
        f"Doe dit in Econobis met de hand: open het contact met id {contact} (dat getal staat in het adres van de "
        f"pagina), kies het bezoek {visit}, en zet de status op '{_NAMES[status]}'. Zet dit daarna op "
        f"afgehandeld.{told} Is het e-mailadres of het bezoek in Econobis verbeterd, dan kunt u dit ook opnieuw "
        "versturen."
    )


def _visit(services: Services, relay: Relay, contact: ContactId) -> Iterator[str]:
    """Yields the campaign, the coach and the date, by which a person recognises this visit among others."""
    settings = services.cooperations[relay.cooperation]
    resident = services.find_resident(relay.cooperation, contact)
    if campaign := settings.campaigns.get(campaign_of(services, relay, resident)):
        yield f"onder de campagne '{campaign.name}'"
    if resident and (coach := settings.coach(resident.visit_coach)):
        yield f"met coach {coach.name}"
    if date := relay.planned or relay.last_appointment:
        yield f"gepland op {date[8:10]}-{date[5:7]}-{date[:4]} om {date[11:16]}"
