"""Finds all that the link keeps of a contact, for `erase.py`, which deletes it, and for the export of a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from itertools import product

from shared.blobs.port import Blob
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact, secret_key
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.person import email as normal
from shared.domain.problem import Problem
from shared.domain.relay import Relay
from shared.domain.submission import Submission
from shared.store.port import Data, Document
from shared.work.kinds import KEY, KINDS
from shared.work.services import Services

Place = tuple[str, str]
"""The collection and the key of a document."""


def same_contacts(services: Services, cooperation: str, contact_id: ContactId) -> list[ContactId]:
    """The contact, and the contacts that are the same person in the settings (`merged_contacts`)."""
    return sorted({contact_id, *services.cooperations[cooperation].contacts_of(contact_id)})


def places_of(
    services: Services, cooperation: str, contacts: Collection[ContactId], email: str | None = None
) -> list[Place]:
    """The documents that are about these contacts as a whole. Some that are named by their key may not be there.

    `email` also finds a sign-up whose contact is not known. Documents are found unparsed, so also those of another
    version of this code. Raises StoreUnavailable.
    """
    found = [*_by_contact(services, cooperation, contacts)]
    for email_key in email_keys_of(services, cooperation, contacts, email):
        found += _by_email(services, cooperation, email_key)
    found += list(_with_other_address(services, cooperation, found))
    return list(dict.fromkeys(found))


def homes_of_others(services: Services, cooperation: str, contacts: Collection[ContactId]) -> Iterator[Document]:
    """The relays that hold something about these contacts, also those of homes of others: Hoomdossier may send events
    about one home with several contacts (the dead letter `other_contact`). Reads all relays of the cooperation.
    """
    relays = services.records(Relay).documents(cooperation=cooperation)
    return (relay for relay in relays if _is_about(relay.data, contacts))


def digests_about(
    services: Services, cooperation: str, contacts: Collection[ContactId]
) -> Iterator[tuple[str, OutgoingMail]]:
    """The letters to a coach about several residents, of whom these contacts are some."""
    for key, digest in services.records(OutgoingMail).all(where={"cooperation": cooperation, "kind": "coach_digest"}):
        if not set(contacts).isdisjoint(digest.contact_ids):
            yield key, digest


def blobs_in(data: Data) -> list[Blob]:
    """The blobs of a relay. No other document has any."""
    items = data.get("items") or {}
    return [Blob(**item["blob"]) for item in items.values() if item.get("blob")]


def _is_about(data: Data, contacts: Collection[ContactId]) -> bool:
    known_as = data.get("known_as") or [None]
    return known_as[0] in contacts or any(item.get("contact_id") in contacts for item in data["items"].values())


def _by_contact(services: Services, cooperation: str, contacts: Collection[ContactId]) -> Iterator[Place]:
    """The documents that name the contact, in the fields that `work/kinds.py` lists."""
    for contact, kind in product(contacts, KINDS):
        for field in kind.erased_by:
            if field == KEY:
                yield kind.collection, of_contact(cooperation, contact)
            else:
                documents = services.records(kind.model).documents(cooperation=cooperation, **{field: contact})
                yield from ((kind.collection, found.key) for found in documents)


def email_keys_of(
    services: Services, cooperation: str, contacts: Collection[ContactId], email: str | None
) -> Collection[str]:
    """The keyed hashes of the contacts' e-mail addresses and of `email`."""
    addresses, email_keys = {email or ""}, set()
    for contact in contacts:
        if resident := services.store.get("residents", of_contact(cooperation, contact)):
            addresses.add((resident.data.get("person") or {}).get("email", ""))
            email_keys.add(resident.data.get("email_key", ""))
    secret = services.cooperations[cooperation].econobis.webform_key.value
    return (email_keys | {secret_key(secret, cooperation, spelling) for spelling in _spellings(addresses)}) - {""}


def _by_email(services: Services, cooperation: str, email_key: str) -> Iterator[Place]:
    """Sign-ups with this e-mail address that have no contact yet, and the letters that ask to confirm them."""
    for found in services.confirmations.documents(cooperation=cooperation, email_key=email_key):
        letters = services.records(OutgoingMail).documents(cooperation=cooperation, confirmation=found.key)
        yield from (("confirmations", found.key), *(("mails", letter.key) for letter in letters))
    for found in services.records(Submission).documents(cooperation=cooperation, email_key=email_key):
        if found.data.get("contact_id") is None:  # Else it is of a contact, and `_by_contact` looks for those.
            yield "submissions", found.key


def _with_other_address(services: Services, cooperation: str, found: Iterable[Place]) -> Iterator[Place]:
    """The sign-ups that correct the e-mail address of one of these (`Submission.same_as`)."""
    for collection, first in found:
        if collection == "submissions":
            others = services.records(Submission).documents(cooperation=cooperation, same_as=first)
            yield from (("submissions", other.key) for other in others)


def _spellings(addresses: Iterable[str]) -> Iterator[str]:
    """Each address as Econobis sends it and as a form normalises it, because a hash may be of either spelling."""
    for address in filter(None, addresses):
        yield address.casefold()
        with suppress(Problem):
            yield normal(address).casefold()
