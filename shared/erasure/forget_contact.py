"""Deletes all documents and blobs about a contact, in whatever state. `erase.py` is what operators call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from functools import partial

from shared.clock import from_text
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.relay import Relay
from shared.domain.replay import Replay
from shared.erasure.find_contact import blobs_in, homes_of_others, places_of
from shared.errors import Changed, NewerDocument
from shared.letters.hold_letter import leave_out_of_digests
from shared.store.port import Data
from shared.work.services import Services
from shared.work.tally_difference import tally_difference

BLOBS, EVENTS = "blobs", "events"


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
    places = list(places_of(services, cooperation, contacts, email))
    for collection, key in places:
        gone += _delete(services, collection, key, erased_at)
    _leave_out_of_replays(services, cooperation, {f"{collection}/{key}" for collection, key in places})
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


def _delete(services: Services, collection: str, key: str, erased_at: datetime | None) -> Counter[str]:
    """Deletes the newest version of a document with its blobs, also the blob of an event that came in just now."""
    while document := services.store.get(collection, key):
        if erased_at and _is_newer(collection, document.data, erased_at):
            break
        blobs = blobs_in(document.data)
        for blob in blobs:
            services.blobs.delete(blob)
        with suppress(Changed):
            services.store.delete(collection, key, document.version, tally_difference(document.data, None))
            return Counter({collection: 1, BLOBS: len(blobs)})
    return Counter()


def _leave_out_of_replays(services: Services, cooperation: str, places: Collection[str]) -> None:
    """Takes what is about the contact out of the bulk replays."""
    for document in services.records(Replay).documents(cooperation=cooperation):
        try:
            services.records(Replay).edit(document.key, partial(Replay.leave_out, places=places))
        except NewerDocument:  # It may not stop an erasure. What it sent again goes on without it.
            services.records(Replay).delete(document.key)


def _is_newer(collection: str, data: Data, erased_at: datetime) -> bool:
    """Whether it came in after the erasure. Only sign-ups and events do; all other documents follow from them."""
    since = {"submissions": "accepted_at", "relays": "accepted_at", "confirmations": "asked_at"}.get(collection)
    return since is not None and from_text(data[since]) > erased_at


# -- events about a contact in the relay of another contact's home -----------------------------------------------------


def _forget_in_homes_of_others(services: Services, cooperation: str, contacts: Collection[ContactId]) -> Counter[str]:
    gone: Counter[str] = Counter()
    for document in homes_of_others(services, cooperation, contacts):
        before: list[Relay] = []
        relay = services.records(Relay).edit(document.key, partial(_forget, contacts, before))
        left = relay.blobs if relay else []
        blobs = [blob for it in before for blob in it.blobs if blob not in left]
        for blob in blobs:
            services.blobs.delete(blob)
        gone[BLOBS] += len(blobs)
        gone[EVENTS] += sum(it.contact_id in contacts for one in before for it in one.items.values())
    return +gone


def _forget(contacts: Collection[ContactId], before: list[Relay], relay: Relay) -> None:
    """Fills `before` with the relay as it was."""
    before[:] = [relay.model_copy(deep=True)]
    relay.forget_contact(contacts)
    relay.reschedule()
