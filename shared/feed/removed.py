"""Which residents were erased, as a feed tells it: by the id that their rows had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from shared.domain.keys import of_contact, of_past_erasure
from shared.retention import ERASURES
from shared.work.feed_salt import Pseudonyms, salt_of
from shared.work.services import Services

REMEMBERED = timedelta(days=ERASURES.days or 0)
"""So long it is known who was erased."""


def removed_since(services: Services, cooperation: str, since: str) -> Iterator[str]:
    """The `resident_id` of who was erased at that moment or later, also of who came back. Raises StoreUnavailable."""
    ids = Pseudonyms(salt_of(services.store, cooperation).salt)
    for key, erasure in services.erasures.records.all(
        where={"cooperation": cooperation}, order_by="at", at_least=since
    ):
        contact = erasure.contact_id
        if key in {of_contact(cooperation, contact), of_past_erasure(cooperation, contact, erasure.at)}:  # No home.
            yield ids.id_of("resident", contact)
