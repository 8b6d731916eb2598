"""Counts the letters to one receiver, over all instances: at most a few in a day or an hour, whoever causes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from shared.domain.ids import ContactId
from shared.domain.keys import secret_key
from shared.domain.letter_count import Allowance, LetterCount
from shared.domain.mailbox import mailbox
from shared.work.services import Services


@dataclass(frozen=True)
class Counted:
    """Whether a letter `may_go`, and the period (UTC) in which it was counted."""

    may_go: bool
    period_began_at: datetime
    period_ends_at: datetime


Receiver = tuple[str, str | ContactId]
"""What letters are counted by: the kind of letter, and a mailbox or a contact."""


def to_mailbox(kind: str, email: str) -> Receiver:
    """All letters of this kind to one mailbox. Spellings of one address are one mailbox."""
    return kind, mailbox(email)


def to_coach(coach: ContactId) -> Receiver:
    """All letters about new residents to this coach."""
    return "coach", coach


def count_letter(
    services: Services, cooperation: str, receiver: Receiver, mail_key: str, allowance: Allowance
) -> Counted:
    """Counts the mail with key `mail_key`, once. Raises StoreUnavailable.

    The store gets keyed hashes only, so it does not show who got letters.
    """
    secret = services.cooperations[cooperation].econobis.webform_key.value
    key, letter = secret_key(secret, cooperation, "letters", *receiver), secret_key(secret, mail_key)
    counted = services.letter_counts.update(key, partial(_counted, letter, services.clock(), allowance))
    assert counted is not None
    return Counted(letter in counted.letters, counted.opened_at, counted.expires_at)


def _counted(letter: str, now: datetime, allowance: Allowance, record: LetterCount | None) -> LetterCount:
    counted = record or LetterCount.opened(now, allowance)
    counted.count(letter, allowance)
    return counted
