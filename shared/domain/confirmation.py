"""A sign-up that waits until who has its e-mail address says that it is meant (double opt-in)."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from shared.clock import Moment
from shared.domain.submission import SignUp

KEPT = timedelta(days=7)
PAUSE = timedelta(minutes=2)  # Who sends the same form within it clicked twice, and gets one letter.


class Confirmation(BaseModel):
    """One per form and what was filled in. `sign_up` is None as soon as it went on its way.

    `letters` were wanted so far, the last at `asked_at`. The store forgets it at `expires_at`, with what was typed.
    """

    cooperation: str
    form: str
    sign_up: SignUp | None
    email_key: str
    letters: int = 0
    asked_at: Moment
    expires_at: Moment

    def confirmed(self) -> None:
        self.sign_up = None
