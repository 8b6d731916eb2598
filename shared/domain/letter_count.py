"""How many letters one receiver gets, because strangers can fill in anybody's address in our forms.

The count is exact: the same letter tried again counts once, and a digest knows when the period is over. `quota.py`
counts roughly and cheaply, which is enough for what a form accepts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from shared.clock import Moment
from shared.domain.stored_model import StoredModel


@dataclass(frozen=True)
class Allowance:
    """At most `most` letters `within` a period that starts at the first of them."""

    most: int
    within: timedelta


WELCOMES = Allowance(3, timedelta(days=1))  # per mailbox
CONFIRMATIONS = Allowance(3, timedelta(days=1))  # per mailbox
COACH_NOTES = Allowance(5, timedelta(hours=1))  # letters about new residents, per coach


class LetterCount(StoredModel):
    """The letters to one receiver in one period, as keyed hashes of their ids. Expires at the end of the period."""

    opened_at: Moment
    expires_at: Moment
    letters: list[str] = []

    @classmethod
    def opened(cls, now: datetime, allowance: Allowance) -> Self:
        """A count without letters, whose period starts now."""
        return cls(opened_at=now, expires_at=now + allowance.within)

    def count(self, letter: str, allowance: Allowance) -> None:
        """Adds `letter`, unless the allowance is used up. Read from `letters` whether it may be sent."""
        if letter not in self.letters and len(self.letters) < allowance.most:
            self.letters.append(letter)
