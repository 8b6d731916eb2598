"""Whether a file is of this cooperation: its numbers agree, and most dossiers that the link knows are in it.

A report has every dossier, so one in which most are missing is of another cooperation, or very old. That a file has
many residents whom the link does not know says nothing: a cooperation may be older than its link.
"""

from __future__ import annotations

from datetime import datetime

from shared.domain.ids import ContactId
from shared.imports.known import Known


class Fit:
    """For a file that was made at `as_of` (UTC): a dossier that was made after it is not expected in it."""

    def __init__(self, known: Known, as_of: datetime) -> None:
        dossiers = (it for it in known.residents.values() if it.has_dossier_since and it.has_dossier_since <= as_of)
        self._expected = {it.contact_id for it in dossiers if not it.is_coach}
        self._agree: set[ContactId] = set()
        self._contradict = 0

    def agrees(self, contact_id: ContactId) -> None:
        """A row of a resident whom the link knows, with the same numbers."""
        self._agree.add(contact_id)

    def contradicts(self) -> None:
        """A row with other numbers than the link knows."""
        self._contradict += 1

    @property
    def fits(self) -> bool:
        """Whether something of it may be delivered."""
        found = len(self._agree & self._expected)
        return self._contradict <= len(self._agree) and 2 * found >= len(self._expected)
