"""Dead letters of every kind, stored as the link itself would store them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.domain.dossier_request import DossierRequest
from shared.domain.ids import ContactId
from shared.domain.keys import of_building, of_contact, of_link
from shared.domain.link import Link
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.relay import EventKind, Item, Relay
from shared.domain.resident import Person, Resident
from shared.domain.work import Parked, Work
from shared.work.services import Services

KEPT = timedelta(days=100)


def parked(code: str, at: datetime, reason: str = "reden") -> Parked:
    return Parked(code=code, reason=reason, at=at, unknown=code == "OutcomeUnknown")


def keep(services: Services, key: str, work: Work) -> str:
    """Stores it, and returns its key."""
    work.expires_at = services.clock() + KEPT
    assert services.records(type(work)).create(key, work)
    return key


def known_resident(services: Services, cooperation: str, contact: int, name: str = "Vries") -> None:
    resident = Resident.first_seen(cooperation, ContactId(contact), services.clock())
    resident.person = Person(first_name="Anna", last_name=name)
    keep(services, of_contact(cooperation, ContactId(contact)), resident)


def stuck_events(
    services: Services,
    cooperation: str,
    building: int,
    causes: Iterable[tuple[EventKind, str]],
    *,
    at: datetime | None = None,
    contact: int | None = None,
) -> str:
    """The events of one home that stand still, each with its cause."""
    now = services.clock()
    contact_id = ContactId(contact or building)
    relay = Relay(
        cooperation=cooperation, building_id=building, contact_id=contact_id, account_id=building, accepted_at=now
    )
    for kind, code in causes:
        item = Item(digest="x", version=1, contact_id=contact_id, accepted_at=now, known_since=now, next_at=now)
        item.payload = {"account_related": {"building_id": building}}
        item.park(parked(code, at or now))
        relay.items[kind] = item
    relay.reschedule()
    relay.due_at = None
    return keep(services, of_building(cooperation, building), relay)


def stuck_link(services: Services, cooperation: str, contact: int, code: str, at: datetime | None = None) -> str:
    now = services.clock()
    coach, resident = ContactId(11), ContactId(contact)
    link = Link(cooperation=cooperation, coach_contact_id=coach, resident_contact_id=resident, accepted_at=now)
    link.park(parked(code, at or now))
    return keep(services, of_link(cooperation, coach, resident), link)


def stuck_request(services: Services, cooperation: str, contact: int, code: str, at: datetime | None = None) -> str:
    now = services.clock()
    request = DossierRequest(cooperation=cooperation, contact_id=ContactId(contact), accepted_at=now)
    request.park(parked(code, at or now))
    return keep(services, of_contact(cooperation, ContactId(contact)), request)


def stuck_dossier(services: Services, cooperation: str, contact: int, at: datetime | None = None) -> str:
    now = services.clock()
    resident = Resident.first_seen(cooperation, ContactId(contact), now)
    resident.person = Person(first_name="Anna", last_name="Vries")
    resident.park(parked("dossier_exists", at or now))
    return keep(services, of_contact(cooperation, ContactId(contact)), resident)


def stuck_mail(services: Services, cooperation: str, contact: int, code: str, at: datetime | None = None) -> str:
    now = services.clock()
    mail = OutgoingMail(cooperation=cooperation, kind="welcome", contact_id=ContactId(contact), accepted_at=now)
    mail.park(parked(code, at or now))
    return keep(services, f"welcome-{cooperation}:{contact}", mail)


def some_of_each(services: Services, cooperation: str) -> int:
    """Stores dead letters of all kinds, in homes with more than one too. Returns how many."""
    now = services.clock()
    homes: dict[int, list[tuple[EventKind, str]]] = {
        501: [("plan", "KeyUnknown"), ("usage", "KeyUnknown"), ("appointment", "VisitNotFound")],
        502: [("plan", "KeyUnknown")],
        503: [("usage", "KeyUnknown"), ("delete", "delete_held"), ("report", "no_pdf")],
        504: [("status", "OutcomeUnknown")],
    }
    for number, (building, causes) in enumerate(homes.items()):
        stuck_events(services, cooperation, building, causes, at=now - timedelta(hours=number))
    for number in range(7):
        stuck_link(services, cooperation, 600 + number, "NotRegistered", now - timedelta(hours=number))
    stuck_request(services, cooperation, 700, "Refused")
    stuck_request(services, cooperation, 701, "OutcomeUnknown")
    stuck_dossier(services, cooperation, 702)
    stuck_mail(services, cooperation, 703, "NoMailbox")
    return 8 + 7 + 4
