"""That a contact was erased: its number and the moment, and nothing else of a person."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from shared.clock import Moment

UNDER_WAY = timedelta(minutes=10)
"""After this nothing that was under way at the erasure can still write: no function runs for so long."""


class Erasure(BaseModel):
    """`due_at` (UTC) is when it is looked at once more, None when that was done.

    It stands under `of_contact`, and under `of_erased_home` for each home of the contact: Hoomdossier may tell of a
    home without saying whose it is.
    """

    cooperation: str
    contact_id: int
    at: Moment
    due_at: Moment | None = None
    expires_at: Moment
