"""The record that a contact was erased: its id and when, and nothing else about the person."""

from __future__ import annotations

from datetime import timedelta

from shared.clock import Moment
from shared.domain.ids import ContactId
from shared.domain.stored_model import StoredModel

UNDER_WAY = timedelta(minutes=10)
"""No function runs longer than this. So after it no step that ran during the erasure can write any more."""


class Erasure(StoredModel):
    """`due_at` is when the store is searched for the contact once more; None after that. All times are UTC.

    Stored under the key `of_contact`, and under `of_erased_home` for each home of the contact, because Hoomdossier may
    send an event about a home without a contact id. When the contact comes back, it moves to the key `of_past_erasure`:
    then it only tells the reader of a feed what to remove.
    """

    cooperation: str
    contact_id: ContactId
    at: Moment
    due_at: Moment | None = None
    expires_at: Moment
