"""A coach who is to be linked to a resident's dossier."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shared.domain.ids import ContactId
from shared.domain.work import Work


class Link(Work):
    """Stored under the key `of_link`. `waiting_for` is the contact of the two who has no account in Hoomdossier yet."""

    coach_contact_id: ContactId
    resident_contact_id: ContactId
    waiting_for: ContactId | None = None

    @property
    def contacts(self) -> Collection[ContactId]:
        """The resident and the coach."""
        return (self.resident_contact_id, self.coach_contact_id)

    def was_made_before(self, moment: datetime) -> bool:
        """Whether Hoomdossier made the link before `moment` (UTC)."""
        return self.state == "done" and self.effect is not None and self.effect.lease_until < moment

    def wait_for(self, contact_id: ContactId, until: datetime) -> None:
        """Waits until this contact has an account. The link is tried again then, and at `until` (UTC) at the latest."""
        self.waiting_for = contact_id
        self.schedule(until)

    def mark_linked(self, at: datetime) -> None:
        """Notes that Hoomdossier made the link. It is due at `at` (UTC) for the letter to the coach."""
        self.waiting_for = None
        self.unpark()
        self.schedule(at)
