"""One e-mail, made when it goes out from what is true then. An appointment that changed meanwhile is told once.

What it says: `write_letter.py`; whether its receiver had too many already: `hold_letter.py`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from shared.domain.effect import Repeats
from shared.domain.keys import of_building, of_contact
from shared.domain.outgoing_mail import MailKind, OutgoingMail
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.errors import LinkError, OutcomeUnknown, Refused
from shared.letters.hold_letter import may_go
from shared.letters.write_letter import Letter, write_letter
from shared.mail.message import build
from shared.mail.render import render
from shared.mail.settings import MailSettings
from shared.mail.smtp import NoMailbox
from shared.work.attempt import Attempt, log_attempt, not_done
from shared.work.records import Stored
from shared.work.services import Services

SECONDS = 40.0
AGAIN = Repeats(most=2)  # The same Message-ID each time.
_MILESTONES: dict[MailKind, str] = {
    "welcome": "welcomed",
    "appointment": "appointment",
    "coach_linked": "coach_told",
    "coach_digest": "coach_told",
}


def send_email(services: Services, key: str, stored: Stored[OutgoingMail]) -> None:
    mail = stored.record
    if mail.state != "waiting":
        return
    letter = write_letter(services, mail)
    if letter is None:
        services.mails.update(key, _finished, stored.document)
        return
    if not may_go(services, key, stored, letter.recipient.email):
        return

    def before(record: OutgoingMail) -> None:
        record.counted = True

    def send(record: OutgoingMail) -> bool:
        newest = letter if record.contact_ids == mail.contact_ids else write_letter(services, record)
        _post(services, key, services.cooperations[mail.cooperation].mail, newest or letter)
        return True

    attempt = Attempt(services.mails, send, partial(_settle, services), SECONDS, before=before, repeats=AGAIN)
    attempted = attempt.make(services, key, known=stored.document)
    log_attempt("send_email", attempted.record, attempted.error, parked=attempted.record.parked, kind=mail.kind)
    if attempted.error is None or attempted.record.state == "done":
        _remember(services, attempted.record, letter)
        services.mails.update(key, _finished, attempted.document)
    else:
        services.enqueue("mails", key, attempted.record)


def _settle(services: Services, record: OutgoingMail, outcome: Any) -> None:
    if isinstance(outcome, OutcomeUnknown) and record.effect and record.effect.again:
        record.finish()  # It went out twice, and two are better than none: nobody has to look.
    elif isinstance(outcome, NoMailbox) and record.kind == "confirm_email":
        record.finish()  # Anybody can fill in an address that does not exist.
    elif isinstance(outcome, LinkError):
        not_done(record, "mails", outcome, services.clock(), repeatable=True)


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


def _remember(services: Services, mail: OutgoingMail, letter: Letter) -> None:
    """The next mail tells what changed since this one."""
    now = services.clock()
    if mail.kind == "appointment":

        def announce(stored: Relay | None) -> Relay | None:
            if stored:
                stored.announced = letter.announces
            return stored

        services.relays.update(of_building(mail.cooperation, mail.building_id or 0), announce)
    milestone = _MILESTONES.get(mail.kind)

    def reach(stored: Resident | None) -> Resident | None:
        if stored and milestone:
            stored.reach(milestone, now)
            services.spare_phone(stored)
        return stored

    for contact in [mail.contact_id, *mail.contact_ids] if milestone else []:
        services.residents.update(of_contact(mail.cooperation, contact or 0), reach)
