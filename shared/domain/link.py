"""A coach who is to be linked to a resident's dossier."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shared.domain.work import Work


class Link(Work):
    """Keyed by cooperation and both contact ids, which are Econobis'.

    `waiting_for` is the contact of the two who has no dossier account yet, if any.
    """

    coach_contact_id: int
    resident_contact_id: int
    waiting_for: int | None = None

    @property
    def contacts(self) -> Collection[int]:
        return (self.resident_contact_id, self.coach_contact_id)

    def was_made_before(self, moment: datetime) -> bool:
        """Whether Hoomdossier was told of it before `moment` (UTC)."""
        return self.state == "done" and self.effect is not None and self.effect.lease_until < moment

    def waits_for(self, contact_id: int, until: datetime) -> None:
        """This contact has no account yet. The link is tried again when it gets one, and at `until` (UTC) at last."""
        self.waiting_for = contact_id
        self.schedule(until)

    def was_made(self, at: datetime) -> None:
        """Hoomdossier knows it. The letter to the coach is still to be written, so it is due `at` (UTC) once more."""
        self.waiting_for = None
        self.unpark()
        self.schedule(at)
