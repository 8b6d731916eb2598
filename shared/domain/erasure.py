"""The record that a contact was erased: its id and when, and nothing else about the person."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from shared.clock import Moment

UNDER_WAY = timedelta(minutes=10)
"""No function runs longer than this, so after it nothing that ran during the erasure can still write."""


class Erasure(BaseModel):
    """`due_at` is when the store is searched for the contact once more; None when that was done. All times are UTC.

    Stored under the key `of_contact`, and under `of_erased_home` for each home of the contact, because Hoomdossier may
    send an event about a home without a contact id.
    """

    cooperation: str
    contact_id: int
    at: Moment
    due_at: Moment | None = None
    expires_at: Moment
