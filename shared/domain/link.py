"""A coach who is to be linked to a resident's dossier."""

from __future__ import annotations

from collections.abc import Collection

from shared.domain.work import Work


class Link(Work):
    """Contact ids are Econobis'. `waiting_for` is the contact who has no dossier account yet, if any."""

    coach_contact_id: int
    resident_contact_id: int
    waiting_for: int | None = None

    @property
    def contacts(self) -> Collection[int]:
        return (self.resident_contact_id, self.coach_contact_id)
