"""Forgets a contact everywhere in the link (AVG, article 17), whatever is queued, parked or under way.

What is under way finds its document gone, and writes nothing. Econobis and Hoomdossier are not touched, nor are the
settings; that a coach once had the visit of a resident stays, as a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import partial

from shared.blobs.port import Blob
from shared.domain.keys import of_contact, secret_key
from shared.domain.person import email as normal
from shared.domain.problem import Problem
from shared.domain.relay import Relay
from shared.flows.audit import write_down
from shared.flows.hold_letter import leave_out_of_digests
from shared.flows.set_aside import take_up
from shared.services import Services

BLOBS, EVENTS = "blobs", "events"
# The fields by which a contact is found in the work of each collection.
_FIELDS = (
    ("submissions", "contact_id"),
    ("relays", "contact_id"),
    ("links", "resident_contact_id"),
    ("links", "coach_contact_id"),
    ("mails", "contact_id"),
    ("mails", "coach_contact_id"),
)


def erase(services: Services, cooperation: str, contact_id: int, by: str, email: str | None = None) -> Counter[str]:
    """What was there and is gone: documents by collection, their BLOBS, and EVENTS that stood with another's home.

    An audit line says who decided it. Contacts that are one in the settings (`merged_contacts`) go together. `email`
    also finds a sign-up of which we do not know whose contact it became: Econobis' answer was lost. Raises
    StoreUnavailable, and then some of it may be left: it can be done again.
    """
    take_up(services)  # What was set aside would come back after it.
    contacts = same_contacts(services, cooperation, contact_id)
    gone: Counter[str] = Counter()
    found = list(_found(services, cooperation, contacts, email))
    found += _other_addresses(services, cooperation, found)
    for collection, key in dict.fromkeys(found):
        records = services.confirmations if collection == "confirmations" else services.work(collection)
        record = records.get(key)
        if record is None:
            continue
        if isinstance(record, Relay):
            gone[BLOBS] += _delete_blobs(services, record.blobs)
        records.delete(key)
        gone[collection] += 1
    leave_out_of_digests(services, cooperation, contacts)
    gone += _erase_parked_events(services, cooperation, contacts)
    write_down(services, "erase", of_contact(cooperation, contact_id), cooperation=cooperation, by=by)
    return gone


def same_contacts(services: Services, cooperation: str, contact_id: int) -> list[int]:
    return sorted({contact_id, *services.cooperations[cooperation].contacts_of(contact_id)})


def _found(services: Services, cooperation: str, contacts: list[int], email: str | None) -> Iterator[tuple[str, str]]:
    addresses, email_keys = {email or ""}, set()
    for contact in contacts:
        key = of_contact(cooperation, contact)
        if resident := services.residents.get(key):
            addresses.add(resident.person.email)
            email_keys.add(resident.email_key)
        yield from (("residents", key), ("dossier_requests", key))
        for collection, field in _FIELDS:
            where = {"cooperation": cooperation, field: contact}
            yield from ((collection, found) for found, _ in services.work(collection).all(where=where))
    secret = services.cooperations[cooperation].econobis.webform_key
    email_keys |= {secret_key(secret, cooperation, spelling) for spelling in _spellings(addresses)}
    for email_key in email_keys - {""}:
        where = {"cooperation": cooperation, "email_key": email_key}
        yield from (("confirmations", key) for key, _ in services.confirmations.all(where=where))
        for key, submission in services.submissions.all(where=where):
            if submission.contact_id is None:  # Else it is of this contact, or of who shares the address.
                yield "submissions", key


def _other_addresses(
    services: Services, cooperation: str, found: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """The sign-ups that only give another e-mail address to one of these."""
    for collection, first in found:
        if collection == "submissions":
            where = {"cooperation": cooperation, "same_as": first}
            yield from (("submissions", key) for key, _ in services.submissions.all(where=where))


def _spellings(addresses: Iterable[str]) -> Iterator[str]:
    """As a form makes an address, and as Econobis gives it."""
    for address in filter(None, addresses):
        yield address.casefold()
        with suppress(Problem):
            yield normal(address).casefold()


def _erase_parked_events(services: Services, cooperation: str, contacts: Collection[int]) -> Counter[str]:
    """What Hoomdossier told of this contact about a home that is another's waits there for a person."""
    gone: Counter[str] = Counter()
    where = {"cooperation": cooperation, "needs_person": True}
    for key, relay in services.relays.all(where=where):
        parked = [item for item in relay.items.values() if item.parked and item.contact_id in contacts]
        if parked:
            services.relays.update(key, partial(_forget_items, contacts))
            gone[BLOBS] += _delete_blobs(services, [item.blob for item in parked if item.blob])
            gone[EVENTS] += len(parked)
    return gone


def _forget_items(contacts: Collection[int], relay: Relay | None) -> Relay | None:
    for item in relay.items.values() if relay else ():
        if item.parked and item.contact_id in contacts:
            item.forget()
    if relay:
        relay.settle()
    return relay


def _delete_blobs(services: Services, blobs: list[Blob]) -> int:
    for blob in blobs:
        services.blobs.delete(blob)
    return len(blobs)
