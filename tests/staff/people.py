"""Residents and sign-ups that are stored as they are, without the calls that would have made them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from shared.domain.ids import ContactId
from shared.domain.keys import of_contact, secret_key
from shared.domain.resident import Address, Milestones, Person, Resident
from shared.domain.submission import SignUp, Submission
from shared.store.port import Document, Query
from shared.work.services import Services

COOPERATION = "zonnig-dorp"


def store_resident(
    services: Services,
    contact_id: int,
    person: Person | None = None,
    address: Address | None = None,
    *,
    days: float = 0,
    cooperation: str = COOPERATION,
    **fields: Any,
) -> Resident:
    """A resident who has had a dossier for so many `days`, and waits for a coach; unless `fields` say otherwise."""
    at = services.clock() - timedelta(days=days)
    person = person or Person(first_name="Anna", last_name=f"Test{contact_id}", email=f"b{contact_id}@example.org")
    secret = services.cooperations[cooperation].econobis.webform_key.value
    given: dict[str, Any] = {
        "campaign_id": 1,
        "form": "aanmelden",
        "account_id": 4000 + contact_id,
        "milestones": Milestones(signed_up=at, intake=at, dossier=at),
        **fields,
    }
    resident = Resident(
        cooperation=cooperation,
        contact_id=ContactId(contact_id),
        state=given.pop("state", "done"),
        accepted_at=at,
        person=person,
        address=address or Address(postal_code="1234 AB", number=contact_id % 1000 or 1, street="Dorpsstraat"),
        email_key=secret_key(secret, cooperation, person.email.casefold()) if person.email else "",
        **given,
    )
    assert services.records(Resident).create(of_contact(cooperation, ContactId(contact_id)), resident)
    return resident


def store_sign_up(services: Services, key: str, *, last_name: str = "Wacht", days: float = 0, **fields: Any) -> str:
    """A sign-up that Econobis has not got yet. Returns its key."""
    at: datetime = services.clock() - timedelta(days=days)
    email = f"{key}@example.org"
    secret = services.cooperations[COOPERATION].econobis.webform_key.value
    sign_up = SignUp(
        person=Person(first_name="Wim", last_name=last_name, email=email),
        address=Address(postal_code="2345 BC", number=7, street="Kerkstraat", city="Zonnedorp"),
        consent_at=at,
    )
    given: dict[str, Any] = {"campaign_id": 1, "due_at": at + timedelta(days=days, hours=1), **fields}
    submission = Submission(
        cooperation=COOPERATION,
        accepted_at=at,
        form="aanmelden",
        sign_up=sign_up,
        email_key=secret_key(secret, COOPERATION, email),
        digest=key,
        **given,
    )
    assert services.records(Submission).create(key, submission)
    return key


@contextmanager
def documents_read(services: Services) -> Iterator[list[Document]]:
    """The documents that the store gives while the block runs."""
    read: list[Document] = []
    store, find, get = services.store, services.store.find, services.store.get

    def noted_find(query: Query) -> list[Document]:
        found = find(query)
        read.extend(found)
        return found

    def noted_get(collection: str, key: str) -> Document | None:
        found = get(collection, key)
        read.extend([found] if found else [])
        return found

    store.find, store.get = noted_find, noted_get  # type: ignore[method-assign]  # Counts, and passes on.
    try:
        yield read
    finally:
        store.find, store.get = find, get  # type: ignore[method-assign]
