"""Delivers the events of one building to Econobis: one call per task, the most urgent kind first."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from shared.blobs.port import Blob
from shared.domain.home_facts import facts_of
from shared.domain.ids import ContactId
from shared.domain.rate import Turn
from shared.domain.relay import EventKind, Item, Relay, repeats_of
from shared.domain.retry import try_later
from shared.econobis import event_payloads as payloads
from shared.econobis.answers import AccountNotStoredYet, VisitNotFound
from shared.errors import Busy, LinkError, NoRoom, OutcomeUnknown, Refused
from shared.events.blobs import delete_unused_blobs
from shared.events.follow_event import current_contact, follow_event
from shared.events.set_visit_status import MOST_CALLS as STATUS_CALLS
from shared.events.set_visit_status import SECONDS as STATUS_SECONDS
from shared.events.set_visit_status import set_visit_status
from shared.work.records import Stored
from shared.work.requests import want_dossier
from shared.work.services import Services
from shared.work.step import Step, log_attempt

SECONDS = 60.0
URGENT: frozenset[EventKind] = frozenset({"appointment", "status"})
NEEDS_CAMPAIGN: frozenset[EventKind] = frozenset({"appointment", "status"})
ASK_AGAIN_AFTER = 2
"""After so many failed attempts, over a minute together, Econobis should have stored our answer; ask again."""


class NoCampaigns(Refused):
    """The settings have no campaign, and without one Econobis would change any resident's visit (known-limits D1)."""


def deliver_event(services: Services, key: str, stored: Stored[Relay]) -> None:
    """Follows the newest event (`follow_event`), then makes the call that is due. Raises Busy when nothing is due yet.

    Following may be repeated after a crash. The writes of the delivery also store how far we followed.
    """
    relay = stored.record
    kind = relay.next_item(services.clock())
    is_new = relay.followed_version < relay.version
    if kind is None and not is_new:
        if any(item.state == "waiting" for item in relay.items.values()):
            raise Busy("it is not time yet")
        # It is due because our own code crashed after the last delivery was written down.
        services.records(Relay).edit(key, Relay.reschedule, stored)
        return
    if is_new:
        follow_event(services, key, relay)
    if kind:
        relay = _deliver(services, key, stored, kind)
    else:
        relay = services.records(Relay).edit(key, partial(_note, Followed.of(services, relay)), stored) or relay
    services.enqueue(key, relay)


@dataclass(frozen=True)
class Followed:
    """What to remember of `follow_event`: the version of the relay, the contact and account ids, and the facts."""

    version: int
    known_as: tuple[ContactId, int] | None
    told: str

    @classmethod
    def of(cls, services: Services, relay: Relay) -> Followed:
        """For the relay that `follow_event` got."""
        contact, account = current_contact(services, relay), relay.account_id
        return cls(relay.version, (contact, account) if contact and account else None, facts_of(relay).digest)

    def note(self, relay: Relay) -> None:
        """Writes it to the newest version of the relay, which the caller then reschedules."""
        relay.followed_version = max(relay.followed_version, self.version)
        relay.known_as, relay.told = self.known_as or relay.known_as, self.told


def _note(followed: Followed, relay: Relay) -> None:
    followed.note(relay)
    relay.reschedule()


def _deliver(services: Services, key: str, stored: Stored[Relay], kind: EventKind) -> Relay:
    blobs = stored.record.blobs
    attempted = DeliverEvent(services, key, stored.record, kind).run(stored)
    relay = attempted.record
    delete_unused_blobs(services, blobs, relay)
    item = relay.items.get(kind)
    log_attempt("deliver_event", relay, attempted.error, parked=item.parked if item else None, kind=kind)
    if item and isinstance(attempted.error, AccountNotStoredYet):
        _ask_again(services, relay, item)
    return relay


def _ask_again(services: Services, relay: Relay, item: Item) -> None:
    """Makes Econobis ask for the dossier again, when our answer to its register call must have been lost on the way."""
    contact = current_contact(services, relay)
    if contact and item.attempts.failed >= ASK_AGAIN_AFTER:
        want_dossier(services, relay.cooperation, contact)


@dataclass(frozen=True)
class Delivered:
    """New values for the fields of Relay with these names. None: the field stays as it is."""

    plan: dict[str, Any] | None = None
    planned: str | None = None
    cancelled: bool | None = None


