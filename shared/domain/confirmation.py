"""A sign-up that waits until the owner of its e-mail address confirms it (double opt-in)."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel

from shared.clock import Moment
from shared.domain.submission import SignUp

KEPT = timedelta(days=7)
"""How long a sign-up can be confirmed, counted from its last letter."""

PAUSE = timedelta(minutes=2)
"""The same form sent again within this time is a double click, and gets no second letter."""


class Confirmation(BaseModel):
    """One per form and content. `sign_up` is what was filled in, and None once it was confirmed.

    `letters` is how many letters were asked for so far, the last of them at `asked_at`. The document expires at
    `expires_at`, with everything that was typed.
    """

    cooperation: str
    form: str
    sign_up: SignUp | None
    email_key: str
    letters: int = 0
    asked_at: Moment
    expires_at: Moment

    @property
    def waits(self) -> bool:
        """Whether it still has to be confirmed."""
        return self.sign_up is not None

    def next_letter(self, now: datetime) -> int:
        """The number of the letter to send now. Within PAUSE that is the last one's, whose mail is not sent twice."""
        return self.letters if self.waits and now < self.asked_at + PAUSE else self.letters + 1

    def confirmed(self) -> None:
        """Forgets what was filled in. The caller has made a submission of it."""
        self.sign_up = None
