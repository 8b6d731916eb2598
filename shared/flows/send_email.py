"""Sends one letter. Its text is written just before, so that several changes become one letter.

`letters/write_letter.py` writes the text. `letters/hold_letter.py` holds it back when its receiver got too many.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from shared.domain.effect import Repeats
from shared.domain.keys import of_building, of_contact
from shared.domain.outgoing_mail import MailKind, OutgoingMail
from shared.domain.relay import Relay
from shared.domain.resident import Milestone, Resident
from shared.errors import LinkError, OutcomeUnknown, Refused
from shared.letters.hold_letter import hold_back_if_too_many
from shared.letters.write_letter import Letter, write_letter
from shared.mail.answers import NoMailbox
from shared.mail.message import build
from shared.mail.render import render
from shared.mail.settings import MailSettings
from shared.staff.digest_letter import write_digest
from shared.work.records import Stored
from shared.work.services import Services
from shared.work.step import Step, log_attempt

_MILESTONES: dict[MailKind, Milestone] = {
    "welcome": "welcomed",
    "appointment": "appointment",
    "coach_linked": "coach_told",
    "coach_digest": "coach_told",
}


def send_email(services: Services, key: str, stored: Stored[OutgoingMail]) -> None:
    """Sends the letter, or finishes without one when there is nothing to tell any more."""
    mail, mails = stored.record, services.records(OutgoingMail)
    if mail.state != "waiting":
        return
    letter = _write(services, mail)
    if letter is None:
        mails.edit(key, OutgoingMail.finish, stored)
        return
    if hold_back_if_too_many(services, key, stored, letter.recipient.email):
        return
    attempted = SendEmail(services, key, mail, letter).run(stored)
    mail = attempted.record
    log_attempt("send_email", mail, attempted.error, parked=mail.parked, kind=mail.kind)
    # `SendEmail.failed` finishes a letter whose outcome stays unknown. The receiver may have it, so it counts as sent.
    if attempted.error is None or mail.state == "done":
        _remember(services, mail, letter)
        mails.edit(key, OutgoingMail.finish, attempted.stored)
    else:
        services.enqueue(key, mail)


def _write(services: Services, mail: OutgoingMail) -> Letter | None:
    return write_digest(services, mail) if mail.kind == "staff_digest" else write_letter(services, mail)


class SendEmail(Step[OutgoingMail, None]):
    """Gives the letter to the mail server. Each repeat has the same Message-ID."""

    seconds = 40.0
    repeats = Repeats(most=2)

    def __init__(self, services: Services, key: str, mail: OutgoingMail, letter: Letter) -> None:
        super().__init__(services, services.records(OutgoingMail), key, limits=None)
        self._letter = letter
        self._residents = list(mail.contact_ids)

    def before(self, record: OutgoingMail) -> None:
        record.counted = True

    def send(self, record: OutgoingMail) -> None:
        letter = self._letter
        if record.contact_ids != self._residents:  # Another resident joined the digest meanwhile.
            letter = _write(self.services, record) or letter
        _post(self.services, self.key, self.services.cooperations[record.cooperation].mail, letter)

    def worked(self, record: OutgoingMail, _answer: None) -> None:
        """Nothing: `send_email` finishes the mail, after `_remember`."""

    def failed(self, record: OutgoingMail, error: LinkError) -> None:
        if isinstance(error, OutcomeUnknown) and record.effect and record.effect.again:
            record.finish()  # It was sent twice without an answer. Nobody has to look: at worst the letter came twice.
        elif isinstance(error, NoMailbox) and record.kind == "confirm_email":
            record.finish()  # Anybody can fill in an address that does not exist.
        elif record.kind == "staff_digest" and isinstance(error, Refused):
            record.finish()  # What it says stands on the staff pages, and the next working day has its own letter.
        else:
            super().failed(record, error)


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
    """Writes down what the receiver knows now, because the next letter tells only what changed since."""
    if mail.kind == "appointment" and mail.building_id:
        key = of_building(mail.cooperation, mail.building_id)
        services.records(Relay).edit(key, partial(_announce, letter.announces))
    if milestone := _MILESTONES.get(mail.kind):
        for contact in filter(None, (mail.contact_id, *mail.contact_ids)):
            reach = partial(_reach, milestone, services.clock())
            services.records(Resident).edit(of_contact(mail.cooperation, contact), reach)


def _announce(appointment: str | None, record: Relay) -> None:
    record.announced = appointment


def _reach(milestone: Milestone, now: datetime, record: Resident) -> None:
    record.reach(milestone, now)
    record.drop_phone(letters=True)
