"""A letter that is one too many for its receiver: a welcome waits for a person, a note to a coach for the digest.

Letters about an appointment are not counted: each follows what a coach saved, and holding one back would have a
resident wait for nobody.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from shared.domain.letter_count import COACH_NOTES, WELCOMES, LetterCount
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.work import Parked
from shared.letters.count_letters import by_address, count_letter
from shared.logs import log
from shared.work.records import Stored
from shared.work.services import Services


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
    parked = Parked(code="welcome_held", at=services.clock())
    services.records(OutgoingMail).update(key, partial(_held, parked), stored)
    # A warning and no alarm: strangers could sound the alarm as often as they like.
    log.warning("held", flow="send_email", cooperation=stored.record.cooperation, kind=stored.record.kind)
    return False


def _held(parked: Parked, stored: OutgoingMail | None) -> OutgoingMail | None:
    if stored and stored.state == "waiting":
        stored.park(parked)
    return stored


def _leave_to_digest(services: Services, key: str, stored: Stored[OutgoingMail], counted: LetterCount) -> bool:
    """Moves the note into the digest: a letter of its own at the end of the hour, with all residents in it.

    The resident is written into the digest first, and then the note is finished: a crash in between repeats both.
    """
    mail, mails = stored.record, services.records(OutgoingMail)
    digest_key = f"coach_digest-{mail.cooperation}:{mail.coach_contact_id}:{int(counted.opened_at.timestamp())}"
    new = services.new(
        OutgoingMail,
        cooperation=mail.cooperation,
        kind="coach_digest",
        coach_contact_id=mail.coach_contact_id,
        due_at=counted.expires_at,
    )
    contact_id = mail.contact_id or 0
    digest = mails.update(digest_key, partial(_with_resident, new, contact_id))
    joined = digest is not None and contact_id in digest.contact_ids
    if digest and digest.contact_ids == [contact_id]:
        services.enqueue_if_possible(digest_key, digest)
    # When the digest is being sent just now, the note waits for the next hour.
    later = None if joined else max(counted.expires_at, services.clock())
    left = mails.update(key, partial(_left, later), stored)
    if left:
        services.enqueue(key, left)
    return False


def _with_resident(new: OutgoingMail, contact_id: int, stored: OutgoingMail | None) -> OutgoingMail:
    digest = stored or new
    if digest.state == "waiting" and digest.effect is None and contact_id not in digest.contact_ids:
        digest.contact_ids.append(contact_id)
    return digest


def _left(later: datetime | None, stored: OutgoingMail | None) -> OutgoingMail | None:
    """Finished; or due `later` (UTC)."""
    if stored and stored.state == "waiting":
        if later is None:
            stored.finish()
        else:
            stored.schedule(later)
    return stored


def leave_out_of_digests(services: Services, cooperation: str, contacts: list[int]) -> None:
    """Of residents who are erased."""
    for key, digest in services.records(OutgoingMail).all(where={"cooperation": cooperation, "kind": "coach_digest"}):
        if not set(contacts).isdisjoint(digest.contact_ids):
            services.records(OutgoingMail).update(key, partial(_without, contacts))


def _without(contacts: list[int], digest: OutgoingMail | None) -> OutgoingMail | None:
    if digest:
        digest.contact_ids = [contact for contact in digest.contact_ids if contact not in contacts]
    return digest
