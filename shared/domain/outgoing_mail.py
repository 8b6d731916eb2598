"""An e-mail to be sent: which one and to whom. Its text is made when it goes out, so nothing personal is kept here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from shared.domain.work import Work

MailKind = Literal["welcome", "coach_linked", "coach_digest", "appointment", "confirm_email"]


class OutgoingMail(Work):
    """`contact_id` is the resident it is about; of a `coach_digest` they are `contact_ids`.

    `version` is that of the appointment it tells of; an older one than the newest is not sent. `confirmation` is the
    sign-up whose e-mail address it asks to confirm. `counted`: it may go, whatever else goes to its receiver.
    """

    kind: MailKind
    contact_id: int | None = None
    contact_ids: list[int] = []
    coach_contact_id: int | None = None
    building_id: int | None = None
    version: int = 0
    confirmation: str = ""
    counted: bool = False

    def release(self, at: datetime) -> None:
        """A person wants it to go."""
        super().release(at)
        self.counted = True

    @property
    def contacts(self) -> Collection[int]:
        return [it for it in (self.contact_id, self.coach_contact_id, *self.contact_ids) if it]
