"""An e-mail to be sent: which one and to whom. It holds ids only; the text is written when the e-mail is sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from shared.domain.ids import ContactId
from shared.domain.work import Work

MailKind = Literal["welcome", "coach_linked", "coach_digest", "appointment", "confirm_email", "staff_digest"]


class OutgoingMail(Work):
    """The fields that count depend on `kind`.

    `contact_id` is the resident whom it is about; a `coach_digest` is about all `contact_ids`. `coach_contact_id` is
    the coach who gets a `coach_linked` or a `coach_digest`. An `appointment` is about the home `building_id`, and is
    sent only while `version` is the newest version of the appointment. `confirmation` is the key of the sign-up that a
    `confirm_email` asks to confirm. `reader` is a keyed hash of the address of who gets a `staff_digest`. `counted`: it
    counted among the letters to its receiver, or a person let it go, so it is not held back again.
    """

    kind: MailKind
    contact_id: ContactId | None = None
    contact_ids: list[ContactId] = []
    coach_contact_id: ContactId | None = None
    building_id: int | None = None
    version: int = 0
    confirmation: str = ""
    reader: str = ""
    counted: bool = False

    def release(self, at: datetime) -> None:
        """As in Work. A person wants it to be sent, so it is not held back again."""
        super().release(at)
        self.counted = True

    def join(self, contact_id: ContactId) -> None:
        """Adds a resident to a digest, unless it is too late because the digest is being sent or was sent."""
        if self.state == "waiting" and self.effect is None and contact_id not in self.contact_ids:
            self.contact_ids.append(contact_id)

    def leave_out(self, contacts: Collection[ContactId]) -> None:
        """Takes residents out of a digest."""
        self.contact_ids = [contact for contact in self.contact_ids if contact not in contacts]

    @property
    def was_sent(self) -> bool:
        """Whether it is done because its receiver got it, or may have got it: the mail server did not say.

        A letter is also done when there was nothing to tell any more, or when a person closed it.
        """
        return self.state == "done" and self.effect is not None and self.effect.state in {"done", "unknown"}

    @property
    def contacts(self) -> Collection[ContactId]:
        """The residents whom it is about, and the coach."""
        return [it for it in (self.contact_id, self.coach_contact_id, *self.contact_ids) if it]
