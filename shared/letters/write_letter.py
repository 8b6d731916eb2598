"""Writes the letter for an `OutgoingMail` from the newest data: its template, receiver, facts and calendar file.

Names and places were typed by strangers or came from a peer. So they pass `fit_to_show`, which drops what could lead a
reader to another place, such as a web address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.config import Cooperation
from shared.domain.ids import ContactId
from shared.domain.keys import of_building
from shared.domain.local_time import from_amsterdam
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.person import email_for_people
from shared.domain.proper_name import fit_to_show
from shared.domain.relay import Change, Relay
from shared.domain.resident import Resident
from shared.mail.address import Address as MailAddress
from shared.mail.calendar import Visit, appointment, uid_of
from shared.mail.facts import MailName
from shared.work.services import Services

_MAILS: dict[Change, MailName] = {
    "set": "appointment_set",
    "moved": "appointment_moved",
    "cancelled": "appointment_cancelled",
}


@dataclass(frozen=True)
class Letter:
    """`name` is the template, and `facts` are its values (`mail/facts.py`).

    `announces` is the appointment (Europe/Amsterdam) that it tells; None when that is cancelled.
    """

    name: MailName
    recipient: MailAddress
    facts: dict[str, Any]
    calendar: bytes | None = None
    announces: str | None = None


def write_letter(services: Services, mail: OutgoingMail) -> Letter | None:
    """None when there is nothing to tell (any more), or nobody to tell it to. Raises StoreUnavailable."""
    settings = services.cooperations[mail.cooperation]
    if settings.mail is None:
        return None
    if mail.kind == "coach_digest":
        return _digest(services, settings, mail)
    if mail.kind == "confirm_email":
        return _to_confirm(services, mail)
    resident = services.find_resident(mail.cooperation, mail.contact_id) if mail.contact_id else None
    return _about(services, settings, resident, mail) if resident else None


def _to_confirm(services: Services, mail: OutgoingMail) -> Letter | None:
    """Without a name, because anybody may have typed the e-mail address."""
    asked = services.confirmations.get(mail.confirmation)
    if asked is None or asked.sign_up is None:
        return None
    form = f"{services.queue.target_url('receive-webform')}/{asked.cooperation}/{asked.form}"
    facts = {
        "url": f"{form}/confirm/{mail.confirmation}",
        "filled_in_at": asked.sign_up.consent_at,
        "until": asked.expires_at,
    }
    return Letter("confirm_email", MailAddress("", asked.sign_up.person.email), facts)


def _about(services: Services, settings: Cooperation, resident: Resident, mail: OutgoingMail) -> Letter | None:
    if mail.kind == "coach_linked":
        return _to_coach(settings, resident, mail.coach_contact_id)
    if not resident.person.email:
        return None
    return _welcome(settings, resident) if mail.kind == "welcome" else _of_visit(services, settings, resident, mail)


def _welcome(settings: Cooperation, resident: Resident) -> Letter:
    coach = settings.coach(resident.visit_coach)
    facts = {
        "first_name": _first_name(resident),
        "email": email_for_people(resident.person.email),
        "coach_name": coach.name if coach else None,
    }
    return Letter("welcome", _address_of(resident), facts)


def _address_of(resident: Resident) -> MailAddress:
    return MailAddress(fit_to_show(resident.person.full_name), resident.person.email)


def _first_name(resident: Resident) -> str:
    return fit_to_show(resident.person.first_name) or "bewoner"  # Shown when no usable first name is known.


def _last_name(resident: Resident) -> str:
    name = resident.person.surname
    return fit_to_show(name) or (name and "(zie het dossier)")


def _home(resident: Resident) -> str | None:
    return resident.address.fit_to_show() or None


def _to_coach(settings: Cooperation, resident: Resident, coach_contact_id: ContactId | None) -> Letter | None:
    coach = settings.coach(coach_contact_id)
    if coach is None:
        return None
    facts = {"coach_name": coach.name, **_whom_to_visit(resident)}
    return Letter("coach_linked", MailAddress(coach.name, coach.email), facts)


def _whom_to_visit(resident: Resident) -> dict[str, Any]:
    return {
        "first_name": _first_name(resident),
        "last_name": _last_name(resident),
        "address": _home(resident),
        "phone": resident.person.phone or None,
        "email": email_for_people(resident.person.email) or None,
    }


def _digest(services: Services, settings: Cooperation, mail: OutgoingMail) -> Letter | None:
    """About the residents who were not erased meanwhile."""
    coach = settings.coach(mail.coach_contact_id)
    residents = [services.find_resident(mail.cooperation, contact) for contact in mail.contact_ids]
    known = [_whom_to_visit(resident) for resident in residents if resident]
    if coach is None or not known:
        return None
    return Letter("coach_digest", MailAddress(coach.name, coach.email), {"coach_name": coach.name, "residents": known})


def _of_visit(services: Services, settings: Cooperation, resident: Resident, mail: OutgoingMail) -> Letter | None:
    """None when the appointment changed since: then there is another mail, about the newer one."""
    relay = services.records(Relay).get(of_building(mail.cooperation, mail.building_id)) if mail.building_id else None
    if relay is None:
        return None
    item, now = relay.items.get("appointment"), services.clock()
    change = relay.change_to_tell(now)
    if item is None or mail.version != item.version or change is None:
        return None
    return _about_appointment(settings, resident, relay, change, now)


def _about_appointment(
    settings: Cooperation, resident: Resident, relay: Relay, change: Change, now: datetime
) -> Letter:
    mail_settings = settings.mail
    assert mail_settings is not None
    told, new = relay.announced, relay.appointment
    coach = settings.coach(resident.visit_coach)
    facts: dict[str, Any] = {
        "first_name": _first_name(resident),
        "starts_at": from_amsterdam(new or told or ""),
        "coach_name": coach.name if coach else None,
        "coach_email": coach.email if coach else None,
        "address": _home(resident),
    }
    if change == "moved":
        facts["previous_starts_at"] = from_amsterdam(told or "")
    visit = Visit(
        uid=uid_of(relay.cooperation, relay.building_id),
        sequence=relay.items["appointment"].version,
        stamp=now,
        starts_at=facts["starts_at"],
        minutes=settings.events.appointment_minutes,
        summary=f"Energieadvies van {settings.name}",
        location=facts["address"],
        cancelled=new is None,
    )
    calendar = appointment(visit, mail_settings.sender, [_address_of(resident)])
    return Letter(_MAILS[change], _address_of(resident), facts, calendar, announces=new)
