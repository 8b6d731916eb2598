"""Stores an event from Hoomdossier in the relay of its building, and queues it for `flows/deliver_event.py`.

The same for an event that was pushed, one that a coach entered on the own page, one that `pull_appointments` found, one
of an import, and one that was set aside while the store was down.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import uuid4

from shared.domain.keys import hashed, of_building, of_contact, of_erased_home
from shared.domain.relay import EventKind, Relay
from shared.errors import Changed
from shared.events.blobs import delete_unused_blobs
from shared.events.put_event import JUST_PUSHED, Placement, Received, big_body, new_item
from shared.hoomdossier.inbound import CONTACT, Event
from shared.logs import log, needs_a_person
from shared.work.records import Stored
from shared.work.services import Services


def keep_event(services: Services, cooperation: str, event: Event, received: Received = JUST_PUSHED) -> bool:
    """Stores the event when it has to be delivered, and tells whether. One that was pushed just now is newer than all
    before it.

    Raises StoreUnavailable, and then nothing is stored.
    """
    if event.contact_id is None and CONTACT not in event.unreadable:
        return False  # Hoomdossier sends these for accounts that Econobis never knew (known-limits C12).
    key, relays = of_building(cooperation, event.building_id), services.records(Relay)
    known = relays.read(key)
    big = big_body(event)
    item = new_item(event, received, services.clock(), has_blob=big is not None)
    placement = Placement(
        cooperation, services.cooperations[cooperation], event, item, received, services.expiry(Relay)
    )
    if placement.is_first_in(known.record if known else None) and _is_erased(services, cooperation, event):
        log.info("of a contact that was erased", flow="keep_event", cooperation=cooperation, kind=event.kind)
        return False
    if big:
        if known and not placement.is_news(known.record):
            relays.edit(key, placement.confirm, known)  # Not news: do not store the blob at all.
            return False
        # Each item has a blob of its own, so that the end of another item cannot delete it.
        item.blob = services.blobs.put(big, f"{key}:{uuid4().hex}")
    stored = relays.revise(key, placement.put, known)
    assert stored is not None
    return _finish(services, stored, placement)


def _finish(services: Services, stored: Stored[Relay], placement: Placement) -> bool:
    """Whether the event is stored."""
    event, before, relay = placement.event, placement.before, stored.record
    if placement.was_put and placement.is_first_in(before) and _is_erased(services, relay.cooperation, event):
        _take_back(services, stored, placement)  # The contact was erased while the event was being stored.
        return False
    blobs = [*(before.blobs if before else []), placement.item.blob]
    delete_unused_blobs(services, filter(None, blobs), relay)
    if placement.was_put:
        services.enqueue_if_possible(stored.document.key, relay)
        where = {"cooperation": relay.cooperation, "kind": event.kind, "work": hashed(stored.document.key)}
        log.info("accepted", flow="keep_event", **where)
        _log(relay, event.kind, before)
    return placement.was_put


def _is_erased(services: Services, cooperation: str, event: Event) -> bool:
    """Whether its contact was erased. A delete is stored all the same: Econobis has to get it, and it names nobody."""
    if event.kind == "delete":
        return False
    contact = event.contact_id
    key = of_contact(cooperation, contact) if contact else of_erased_home(cooperation, event.building_id)
    return services.erasures.records.get(key) is not None


def _take_back(services: Services, written: Stored[Relay], placement: Placement) -> None:
    """Removes the event from the store. What was known of the home before, perhaps under another contact, stays."""
    stored: Stored[Relay] | None = written
    while stored and placement.undo(stored.record):
        # First try: restore the whole relay. After another writer: remove only our item.
        as_it_was = placement.before if stored is written and placement.before else stored.record
        with suppress(Changed):
            _write_or_delete(services, Stored(as_it_was, stored.document))
            break
        stored = services.records(Relay).read(written.document.key)
    delete_unused_blobs(services, filter(None, [placement.item.blob]), None)
    services.store.scrub()


def _write_or_delete(services: Services, stored: Stored[Relay]) -> None:
    """Raises Changed."""
    if stored.record.items:
        stored.record.reschedule()
        services.records(Relay).replace(stored)
    else:
        services.store.delete("relays", stored.document.key, stored.document.version)


def _log(relay: Relay, kind: EventKind, before: Relay | None) -> None:
    """An alarm for a new dead letter, and a warning for a change that has no effect."""
    where = {"flow": "keep_event", "cooperation": relay.cooperation, "kind": kind}
    known = list(before.items.values()) if before else []
    if any(item.parked and item not in known for item in relay.items.values()):
        needs_a_person(**where)
    if relay.removal_ignored and not (before and before.removal_ignored):
        log.warning("a removed date of a visit that was done changes nothing", **where)
