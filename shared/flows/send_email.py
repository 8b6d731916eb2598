"""Sends one letter. Its text is made when it goes out, from what is true then: several changes become one letter.

The text: `letters/write_letter.py`. Whether its receiver had too many letters already: `letters/hold_letter.py`.
"""

from __future__ import annotations

from functools import partial

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
from shared.work.records import Stored
from shared.work.services import Services
from shared.work.step import Step, log_attempt

_MILESTONES: dict[MailKind, str] = {
    "welcome": "welcomed",
    "appointment": "appointment",
    "coach_linked": "coach_told",
    "coach_digest": "coach_told",
}


def send_email(services: Services, key: str, stored: Stored[OutgoingMail]) -> None:
    """Sends it; or finishes without a letter when there is nothing to tell any more."""
    mail, mails = stored.record, services.records(OutgoingMail)
    if mail.state != "waiting":
        return
    letter = write_letter(services, mail)
    if letter is None:
        mails.update(key, _finished, stored)
        return
    if not may_go(services, key, stored, letter.recipient.email):
        return
    attempted = SendEmail(services, key, mail, letter).run(stored)
    mail = attempted.record
    log_attempt("send_email", mail, attempted.error, parked=mail.parked, kind=mail.kind)
    if attempted.error is None or mail.state == "done":
        _remember(services, mail, letter)
        mails.update(key, _finished, attempted.stored)
    else:
        services.enqueue(key, mail)


def _finished(stored: OutgoingMail | None) -> OutgoingMail | None:
    if stored:
        stored.finish()
    return stored


class SendEmail(Step[OutgoingMail, None]):
    """Gives the letter to the mail server. Each repeat has the same Message-ID."""

    seconds = 40.0
    repeats = Repeats(most=2)

    def __init__(self, services: Services, key: str, mail: OutgoingMail, letter: Letter) -> None:
        super().__init__(services, services.records(OutgoingMail), key)
        self._letter = letter
        self._residents = list(mail.contact_ids)

    def before(self, record: OutgoingMail) -> None:
        record.counted = True

    def send(self, record: OutgoingMail) -> None:
        letter = self._letter
        if record.contact_ids != self._residents:  # A digest got one more resident meanwhile.
            letter = write_letter(self.services, record) or letter
        _post(self.services, self.key, self.services.cooperations[record.cooperation].mail, letter)

    def worked(self, record: OutgoingMail, _answer: None) -> None:
        """`send_email` finishes it, after it remembered what the letter told."""

    def failed(self, record: OutgoingMail, error: LinkError) -> None:
        if isinstance(error, OutcomeUnknown) and record.effect and record.effect.again:
            record.finish()  # It may have gone out twice, which is better than none: nobody has to look.
        elif isinstance(error, NoMailbox) and record.kind == "confirm_email":
            record.finish()  # Anybody can fill in an address that does not exist.
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
    """What the receiver knows now: the next letter tells what changed since."""
    if mail.kind == "appointment":
        key = of_building(mail.cooperation, mail.building_id or 0)
        services.records(Relay).update(key, partial(_announced, letter.announces))
    if milestone := _MILESTONES.get(mail.kind):
        for contact in (mail.contact_id, *mail.contact_ids):
            reached = partial(_reached, services, milestone)
            services.records(Resident).update(of_contact(mail.cooperation, contact or 0), reached)


def _announced(appointment: str | None, stored: Relay | None) -> Relay | None:
    if stored:
        stored.announced = appointment
    return stored


def _reached(services: Services, milestone: str, stored: Resident | None) -> Resident | None:
    if stored:
        stored.reach(milestone, services.clock())
        stored.drop_phone(letters=services.cooperations[stored.cooperation].mail is not None)
    return stored
