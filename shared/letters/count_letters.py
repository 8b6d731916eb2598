"""Counts the letters to one receiver, in the store: at most a few in a day or an hour, whoever causes them."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from shared.domain.keys import secret_key
from shared.domain.letter_count import Allowance, LetterCount
from shared.domain.mailbox import mailbox
from shared.work.services import Services


def count_letter(
    services: Services, cooperation: str, receiver: tuple[Any, ...], letter: str, allowance: Allowance
) -> tuple[bool, LetterCount]:
    """Whether the mail of key `letter` may go to `receiver`, and what was counted for that receiver.

    The same mail counts once. Raises StoreUnavailable.
    """
    secret = services.cooperations[cooperation].econobis.webform_key
    key, counted_as = secret_key(secret, cooperation, "letters", *receiver), secret_key(secret, letter)
    counted = services.letter_counts.update(key, partial(_counted, counted_as, services.clock(), allowance))
    assert counted is not None
    return counted_as in counted.letters, counted


def _counted(letter: str, now: datetime, allowance: Allowance, stored: LetterCount | None) -> LetterCount:
    counted = stored or LetterCount.opened(now, allowance)
    counted.count(letter, allowance)
    return counted


def by_address(kind: str, email: str) -> tuple[str, str]:
    """A receiver: all that is sent to this mailbox, however its address was typed."""
    return kind, mailbox(email)
