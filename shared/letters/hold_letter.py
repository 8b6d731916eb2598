"""A letter that is one too many for its receiver: a welcome waits for a person, a note to a coach for the digest.

Letters about an appointment are not counted: each follows what a coach saved, and holding one back would have a
resident wait for nobody.
"""

from __future__ import annotations

from shared.domain.letter_count import COACH_NOTES, WELCOMES, LetterCount
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.work import Parked
from shared.letters.count_letters import by_address, count_letter
from shared.logs import log
from shared.work.records import Stored
from shared.work.services import Services

HELD = f"Naar dit e-mailadres gingen in een dag al {WELCOMES.most} welkomstbrieven."
HELD_ADVICE = (
    "Deze is niet verstuurd: misschien vult iemand het adres van een ander in. Kijk bij het contact in Econobis of de "
    "aanmelding klopt. Klopt zij, speel dit dan opnieuw af: dan gaat de brief uit. Klopt zij niet, sluit dit dan af."
)


def may_go(services: Services, key: str, stored: Stored[OutgoingMail], email: str) -> bool:
    """False: it is held, and that is written down. `email` is where it goes."""
    mail = stored.record
    if mail.kind == "welcome" and not mail.counted:
        goes, _ = count_letter(services, mail.cooperation, by_address("welcome", email), key, WELCOMES)
        return goes or _hold(services, key, stored)
    if mail.kind == "coach_linked" and not mail.counted:
        receiver = "coach", mail.coach_contact_id
        goes, counted = count_letter(services, mail.cooperation, receiver, key, COACH_NOTES)
        return goes or _leave_to_digest(services, key, stored, counted)
    return True


def _hold(services: Services, key: str, stored: Stored[OutgoingMail]) -> bool:
    parked = Parked(reason=HELD, advice=HELD_ADVICE, at=services.clock())

    def hold(record: OutgoingMail | None) -> OutgoingMail | None:
        if record and record.state == "waiting":
            record.park(parked)
        return record

    services.mails.update(key, hold, stored.document)
    # No alarm: strangers could sound it as often as they like.
    log.warning("held", flow="send_email", cooperation=stored.record.cooperation, kind=stored.record.kind)
    return False


def _leave_to_digest(services: Services, key: str, stored: Stored[OutgoingMail], counted: LetterCount) -> bool:
    """The digest is a mail of its own, at the end of the hour.

    The resident is written into it first, and then this mail is finished: a crash in between repeats both.
    """
    mail, now = stored.record, services.clock()
    digest_key = f"coach_digest-{mail.cooperation}:{mail.coach_contact_id}:{int(counted.opened_at.timestamp())}"
    values = services.new("mails", cooperation=mail.cooperation, kind="coach_digest")
    values |= {"coach_contact_id": mail.coach_contact_id, "due_at": counted.expires_at}

    def join(digest: OutgoingMail | None) -> OutgoingMail | None:
        digest = digest or OutgoingMail.model_validate(values)
        if digest.state == "waiting" and digest.effect is None and mail.contact_id not in digest.contact_ids:
            digest.contact_ids.append(mail.contact_id or 0)
        return digest

    digest = services.mails.update(digest_key, join)
    joined = digest is not None and mail.contact_id in digest.contact_ids
    if digest and digest.contact_ids == [mail.contact_id]:
        services.enqueue_if_possible("mails", digest_key, digest)

    def leave(record: OutgoingMail | None) -> OutgoingMail | None:
        if record and record.state == "waiting" and joined:
            record.finish()
        elif record and record.state == "waiting":  # The digest is going out just now: the next hour has room.
            record.schedule(max(counted.expires_at, now))
        return record

    left = services.mails.update(key, leave, stored.document)
    if left:
        services.enqueue("mails", key, left)
    return False


def leave_out_of_digests(services: Services, cooperation: str, contacts: list[int]) -> None:
    """Of residents who are erased."""
    for key, digest in services.mails.all(where={"cooperation": cooperation, "kind": "coach_digest"}):
        if not set(contacts).isdisjoint(digest.contact_ids):
            services.mails.update(key, lambda stored: _without(stored, contacts))


def _without(digest: OutgoingMail | None, contacts: list[int]) -> OutgoingMail | None:
    if digest:
        digest.contact_ids = [contact for contact in digest.contact_ids if contact not in contacts]
    return digest
