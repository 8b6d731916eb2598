"""Deletes what the link has of a contact, whatever state it is in. The decision, and what belongs to it: `erase.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial

from shared.blobs.port import Blob
from shared.clock import from_text
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

BLOBS, EVENTS = "blobs", "events"


def forget_contact(
    services: Services,
    cooperation: str,
    contacts: Collection[int],
    email: str | None = None,
    erased_at: datetime | None = None,
) -> Counter[str]:
    """What was there and is gone: documents by collection, their BLOBS, and EVENTS that stood with another's home.

    It reads documents as they are, so that one which another version of us wrote goes too. `email` also finds a
    sign-up of which nobody knows whose contact it became. `erased_at`: what came in after that moment stays.
    """
    gone: Counter[str] = Counter()
    found = list(_found(services, cooperation, contacts, email))
    found += _other_addresses(services, cooperation, found)
    for collection, key in dict.fromkeys(found):
        gone += _delete(services, collection, key, erased_at)
    leave_out_of_digests(services, cooperation, list(contacts))
    return gone + _forget_in_homes_of_others(services, cooperation, contacts)


def homes_of(services: Services, cooperation: str, contacts: Collection[int]) -> list[int]:
    """The building ids that the link knows them by."""
    residents = (services.store.get("residents", of_contact(cooperation, contact)) for contact in contacts)
    homes = {found.data.get("building_id") for found in residents if found}
    for contact in contacts:
        relays = services.records(Relay).documents(cooperation=cooperation, contact_id=contact)
        homes |= {relay.data.get("building_id") for relay in relays}
    return sorted(home for home in homes if home)


def _found(
    services: Services, cooperation: str, contacts: Collection[int], email: str | None
) -> Iterator[tuple[str, str]]:
    addresses, email_keys = {email or ""}, set()
    for contact in contacts:
        key = of_contact(cooperation, contact)
        if resident := services.store.get("residents", key):
            addresses.add((resident.data.get("person") or {}).get("email", ""))
            email_keys.add(resident.data.get("email_key", ""))
        for kind in KINDS:
            for field in kind.erased_by:
                if field == KEY:
                    yield kind.collection, key
                    continue
                documents = services.records(kind.model).documents(cooperation=cooperation, **{field: contact})
                yield from ((kind.collection, found.key) for found in documents)
    secret = services.cooperations[cooperation].econobis.webform_key
    email_keys |= {secret_key(secret, cooperation, spelling) for spelling in _spellings(addresses)}
    for email_key in email_keys - {""}:
        for found in services.confirmations.documents(cooperation=cooperation, email_key=email_key):
            letters = services.records(OutgoingMail).documents(cooperation=cooperation, confirmation=found.key)
            yield from (("confirmations", found.key), *(("mails", letter.key) for letter in letters))
        for found in services.records(Submission).documents(cooperation=cooperation, email_key=email_key):
            if found.data.get("contact_id") is None:  # Else it is of this contact, or of who shares the address.
                yield "submissions", found.key


def _other_addresses(
    services: Services, cooperation: str, found: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """The sign-ups that only give another e-mail address to one of these."""
    for collection, first in found:
        if collection == "submissions":
            others = services.records(Submission).documents(cooperation=cooperation, same_as=first)
            yield from (("submissions", other.key) for other in others)


def _spellings(addresses: Iterable[str]) -> Iterator[str]:
    """As a form makes an address, and as Econobis gives it."""
    for address in filter(None, addresses):
        yield address.casefold()
        with suppress(Problem):
            yield normal(address).casefold()


def _delete(services: Services, collection: str, key: str, erased_at: datetime | None) -> Counter[str]:
    """As it is when it goes: its blobs with it, also those of an event that came in this very moment."""
    while document := services.store.get(collection, key):
        if erased_at and _is_newer(collection, document.data, erased_at):
            break
        blobs = _blobs_in(document.data)
        for blob in blobs:
            services.blobs.delete(blob)
        with suppress(Changed):
            services.store.delete(collection, key, document.version)
            return Counter({collection: 1, BLOBS: len(blobs)})
    return Counter()


def _is_newer(collection: str, data: Data, erased_at: datetime) -> bool:
    """A sign-up, or a home of which Hoomdossier told. The rest only follows from these."""
    since = {"submissions": "accepted_at", "relays": "accepted_at", "confirmations": "asked_at"}.get(collection)
    return since is not None and from_text(data[since]) > erased_at


def _blobs_in(data: Data) -> list[Blob]:
    """Of a relay; nothing else has any."""
    items = data.get("items") or {}
    return [Blob(**item["blob"]) for item in items.values() if item.get("blob")]


def _forget_in_homes_of_others(services: Services, cooperation: str, contacts: Collection[int]) -> Counter[str]:
    """What Hoomdossier told of these contacts about a home that is known under another contact."""
    gone: Counter[str] = Counter()
    for document in services.records(Relay).documents(cooperation=cooperation):
        if _tells_of(document.data, contacts):
            before: list[Relay] = []
            relay = services.records(Relay).update(document.key, partial(_without, contacts, before))
            left = relay.blobs if relay else []
            blobs = [blob for it in before for blob in it.blobs if blob not in left]
            for blob in blobs:
                services.blobs.delete(blob)
            gone[BLOBS] += len(blobs)
            gone[EVENTS] += sum(it.contact_id in contacts for one in before for it in one.items.values())
    return +gone


def _tells_of(data: Data, contacts: Collection[int]) -> bool:
    told = data.get("known_as") or [None]
    return told[0] in contacts or any(item.get("contact_id") in contacts for item in data["items"].values())


def _without(contacts: Collection[int], before: list[Relay], relay: Relay | None) -> Relay | None:
    """`before` gets the relay as it was."""
    before[:] = [relay.model_copy(deep=True)] if relay else []
    if relay:
        relay.forget_contact(contacts)
        relay.reschedule()
    return relay
