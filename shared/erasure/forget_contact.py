"""Deletes all documents and blobs about a contact, in whatever state. `erase.py` is what operators call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import product

from shared.blobs.port import Blob
from shared.clock import from_text
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact, secret_key
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.person import email as normal
from shared.domain.problem import Problem
from shared.domain.relay import Relay
from shared.domain.submission import Submission
from shared.errors import Changed
from shared.letters.hold_letter import leave_out_of_digests
from shared.store.port import Data
from shared.work.kinds import KEY, KINDS
from shared.work.services import Services
from shared.work.tally_difference import tally_difference

BLOBS, EVENTS = "blobs", "events"

Place = tuple[str, str]
"""The collection and the key of a document."""


def forget_contact(
    services: Services,
    cooperation: str,
    contacts: Collection[ContactId],
    email: str | None = None,
    erased_at: datetime | None = None,
) -> Counter[str]:
    """Returns how many things were deleted: documents by collection, their BLOBS, and EVENTS in homes of others.

    Reads documents unparsed, so that those of another version of this code are deleted too. `email` also finds a
    sign-up whose contact is not known. What came in after `erased_at` (UTC) stays. Raises StoreUnavailable.
    """
    gone: Counter[str] = Counter()
    found = [*_by_contact(services, cooperation, contacts)]
    for email_key in _email_keys(services, cooperation, contacts, email):
        found += _by_email(services, cooperation, email_key)
    found += list(_with_other_address(services, cooperation, found))
    for collection, key in dict.fromkeys(found):
        gone += _delete(services, collection, key, erased_at)
    leave_out_of_digests(services, cooperation, contacts)
    return gone + _forget_in_homes_of_others(services, cooperation, contacts)


def homes_of(services: Services, cooperation: str, contacts: Collection[ContactId]) -> list[int]:
    """Hoomdossier's building ids of these contacts, as far as the link knows them."""
    residents = (services.store.get("residents", of_contact(cooperation, contact)) for contact in contacts)
    homes = {found.data.get("building_id") for found in residents if found}
    for contact in contacts:
        relays = services.records(Relay).documents(cooperation=cooperation, contact_id=contact)
        homes |= {relay.data.get("building_id") for relay in relays}
    return sorted(home for home in homes if home)


# -- what belongs to a contact -----------------------------------------------------------------------------------------


def _by_contact(services: Services, cooperation: str, contacts: Collection[ContactId]) -> Iterator[Place]:
    """The documents that name the contact, in the fields that `work/kinds.py` lists."""
    for contact, kind in product(contacts, KINDS):
        for field in kind.erased_by:
            if field == KEY:
                yield kind.collection, of_contact(cooperation, contact)
            else:
                documents = services.records(kind.model).documents(cooperation=cooperation, **{field: contact})
                yield from ((kind.collection, found.key) for found in documents)


def _email_keys(
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


def _delete(services: Services, collection: str, key: str, erased_at: datetime | None) -> Counter[str]:
    """Deletes the newest version of a document with its blobs, also the blob of an event that came in just now."""
    while document := services.store.get(collection, key):
        if erased_at and _is_newer(collection, document.data, erased_at):
            break
        blobs = _blobs_in(document.data)
        for blob in blobs:
            services.blobs.delete(blob)
        with suppress(Changed):
            services.store.delete(collection, key, document.version, tally_difference(document.data, None))
            return Counter({collection: 1, BLOBS: len(blobs)})
    return Counter()


def _is_newer(collection: str, data: Data, erased_at: datetime) -> bool:
    """Whether it came in after the erasure. Only sign-ups and events do; all other documents follow from them."""
    since = {"submissions": "accepted_at", "relays": "accepted_at", "confirmations": "asked_at"}.get(collection)
    return since is not None and from_text(data[since]) > erased_at


def _blobs_in(data: Data) -> list[Blob]:
    """The blobs of a relay. No other document has any."""
    items = data.get("items") or {}
    return [Blob(**item["blob"]) for item in items.values() if item.get("blob")]


# -- events about a contact in the relay of another contact's home -----------------------------------------------------


def _forget_in_homes_of_others(services: Services, cooperation: str, contacts: Collection[ContactId]) -> Counter[str]:
    """Hoomdossier may send events about one home with several contacts: the dead letter `other_contact`."""
    gone: Counter[str] = Counter()
    for document in services.records(Relay).documents(cooperation=cooperation):
        if _is_about(document.data, contacts):
            before: list[Relay] = []
            relay = services.records(Relay).edit(document.key, partial(_forget, contacts, before))
            left = relay.blobs if relay else []
            blobs = [blob for it in before for blob in it.blobs if blob not in left]
            for blob in blobs:
                services.blobs.delete(blob)
            gone[BLOBS] += len(blobs)
            gone[EVENTS] += sum(it.contact_id in contacts for one in before for it in one.items.values())
    return +gone


def _is_about(data: Data, contacts: Collection[ContactId]) -> bool:
    known_as = data.get("known_as") or [None]
    return known_as[0] in contacts or any(item.get("contact_id") in contacts for item in data["items"].values())


def _forget(contacts: Collection[ContactId], before: list[Relay], relay: Relay) -> None:
    """Fills `before` with the relay as it was."""
    before[:] = [relay.model_copy(deep=True)]
    relay.forget_contact(contacts)
    relay.reschedule()
