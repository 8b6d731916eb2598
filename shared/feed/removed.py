"""Which residents were erased, as a feed tells it: by the id that their rows had."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.keys import of_contact, of_past_erasure
from shared.work.feed_salt import Pseudonyms, salt_of
from shared.work.services import Services


def removed_since(services: Services, cooperation: str, since: str) -> Iterator[str]:
    """The `resident_id` of who was erased at that moment or later, also of who came back. Raises StoreUnavailable.

    An erasure is known for as long as ERASURES of `shared/retention.py`.
    """
    ids = Pseudonyms(salt_of(services.store, cooperation).salt)
    # An erasure has more documents, one for each home of the contact: those would tell the same once more.
    for key, erasure in services.erasures.records.all(
        where={"cooperation": cooperation}, order_by="at", at_least=since
    ):
        contact = erasure.contact_id
        if key in {of_contact(cooperation, contact), of_past_erasure(cooperation, contact, erasure.at)}:
            yield ids.id_of("resident", contact)
