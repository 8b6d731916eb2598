"""How many letters go to one receiver: strangers fill in our forms, with anybody's address.

Letters are counted one by one, so that the same letter, tried again, counts once, and a digest knows when the time is
over. What a form takes may be counted roughly (`quota.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from pydantic import BaseModel

from shared.clock import Moment


@dataclass(frozen=True)
class Allowance:
    """At most so many letters in a time that begins with the first of them."""

    most: int
    within: timedelta


WELCOMES = Allowance(3, timedelta(days=1))
CONFIRMATIONS = Allowance(3, timedelta(days=1))
COACH_NOTES = Allowance(5, timedelta(hours=1))


class LetterCount(BaseModel):
    """The letters of one time, by keyed hashes of their mails. The store forgets it when that time is over."""

    opened_at: Moment
    expires_at: Moment
    letters: list[str] = []

    @classmethod
    def opened(cls, now: datetime, allowance: Allowance) -> Self:
        return cls(opened_at=now, expires_at=now + allowance.within)

    def count(self, letter: str, allowance: Allowance) -> None:
        """It is in `letters` after this, unless there were too many. The same one counts once."""
        if letter not in self.letters and len(self.letters) < allowance.most:
            self.letters.append(letter)
