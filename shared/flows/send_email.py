"""One e-mail, made when it goes out from what is true then. An appointment that changed meanwhile is told once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.config import Cooperation
from shared.domain.effect import Repeats
from shared.domain.keys import of_building, of_contact
from shared.domain.local_time import from_amsterdam
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.person import email_for_people
from shared.domain.relay import Change, Relay
from shared.domain.resident import Resident
from shared.errors import LinkError, OutcomeUnknown, Refused
from shared.flows.attempt import Attempt, not_done, tell
from shared.mail.address import Address as MailAddress
from shared.mail.calendar import appointment as calendar_file
from shared.mail.facts import MailName
from shared.mail.message import render
from shared.mail.settings import MailSettings
from shared.mail.smtp import build
from shared.records import Stored
from shared.services import Services

SECONDS = 40.0
AGAIN = Repeats(most=2)  # The same Message-ID each time.
_MAILS: dict[Change, MailName] = {
    "set": "appointment_set",
    "moved": "appointment_moved",
    "cancelled": "appointment_cancelled",
}


@dataclass(frozen=True)
class Letter:
    """What goes out. `announces` is the appointment that it tells of, None when it is cancelled."""

    name: MailName
    recipient: MailAddress
    facts: dict[str, Any]
    calendar: bytes | None = None
    announces: str | None = None


def send_email(services: Services, key: str, stored: Stored[OutgoingMail]) -> None:
    mail = stored.record
    if mail.state != "waiting":
        return
    letter = _letter(services, mail)
    if letter is None:
        services.mails.update(key, _finished, stored.document)
        return

    def send(_record: OutgoingMail) -> bool:
        _post(services, key, services.cooperations[mail.cooperation].mail, letter)
        return True

    def settle(record: OutgoingMail, outcome: Any) -> None:
        if isinstance(outcome, OutcomeUnknown) and record.effect and record.effect.again:
            record.finish()  # It went out twice, and two are better than none: nobody has to look.
        elif isinstance(outcome, LinkError):
            not_done(record, "mails", outcome, services.clock(), repeatable=True)

    attempt = Attempt(services.mails, send, settle, SECONDS, repeats=AGAIN)
    attempted = attempt.make(services, key, known=stored.document)
    tell("send_email", attempted.record, attempted.error, parked=attempted.record.parked, kind=mail.kind)
    if attempted.error is None or attempted.record.state == "done":
        _remember(services, mail, letter)
        services.mails.update(key, _finished, attempted.document)
    else:
        services.enqueue("mails", key, attempted.record)


def _finished(stored: OutgoingMail | None) -> OutgoingMail | None:
    if stored:
        stored.finish()
    return stored


def _post(services: Services, key: str, settings: MailSettings | None, letter: Letter) -> None:
    smtp = services.smtp()
    if settings is None or smtp is None:
        raise Refused("Er is geen mailserver ingesteld (LINK_SMTP).")
    message = build(
        render(letter.name, settings, letter.facts),
        sender=settings.sender,
        recipient=letter.recipient,
        reply_to=settings.reply_to,
        message_id=key.replace(":", "-"),
        date=services.clock(),
        calendar=letter.calendar,
    )
    smtp.send(message, letter.recipient.email)


def _letter(services: Services, mail: OutgoingMail) -> Letter | None:
    """None: there is nothing to tell (any more), or nobody to tell it to."""
    settings = services.cooperations[mail.cooperation]
    resident = services.resident(mail.cooperation, mail.contact_id)
    if resident is None or settings.mail is None:
        return None
    if mail.kind == "coach_linked":
        return _to_coach(settings, resident, mail.coach_contact_id or 0)
    if not resident.person.email:
        return None
    if mail.kind == "welcome":
        coach = settings.coach(resident.visit_coach or 0)
        facts = {"first_name": _first_name(resident), "email": email_for_people(resident.person.email)}
        return Letter("welcome", _address_of(resident), {**facts, "coach_name": coach.name if coach else None})
    relay = services.relays.get(of_building(mail.cooperation, mail.building_id or 0))
    item = relay.items.get("afspraak") if relay else None
    now = services.clock()
    change = relay.change_to_tell(now) if relay else None
    if relay is None or item is None or mail.version != item.version or change is None:
        return None
    return _about_appointment(settings, resident, relay, change, now)


def _address_of(resident: Resident) -> MailAddress:
    return MailAddress(resident.person.full_name, resident.person.email)


def _first_name(resident: Resident) -> str:
    return resident.person.first_name or "bewoner"


def _to_coach(settings: Cooperation, resident: Resident, coach_contact_id: int) -> Letter | None:
    coach = settings.coach(coach_contact_id)
    if coach is None:
        return None
    facts = {
        "coach_name": coach.name,
        "first_name": _first_name(resident),
        "last_name": f"{resident.person.prefix} {resident.person.last_name}".strip(),
        "address": resident.address.in_one_line() or None,
        "phone": resident.person.phone or None,
        "email": email_for_people(resident.person.email) or None,
    }
    return Letter("coach_linked", MailAddress(coach.name, coach.email), facts)


def _about_appointment(
    settings: Cooperation, resident: Resident, relay: Relay, change: Change, now: datetime
) -> Letter:
    mail_settings = settings.mail
    assert mail_settings is not None
    told, new = relay.announced, relay.appointment
    coach = settings.coach(resident.visit_coach or 0)
    facts: dict[str, Any] = {
        "first_name": _first_name(resident),
        "starts_at": from_amsterdam(new or told or ""),
        "coach_name": coach.name if coach else None,
        "coach_email": coach.email if coach else None,
        "address": resident.address.in_one_line() or None,
    }
    if change == "moved":
        facts["previous_starts_at"] = from_amsterdam(told or "")
    calendar = calendar_file(
        uid=f"appointment-{relay.cooperation}-{relay.building_id}@dossierlink",
        sequence=relay.items["afspraak"].version,
        stamp=now,
        starts_at=facts["starts_at"],
        minutes=settings.events.appointment_minutes,
        summary=f"Energieadvies van {settings.name}",
        location=facts["address"],
        organizer=mail_settings.sender,
        attendees=[_address_of(resident)],
        cancelled=new is None,
    )
    return Letter(_MAILS[change], _address_of(resident), facts, calendar, announces=new)


def _remember(services: Services, mail: OutgoingMail, letter: Letter) -> None:
    """The next mail tells what changed since this one."""
    now = services.clock()
    if mail.kind == "appointment":

        def announce(stored: Relay | None) -> Relay | None:
            if stored:
                stored.announced = letter.announces
            return stored

        services.relays.update(of_building(mail.cooperation, mail.building_id or 0), announce)
    milestone = {"welcome": "welcomed", "appointment": "appointment", "coach_linked": "coach_told"}[mail.kind]

    def reach(stored: Resident | None) -> Resident | None:
        if stored:
            stored.reach(milestone, now)
            services.spare_phone(stored)
        return stored

    services.residents.update(of_contact(mail.cooperation, mail.contact_id), reach)
