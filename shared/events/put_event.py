"""What an event changes in the relay of its building: its item, whether a person has to decide, and the visit.

No input or output: `keep_event.py` stores the relay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.config import Cooperation
from shared.domain.ids import ContactId
from shared.domain.imported import KnownVisit, Stand, stand_of_appointment, stand_of_executed
from shared.domain.keys import canonical, digest
from shared.domain.relay import EventKind, Item, Relay, is_past
from shared.domain.work import Parked
from shared.hoomdossier.inbound import ACCOUNT, CONTACT, Event
from shared.hoomdossier.plan import measures_in

LARGEST_PAYLOAD = 100_000  # bytes of JSON; a larger payload becomes a blob


@dataclass(frozen=True)
class Received:
    """How an event came in: pushed just now, entered by a coach just now, pushed and set aside until now, read from the
    feed, or from an import.

    For the last three `changed_at` is when it happened and `heard_at` when we received it (both UTC). In an event from
    the feed `changed_at` is by Hoomdossier's clock. For an import both are when the file was made or the table copied.
    """

    source: Literal["push", "coach", "set_aside", "feed", "import"]
    changed_at: datetime | None = None
    heard_at: datetime | None = None


JUST_PUSHED, JUST_ENTERED = Received("push"), Received("coach")


def stand_of_import(relay: Relay | None, event: Event, as_of: datetime) -> Stand:
    """What an appointment or status of an import, true at `as_of` (UTC), says beside the relay of its home."""
    known = KnownVisit.of_relay(relay) if relay else None
    if event.kind == "status":
        return stand_of_executed(known, as_of)
    return stand_of_appointment(known, event.appointment_date, as_of)


def big_body(event: Event) -> bytes | None:
    """What of the event has to be stored as a blob: a report, or a payload that is too large for the document."""
    if event.kind == "report":
        return event.pdf if event.pdf and event.pdf.startswith(b"%PDF-") else None
    body = canonical(event.payload)
    return body if len(body) > LARGEST_PAYLOAD else None


def new_item(event: Event, received: Received, now: datetime, *, has_blob: bool) -> Item:
    """The item for an event, accepted at `now` (UTC). `has_blob`: the caller stores `big_body` as its blob."""
    item = Item(
        digest=digest(event.content),
        version=1,
        contact_id=event.contact_id,
        accepted_at=now,
        known_since=received.changed_at or now,
        next_at=now,
        payload=event.payload,
        found=received.source in {"feed", "import"},
        entered=received.source == "coach",
    )
    if event.kind == "report":
        item.payload = event.payload_without_report
        if not has_blob:
            item.park(Parked(code="no_pdf", at=now))
    elif has_blob:
        item.payload = None
    return item


@dataclass
class Placement:
    """Puts one event into the relay of its building. All methods may run again, on a newer version of the relay.

    After `put`: `before` is the relay as it was, and `was_put` tells whether the event was put in.
    """

    cooperation: str
    settings: Cooperation
    event: Event
    item: Item
    received: Received
    expires_at: datetime
    before: Relay | None = None
    was_put: bool = False

    def is_first_in(self, relay: Relay | None) -> bool:
        """Whether this is the first event of this contact and home. Only then does an erasure count."""
        contact = self.event.contact_id
        # A delete does not count, because it is stored after an erasure too.
        kinds = {kind for kind, item in relay.items.items() if item.contact_id == contact} if relay else set()
        return contact is None or not kinds - {"delete"}

    def is_news(self, relay: Relay) -> bool:
        """Whether the event has to be delivered: see `Relay.is_news`; of an import `domain/imported.py`."""
        if self.received.source == "import":
            return stand_of_import(relay, self.event, self.item.known_since) == "news"
        was_pushed = self.received.source != "feed"
        return relay.is_news(self.event.kind, self.item, self.received.heard_at, pushed=was_pushed)

    def put(self, record: Relay | None) -> Relay:
        """The relay with the event in it; when it is not news, only confirmed."""
        self.before = record.model_copy(deep=True) if record else None
        self.was_put = record is None or self.is_news(record)
        if record and not self.was_put:
            self.confirm(record)
            return record
        return self._accept(record or self._new_relay())

    def confirm(self, relay: Relay) -> None:
        """The event is known already: see `Relay.confirm`."""
        relay.confirm(self.event.kind, self.item)

    def undo(self, relay: Relay) -> bool:
        """Takes the event out again, and puts back the item that it replaced. False when it is not there any more."""
        kind = self.event.kind
        mine = relay.items.get(kind)
        if mine is None or (mine.digest, mine.accepted_at) != (self.item.digest, self.item.accepted_at):
            return False
        del relay.items[kind]
        if self.before and kind in self.before.items:
            relay.items[kind] = self.before.items[kind]
        return True

    def _new_relay(self) -> Relay:
        return Relay(
            cooperation=self.cooperation,
            building_id=self.event.building_id,
            contact_id=self.event.contact_id,
            account_id=self.event.account_id,
            accepted_at=self.item.accepted_at,
        )

    def _accept(self, relay: Relay) -> Relay:
        event, item = self.event, self.item.model_copy(deep=True)
        if _removes_date_of_done_visit(relay, event, item.accepted_at):
            relay.removal_ignored = True
            return relay
        if parked := _why_a_person(self.settings, relay, event, item.accepted_at):
            item.park(parked)
        relay.put(event.kind, item)
        relay.contact_id = relay.contact_id or event.contact_id
        relay.account_id = event.account_id or relay.account_id
        relay.expires_at, relay.traceparent = self.expires_at, ""  # The trace is that of the newest event.
        _change_visit(relay, event, item)
        if event.kind == "delete" and item.state == "waiting":
            relay.drop_all_but(item)
        relay.reschedule()
        return relay


def _removes_date_of_done_visit(relay: Relay, event: Event, now: datetime) -> bool:
    removed = event.kind == "appointment" and event.appointment is None and not event.unreadable
    return removed and relay.executed and is_past(relay.last_appointment, now)


# -- whether a person has to decide before it is delivered -------------------------------------------------------------


def _why_a_person(settings: Cooperation, relay: Relay, event: Event, at: datetime) -> Parked | None:
    """None: it can be delivered, or the item is parked already."""
    if event.unreadable:
        return _unreadable(event, event.contact_id or relay.contact_id, at)
    code = _rule(settings, relay, event)
    return Parked(code=code, at=at) if code else None


def _rule(settings: Cooperation, relay: Relay, event: Event) -> str | None:
    """The code in `domain/dead_letter_texts.py`."""
    named, known = event.contact_id, relay.contact_id
    if named and known and settings.current_contact(named) != settings.current_contact(known):
        return "other_contact"
    if event.kind == "delete":
        held = "delete_held" if settings.events.hold_deletes else None
        return "misplaced_delete" if event.misplaced else held
    removed = event.kind == "appointment" and event.appointment is None
    return "done_or_cancelled" if removed and relay.executed else None


_UNREADABLE: Mapping[EventKind, str] = {
    "appointment": "unreadable_appointment",
    "status": "unreadable_status",
    "report": "unreadable_report",
}


def _unreadable(event: Event, contact: ContactId | None, at: datetime) -> Parked:
    said = "; ".join(f"{field} {' '.join(texts)}" for field, texts in event.unreadable.items())
    if event.unreadable.keys() <= {CONTACT, ACCOUNT}:
        code = "wrong_id" if contact else "unknown_contact"
    else:
        code = _UNREADABLE.get(event.kind, "unreadable")
    return Parked(code=code, reason=said, at=at)


# -- what it means for the visit: of two events that did not arrive in order the newer one counts ----------------------


def _change_visit(relay: Relay, event: Event, item: Item) -> None:
    if event.kind == "appointment" and event.appointment_is_readable:
        _change_appointment(relay, event.appointment, item)
    if event.kind == "status" and event.status and not _is_older(item, relay.items.get("appointment")):
        _change_status(relay, item, executed=event.is_executed)
    if event.kind == "plan":
        relay.measures = measures_in(event)
        relay.plan_at = relay.plan_at or (item.known_since if relay.measures else None)
    if event.coaches:
        relay.coaches = sorted(coach.contact_id for coach in event.coaches)
        relay.coaches_at = min(relay.coaches_at or item.known_since, item.known_since)


def _change_appointment(relay: Relay, appointment: str | None, item: Item) -> None:
    relay.removed = None if appointment else relay.appointment or relay.removed
    if relay.appointment != appointment:
        relay.before = relay.appointment
    relay.appointment, relay.removal_ignored = appointment, False
    if appointment and not is_past(appointment, item.accepted_at):
        relay.executed = relay.executed and _is_older(item, relay.items.get("status"))


def _change_status(relay: Relay, item: Item, *, executed: bool) -> None:
    """A visit that took place must not be cancelled: drops a removal of its date, or has a person decide about it."""
    relay.executed = executed
    removal = relay.removal if executed else None
    if removal is None:
        return
    if is_past(relay.last_appointment, item.accepted_at):
        removal.forget()
        relay.removal_ignored = True
    else:
        removal.park(Parked(code="done_or_cancelled", at=item.accepted_at))


def _is_older(item: Item, other: Item | None) -> bool:
    return other is not None and item.known_since < other.known_since
