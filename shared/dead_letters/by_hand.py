"""How a person sets a visit's status in Econobis where the link cannot: which contact, which visit, which status."""

from __future__ import annotations

from shared.domain.relay import EventKind, Relay
from shared.domain.work import Parked
from shared.econobis.payloads import VisitStatus
from shared.events.set_visit_status import campaign_of
from shared.work.services import Services

# Errors after which the status that the visit should have is known.
_CODES = {"ResidentNotKnown", "OtherContactFound", "VisitNotFound"}

_NAMES: dict[VisitStatus, str] = {
    "made": "Afspraak gemaakt",
    "done": "Afspraak uitgevoerd",
    "cancelled": "Afspraak afgezegd",
}


def by_hand(services: Services, relay: Relay, kind: EventKind, parked: Parked) -> str:
    """The instruction in Dutch, for Econobis' own screens; `""` when no status is to be set."""
    return _words(services, relay, _status_of(relay, kind)) if parked.code in _CODES else ""


def _status_of(relay: Relay, kind: EventKind) -> VisitStatus | None:
    """The status that the visit should have now; None when only Econobis' own answer says what is missing."""
    if kind == "status":
        return "done" if relay.executed and relay.cancelled else None
    if relay.appointment is None:
        return "cancelled"
    return "made" if relay.is_made_again else None


def _words(services: Services, relay: Relay, status: VisitStatus | None) -> str:
    settings = services.cooperations[relay.cooperation]
    if status is None or not settings.campaigns:
        return ""
    contact = settings.current_contact(relay.contact_id or 0)
    resident = services.find_resident(relay.cooperation, contact)
    campaign = settings.campaigns.get(campaign_of(services, relay, resident))
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