class DeliverEvent(Step[Relay, Delivered]):
    """The call that delivers one kind of event; for a cancelled visit more calls (`events/set_visit_status.py`).

    `relay` is as it was when the task began.
    """

    seconds = SECONDS

    def __init__(self, services: Services, key: str, relay: Relay, kind: EventKind) -> None:
        self._cancels = _is_cancellation(relay, kind)
        limits = services.limits.econobis(relay.cooperation, event=not self._cancels)
        super().__init__(services, services.records(Relay), key, limits)
        self.event = self._kind = kind
        self._followed = Followed.of(services, relay)
        self.repeats = repeats_of(kind)
        self.turn: Turn = "urgent" if kind in URGENT else "bulk"
        # A cancellation is the status calls alone. A cancelled visit that gets a date again: push, then status calls.
        if self._cancels:
            self.seconds, self.calls = STATUS_SECONDS, STATUS_CALLS
        elif kind == "appointment" and relay.cancelled:
            self.seconds, self.calls = self.seconds + STATUS_SECONDS, 1 + STATUS_CALLS

    def must_wait(self, record: Relay, now: datetime) -> bool:
        return record.has_call_in_flight(self._kind, now)

    def before(self, record: Relay) -> None:
        self._followed.note(record)
        record.items[self._kind].sending_version = record.items[self._kind].version

    def send(self, record: Relay) -> Delivered:
        """As in Step. Raises NoRoom too when the relay changed so much that it needs another call."""
        if _is_cancellation(record, self._kind) != self._cancels or record.items[self._kind].state != "waiting":
            # Not about room: the relay changed since the call was chosen. Start over in a new task.
            raise NoRoom(self.services.clock())
        if self._kind in NEEDS_CAMPAIGN and not self.services.cooperations[record.cooperation].campaigns:
            raise NoCampaigns("De coöperatie heeft in de instellingen geen campagne staan.")
        contact = current_contact(self.services, record)
        assert contact is not None, "an event without a contact is a dead letter"
        if self._kind == "appointment":
            return _send_appointment(self.services, record, contact)
        raw = _raw(self.services, record, self._kind, contact)
        if self._kind == "plan":
            return _send_plan(self.services, record, raw)
        payload = _report(self.services, record, raw) if self._kind == "report" else payloads.PLAIN[self._kind](raw)
        self.services.econobis(record.cooperation).push(self._kind, payload, SECONDS)
        return Delivered()

    def worked(self, record: Relay, answer: Delivered) -> None:
        if item := self._item_to_settle(record):
            record.plan = record.plan if answer.plan is None else answer.plan
            record.planned = answer.planned or record.planned
            record.cancelled = record.cancelled if answer.cancelled is None else answer.cancelled
            if answer.cancelled:
                record.mark_cancelled()
            item.mark_delivered(self.services.clock())
        record.reschedule()

    def failed(self, record: Relay, error: LinkError) -> None:
        if item := self._item_to_settle(record):
            if isinstance(error, VisitNotFound) and _is_done_already(record, self._kind, item):
                item.mark_delivered(self.services.clock())
            # A late answer also ends a dead letter of unknown outcome.
            elif item.state == "waiting" or (item.parked and item.parked.unknown):
                _try_item_later(item, self._kind, error, self.services.clock())
        record.reschedule()

    def _item_to_settle(self, record: Relay) -> Item | None:
        """The item whose outcome is to be written; None when a delete arrived during the call."""
        self._followed.note(record)
        item = record.items.get(self._kind)
        if item and record.is_after_delete(self._kind):
            item.forget()
            return None
        return item


def _is_done_already(relay: Relay, kind: EventKind, item: Item) -> bool:
    """Whether Econobis finds no open visit because it has that the visit took place.

    A second "executed" for one visit: the first one was delivered. Of an import: Econobis took the appointment, so it
    has the visit; Hoomdossier may have pushed there itself, or an employee typed it.
    """
    return kind == "status" and (item.again or (item.found and relay.planned is not None))


def _is_cancellation(relay: Relay, kind: EventKind) -> bool:
    """Whether the event removes the appointment. Then the call uses the webform and its key."""
    return kind == "appointment" and relay.appointment is None


def _try_item_later(item: Item, kind: EventKind, error: LinkError, now: datetime) -> None:
    repeats = repeats_of(kind)
    may_go_again = item.effect is not None and item.effect.again < repeats.most
    try_later(item, error, now, repeatable=may_go_again)
    if isinstance(error, OutcomeUnknown) and item.effect and repeats.rest is not None:
        item.next_at = max(item.next_at, repeats.rested_at(item.effect))


def _send_appointment(services: Services, relay: Relay, contact: ContactId) -> Delivered:
    resident = services.find_resident(relay.cooperation, contact)
    if relay.appointment is None:
        set_visit_status(services, relay, contact, resident, "cancelled")
        return Delivered(cancelled=True)
    coach = resident.visit_coach if resident else None
    settings = services.cooperations[relay.cooperation]
    raw = payloads.with_coaches(_raw(services, relay, "appointment", contact), settings.current_contact)
    services.econobis(relay.cooperation).push("appointment", payloads.appointment_payload(raw, coach), SECONDS)
    if relay.is_made_again:
        pushed = services.limits.econobis(relay.cooperation, event=True)
        set_visit_status(services, relay, contact, resident, "made", previous_call=pushed)
    return Delivered(cancelled=False, planned=relay.appointment)


def _send_plan(services: Services, relay: Relay, raw: dict[str, Any]) -> Delivered:
    """With or without remarks, and measures that were taken out of the plan, as the settings say."""
    choices = services.cooperations[relay.cooperation].events
    plan = {} if choices.forward_removed_measures else payloads.measures_of(raw, relay.plan)
    payload = payloads.plan_payload(
        payloads.with_measures(raw, plan) if plan else raw,
        choices.measure_ids,
        keep_remarks=not choices.forward_plan_remarks,
    )
    services.econobis(relay.cooperation).push("plan", payload, SECONDS)
    return Delivered(plan=plan or None)


def _report(services: Services, relay: Relay, raw: dict[str, Any]) -> dict[str, Any]:
    blob: Blob | None = relay.items["report"].blob
    assert blob is not None
    return payloads.report_payload(raw, base64.b64encode(services.blobs.get(blob)).decode())


def _raw(services: Services, relay: Relay, kind: EventKind, contact: ContactId) -> dict[str, Any]:
    """What Hoomdossier sent, with the present contact id. Of a report without the file, which is in the blob."""
    item = relay.items[kind]
    body: dict[str, Any] = item.payload or {}
    if item.blob and kind != "report":
        body = json.loads(services.blobs.get(item.blob))
    return payloads.with_contact(body, contact, relay.account_id)
