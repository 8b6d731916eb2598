"""Which coach of the settings a name in a file means."""

from __future__ import annotations

from collections.abc import Iterable

from shared.config import Cooperation
from shared.domain.ids import ContactId
from shared.domain.resident import folded
from shared.hoomdossier.claim import Claim


class CoachNames:
    """A coach has the name of the settings, and that of his own row in the file, which is how Hoomdossier writes it."""

    def __init__(self, settings: Cooperation, claims: Iterable[Claim]) -> None:
        by_name: dict[str, set[ContactId]] = {}
        for coach in settings.coaches:
            by_name.setdefault(folded(coach.name), set()).add(coach.contact_id)
        for claim in claims:
            contact = settings.current_contact(ContactId(claim.contact_id)) if claim.contact_id else None
            if settings.coach(contact) and contact and claim.name:
                by_name.setdefault(folded(claim.name), set()).add(contact)
        self._by_name = by_name

    def contacts(self, names: Iterable[str]) -> tuple[ContactId, ...]:
        """The coaches with these names; a name that no coach has, or two have, is left out."""
        found = (self._by_name.get(folded(name), set()) for name in names)
        return tuple(dict.fromkeys(next(iter(coaches)) for coaches in found if len(coaches) == 1))
