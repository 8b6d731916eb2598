"""An e-mail to be sent: which one and to whom. Its text is made when it goes out, so nothing personal is kept here."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from shared.domain.work import Work

MailKind = Literal["welcome", "coach_linked", "appointment"]


class OutgoingMail(Work):
    """`version` is that of the appointment it tells of; an older one than the newest is not sent."""

    kind: MailKind
    contact_id: int
    coach_contact_id: int | None = None
    building_id: int | None = None
    version: int = 0

    @property
    def contacts(self) -> Collection[int]:
        return tuple(it for it in (self.contact_id, self.coach_contact_id) if it)
