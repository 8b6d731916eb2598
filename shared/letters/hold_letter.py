"""Holds back a letter that is one too many for its receiver.

A welcome becomes a dead letter, because a stranger may have filled in the address. A letter to a coach moves to a
digest. Letters about an appointment are not counted: each follows from what a coach saved, and without it a resident
would wait for nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial

from shared.domain.ids import ContactId
from shared.domain.letter_count import COACH_NOTES, WELCOMES
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.work import Parked
from shared.letters.count_letters import Counted, count_letter, to_coach, to_mailbox
from shared.logs import log
from shared.work.records import Stored
from shared.work.services import Services


def hold_back_if_too_many(services: Services, key: str, stored: Stored[OutgoingMail], email: str) -> bool:
    """Counts the letter, whose receiver is `email`. True: it was one too many and is held back, so do not send it.

    Raises StoreUnavailable.
    """
    mail = stored.record
    if mail.counted:
        return False
    if mail.kind == "welcome":
        counted = count_letter(services, mail.cooperation, to_mailbox("welcome", email), key, WELCOMES)
        if not counted.may_go:
            _park(services, key, stored)
            return True
    if mail.kind == "coach_linked" and mail.coach_contact_id and mail.contact_id:
        counted = count_letter(services, mail.cooperation, to_coach(mail.coach_contact_id), key, COACH_NOTES)
        if not counted.may_go:
            _leave_to_digest(services, key, stored, mail.contact_id, counted)
            return True
    return False


def _park(services: Services, key: str, stored: Stored[OutgoingMail]) -> None:
    parked = Parked(code="welcome_held", at=services.clock())
    services.records(OutgoingMail).edit(key, partial(_parked, parked), stored)
    # A warning instead of the alarm of other dead letters, which strangers could then raise as often as they like.
    log.warning("held", flow="send_email", cooperation=stored.record.cooperation, kind=stored.record.kind)


def _parked(parked: Parked, record: OutgoingMail) -> None:
    if record.state == "waiting":
        record.park(parked)


def _leave_to_digest(
    services: Services, key: str, stored: Stored[OutgoingMail], contact_id: ContactId, counted: Counted
) -> None:
    """Moves the letter into the digest: one letter at the end of the period, about all residents in it.

    The resident is written into the digest first, and then the letter is finished. After a crash in between both are
    done again.
    """
    mail, mails = stored.record, services.records(OutgoingMail)
    digest_key = f"coach_digest-{mail.cooperation}:{mail.coach_contact_id}:{int(counted.period_began_at.timestamp())}"
    new = OutgoingMail(
        cooperation=mail.cooperation,
        kind="coach_digest",
        coach_contact_id=mail.coach_contact_id,
        accepted_at=services.clock(),
        due_at=counted.period_ends_at,
    ).begin(services.expiry(OutgoingMail))
    digest = mails.update(digest_key, partial(_joined, new, contact_id))
    assert digest is not None
    if digest.contact_ids == [contact_id]:
        services.enqueue_if_possible(digest_key, digest)
    # When the digest is being sent already, the letter waits for the next period.
    later = None if contact_id in digest.contact_ids else max(counted.period_ends_at, services.clock())
    if letter := mails.edit(key, partial(_finish_or_postpone, later), stored):
        services.enqueue(key, letter)


def _joined(new: OutgoingMail, contact_id: ContactId, record: OutgoingMail | None) -> OutgoingMail:
    digest = record or new
    digest.join(contact_id)
    return digest


def _finish_or_postpone(later: datetime | None, record: OutgoingMail) -> None:
    """Finishes the letter when `later` is None; else makes it due at `later` (UTC)."""
    if record.state != "waiting":
        return
    if later is None:
        record.finish()
    else:
        record.schedule(later)


def leave_out_of_digests(services: Services, cooperation: str, contacts: Collection[ContactId]) -> None:
    """Takes residents who are erased out of all digests. Raises StoreUnavailable."""
    mails = services.records(OutgoingMail)
    for key, digest in mails.all(where={"cooperation": cooperation, "kind": "coach_digest"}):
        if not set(contacts).isdisjoint(digest.contact_ids):
            mails.edit(key, lambda mail: mail.leave_out(contacts))
