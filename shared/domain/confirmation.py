"""A sign-up that waits until the owner of its e-mail address confirms it (double opt-in)."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.clock import Moment
from shared.domain.stored_model import StoredModel
from shared.domain.submission import SignUp

PAUSE = timedelta(minutes=2)
"""The same form sent again within this time is a double click, and gets no second letter."""


class Confirmation(StoredModel):
    """One per form and content. `sign_up` is what was filled in; None after it was confirmed.

    `email_key` is a keyed hash of the e-mail address. `letters` counts the letters that were asked for, the last one at
    `asked_at` (UTC). The document expires at `expires_at` (UTC), with everything that was filled in.
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
        """The number of the letter to send at `now` (UTC).

        Within PAUSE it is that of the last letter. The key of a letter holds its number, so it is not sent twice.
        """
        return self.letters if self.waits and now < self.asked_at + PAUSE else self.letters + 1

    def confirmed(self) -> None:
        """Drops what was filled in, after the caller made a submission of it."""
        self.sign_up = None
