"""Stores what Hoomdossier told, the newest of each kind per building, and queues it; `deliver_event` takes it on.

The way is the same for an event that was pushed, for one that `pull_appointments` found, and for one that was set aside
while the store was away.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from shared.config import Cooperation
from shared.domain.keys import canonical, digest, of_building, of_contact, of_erased_home
from shared.domain.relay import EventKind, Item, Relay, is_past
from shared.domain.work import Parked
from shared.errors import Changed
from shared.events.blobs import delete_unused_blobs
from shared.hoomdossier.inbound import ACCOUNT, CONTACT, Event
from shared.logs import log, needs_a_person
from shared.work.records import Stored
from shared.work.services import Services

LARGEST_PAYLOAD = 100_000  # bytes of JSON; what is larger becomes a blob


@dataclass(frozen=True)
class Found:
    """When an event happened that did not just arrive as a push, and when we heard of it by our clock (both UTC).

    `changed_at` of an event from the feed is by Hoomdossier's clock. `pushed`: it was pushed, and set aside until now.
    """

    changed_at: datetime
    heard_at: datetime
    pushed: bool = False


def keep_event(services: Services, cooperation: str, event: Event, found: Found | None = None) -> None:
    """Stores the event when it is news. Without `found` it was pushed now, so it is newer than all before it.

    Raises StoreUnavailable, and then nothing is stored.
    """
    if event.contact_id is None and CONTACT not in event.unreadable:
        return  # Hoomdossier sends these for accounts that Econobis never knew (known-limits C12).
    key = of_building(cooperation, event.building_id)
    known = services.records(Relay).read(key)
    if _is_first(known.record if known else None, event) and _is_erased(services, cooperation, event):
        log.info("of a contact that was erased", flow="keep_event", cooperation=cooperation, kind=event.kind)
        return
    big = _big_body(event)
    item = _item(services, event, found, kept_apart=big is not None)
    taking = _Taking(services, cooperation, event, item, found)
    if big:
        if known and not taking.is_news(known.record):
            services.records(Relay).update(key, taking.confirm, known)
            return
        # Each item has a blob of its own, so that the end of another item cannot delete it.
        item.blob = services.blobs.put(big, f"{key}:{uuid4().hex}")
    relay = services.records(Relay).update(key, taking.take, known)
    if taking.is_first and taking.taken and _is_erased(services, cooperation, event):
        _take_back(services, key, event.kind, item)  # The contact was erased while we stored it.
        return
    blobs_before = taking.before.blobs if taking.before else []
    delete_unused_blobs(services, [*blobs_before, *([item.blob] if item.blob else [])], relay)
    if relay and taking.taken:
        services.enqueue_if_possible(key, relay)
        _log(relay, event.kind, taking.before)


@dataclass
class _Taking:
    """Puts one event into the relay of its building. `taken` and `before` tell of the last try."""

    services: Services
    cooperation: str
    event: Event
    item: Item
    found: Found | None
    taken: bool = False
    before: Relay | None = field(default=None)

    @property
    def is_first(self) -> bool:
        return _is_first(self.before, self.event)

    def is_news(self, relay: Relay) -> bool:
        heard_at = self.found.heard_at if self.found else None
        pushed = self.found is None or self.found.pushed
        return relay.is_news(self.event.kind, self.item, heard_at, pushed=pushed)

    def take(self, stored: Relay | None) -> Relay | None:
        """The relay with the event in it, when it is news."""
        self.before = stored.model_copy(deep=True) if stored else None
        self.taken = stored is None or self.is_news(stored)
        if self.taken:
            return _accepted(self.services, self.cooperation, self.event, self.item, stored)
        return self.confirm(stored)

    def confirm(self, stored: Relay | None) -> Relay | None:
        """Known already, and true until now: what was set aside before it and is taken up later is older."""
        if stored:
            stored.confirm(self.event.kind, self.item)
        return stored


def _is_first(relay: Relay | None, event: Event) -> bool:
    """Hoomdossier did not tell of this contact and home before. A delete does not count: it is accepted of anybody."""
    kinds = [kind for kind, item in relay.items.items() if item.contact_id == event.contact_id] if relay else []
    return event.contact_id is None or not set(kinds) - {"delete"}


def _is_erased(services: Services, cooperation: str, event: Event) -> bool:
    """A delete is taken all the same: it holds nothing of a person, and Econobis has to know it."""
    if event.kind == "delete":
        return False
    contact = event.contact_id
    key = of_contact(cooperation, contact) if contact else of_erased_home(cooperation, event.building_id)
    return services.erasures.records.get(key) is not None


def _take_back(services: Services, key: str, kind: EventKind, item: Item) -> None:
    relays = services.records(Relay)
    while stored := relays.read(key):
        mine = stored.record.items.get(kind)
        if mine is None or (mine.digest, mine.accepted_at) != (item.digest, item.accepted_at):
            break
        del stored.record.items[kind]
        with suppress(Changed):
            _write_or_delete(services, stored)
            break
    delete_unused_blobs(services, [item.blob] if item.blob else [], None)
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


def _item(services: Services, event: Event, found: Found | None, *, kept_apart: bool) -> Item:
    now = services.clock()
    item = Item(
        digest=digest(event.content),
        version=1,
        contact_id=event.contact_id,
        accepted_at=now,
        known_since=found.changed_at if found else now,
        next_at=now,
        payload=event.payload,
        found=found is not None and not found.pushed,
    )
    if event.kind == "report":
        item.payload = event.payload_without_report
        if not kept_apart:
            item.park(Parked(code="no_pdf", at=now))
    elif kept_apart:
        item.payload = None
    return item


def _big_body(event: Event) -> bytes | None:
    """What is stored as a blob: a report, and a payload that is too large for the document."""
    if event.kind == "report":
        return event.pdf if event.pdf and event.pdf.startswith(b"%PDF-") else None
    body = canonical(event.payload)
    return body if len(body) > LARGEST_PAYLOAD else None


def _accepted(services: Services, cooperation: str, event: Event, item: Item, stored: Relay | None) -> Relay:
    relay = stored or Relay(
        cooperation=cooperation,
        building_id=event.building_id,
        contact_id=event.contact_id,
        account_id=event.account_id,
        accepted_at=item.accepted_at,
    )
    item = item.model_copy(deep=True)
    if event.kind == "appointment" and _is_removal_of_what_was_done(relay, event, item.accepted_at):
        relay.removal_ignored = True
        return relay
    if parked := _first_for_a_person(services.cooperations[cooperation], relay, event, item):
        item.park(parked)
    relay.take(event.kind, item)
    relay.contact_id = relay.contact_id or event.contact_id
    relay.account_id = event.account_id or relay.account_id
    relay.expires_at = services.expiry(Relay)
    _understand(relay, event, item)
    if event.kind == "delete" and item.state == "waiting":
        relay.bar(item)
    relay.reschedule()
    return relay


def _is_removal_of_what_was_done(relay: Relay, event: Event, now: datetime) -> bool:
    removed = event.appointment is None and not event.unreadable
    return removed and relay.executed and is_past(relay.last_appointment, now)


def _first_for_a_person(settings: Cooperation, relay: Relay, event: Event, item: Item) -> Parked | None:
    """Why a person has to decide before it is delivered; None: it is delivered."""
    at = item.accepted_at
    contact = event.contact_id or relay.contact_id
    if event.unreadable:
        return _unreadable(event, contact, at)
    if settings.current_contact(relay.contact_id or contact or 0) != settings.current_contact(contact or 0):
        return Parked(code="other_contact", at=at)
    if event.kind == "delete" and event.misplaced:
        return Parked(code="misplaced_delete", at=at)
    if event.kind == "delete" and settings.events.hold_deletes:
        return Parked(code="delete_held", at=at)
    if event.kind == "appointment" and event.appointment is None and relay.executed:
        return Parked(code="done_or_cancelled", at=at)
    return item.parked


def _unreadable(event: Event, contact: int | None, at: datetime) -> Parked:
    said = "; ".join(f"{field} {' '.join(texts)}" for field, texts in event.unreadable.items())
    if event.unreadable.keys() <= {CONTACT, ACCOUNT}:
        code = "wrong_id" if contact else "unknown_contact"
    else:
        code = _UNREADABLE.get(event.kind, "unreadable")
    return Parked(code=code, reason=said, at=at)


_UNREADABLE: Mapping[EventKind, str] = {
    "appointment": "unreadable_appointment",
    "status": "unreadable_status",
    "report": "unreadable_report",
}


def _understand(relay: Relay, event: Event, item: Item) -> None:
    """What the event means for the visit. Of two that did not arrive in order the newer one counts."""
    if event.kind == "appointment" and event.appointment_is_readable:
        relay.removed = None if event.appointment else relay.appointment or relay.removed
        relay.appointment, relay.removal_ignored = event.appointment, False
        if event.appointment and not is_past(event.appointment, item.accepted_at):
            relay.executed = relay.executed and _is_older(item, relay.items.get("status"))
    if event.kind == "status" and event.status and not _is_older(item, relay.items.get("appointment")):
        relay.executed = event.is_executed
        removal = relay.removal if event.is_executed else None
        if removal and is_past(relay.last_appointment, item.accepted_at):
            removal.forget()
            relay.removal_ignored = True
        elif removal:
            removal.park(Parked(code="done_or_cancelled", at=item.accepted_at))


def _is_older(item: Item, other: Item | None) -> bool:
    return other is not None and item.known_since < other.known_since
