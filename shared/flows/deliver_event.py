"""Takes to Econobis the newest of what Hoomdossier told about a building: one call per run, the most urgent first."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from functools import partial
from typing import Any

from shared.domain.relay import EventKind, Item, Relay, repeats_of
from shared.econobis import event_payloads as payloads
from shared.econobis.answers import AccountNotStoredYet, VisitNotFound
from shared.econobis.payloads import VisitStatus
from shared.errors import Busy, LinkError, NoRoom, OutcomeUnknown, Refused
from shared.events.follow_event import current_contact, follow_event, followed
from shared.events.keep_event import delete_unused_blobs
from shared.events.set_visit_status import MOST_CALLS as STATUS_CALLS
from shared.events.set_visit_status import SECONDS as STATUS_SECONDS
from shared.events.set_visit_status import ByHand, set_visit_status, words_for_a_person
from shared.flows.request_dossier import want_dossier
from shared.work.attempt import Attempt, log_attempt, not_done
from shared.work.records import Stored
from shared.work.services import Services

SECONDS = 60.0
URGENT: frozenset[EventKind] = frozenset({"appointment", "status"})
TOLD_LATE = 2  # attempts, so more than a minute: Econobis stores the account id seconds after our answer
NEEDS_CAMPAIGN: frozenset[EventKind] = frozenset({"appointment", "status"})


class NoCampaigns(Refused):
    """Without one Econobis would change the visit of any resident (known-limits D1)."""


def deliver_event(services: Services, key: str, stored: Stored[Relay]) -> None:
    """Raises Busy when it is not time yet."""
    relay = stored.record
    kind = relay.next_item(services.clock())
    if relay.followed_version < relay.version:
        follow_event(services, key, relay)
    elif kind is None:
        raise Busy("it is not time yet")
    if kind:
        relay = _deliver(services, key, stored, kind)
    else:
        relay = services.relays.update(key, partial(_followed, services, relay), stored.document) or relay
    services.enqueue("relays", key, relay)


def _followed(services: Services, seen: Relay, relay: Relay | None) -> Relay | None:
    if relay:
        followed(services, relay, seen)
        relay.settle()
    return relay


def _deliver(services: Services, key: str, stored: Stored[Relay], kind: EventKind) -> Relay:
    relay = stored.record
    by_hand = ""

    def before(record: Relay) -> None:
        followed(services, record, relay)
        record.items[kind].sending_version = record.items[kind].version

    def send(record: Relay) -> dict[str, Any]:
        nonlocal by_hand
        if _is_cancelled(record, kind) != _is_cancelled(relay, kind) or record.items[kind].state != "waiting":
            raise NoRoom(services.clock())  # It changed meanwhile: it goes with another key, or not at all.
        try:
            return _send(services, record, kind)
        except (ByHand, VisitNotFound):
            by_hand = words_for_a_person(services, record, _status_of(record, kind))
            raise

    def settle(record: Relay, outcome: Any) -> None:
        followed(services, record, relay)
        item = record.items.get(kind)
        if item and not record.is_barred(kind):  # Else a delete came while it was on its way, and goes now.
            _settle(record, kind, outcome, services.clock(), by_hand)
        elif item:
            item.forget()
        record.settle()

    seconds, calls = _extent(relay, kind)
    attempt = Attempt(
        services.relays,
        send,
        settle,
        seconds,
        limits=services.econobis_limits(relay.cooperation, event=not _is_cancelled(relay, kind)),
        before=before,
        path=("items", kind, "effect"),
        held=lambda record, now: record.is_held(kind, now),
        repeats=repeats_of(kind),
        turn="urgent" if kind in URGENT else "bulk",
        calls=calls,
    )
    attempted = attempt.make(services, key, known=stored.document)
    delete_unused_blobs(services, relay.blobs, attempted.record)
    item = attempted.record.items.get(kind)
    log_attempt("deliver_event", attempted.record, attempted.error, parked=item.parked if item else None, kind=kind)
    if isinstance(attempted.error, AccountNotStoredYet):
        _have_account_told(services, attempted.record, kind)
    return attempted.record


def _settle(record: Relay, kind: EventKind, outcome: Any, now: datetime, by_hand: str) -> None:
    """`by_hand`: how a person does it instead; `""` when the link cannot say."""
    item = record.items[kind]
    if not isinstance(outcome, LinkError):
        record.plan = outcome.get("plan", record.plan)
        record.planned = outcome.get("planned", record.planned)
        record.cancelled = outcome.get("cancelled", record.cancelled)
        if outcome.get("cancelled"):
            record.has_cancelled()
        item.settle(now)
    elif isinstance(outcome, VisitNotFound) and kind == "status" and item.again:
        item.settle(now)  # It was told before, and no visit is open any more.
    elif item.state == "waiting" or (item.parked and item.parked.unknown):  # What came late is known after all.
        _not_delivered(item, kind, outcome, now)
        if item.parked and by_hand:
            item.parked.advice = by_hand


def _not_delivered(item: Item, kind: EventKind, error: LinkError, now: datetime) -> None:
    repeats = repeats_of(kind)
    may_go_again = item.effect is not None and item.effect.again < repeats.most
    not_done(item, kind, error, now, repeatable=may_go_again)
    if isinstance(error, OutcomeUnknown) and item.effect and repeats.rest is not None:
        item.next_at = max(item.next_at, repeats.rested_at(item.effect))


def _have_account_told(services: Services, relay: Relay, kind: EventKind) -> None:
    """Our answer to its register call never reached Econobis: it is to ask again, when it is not just late."""
    item = relay.items.get(kind)
    if item and item.attempts.failed >= TOLD_LATE:
        want_dossier(services, relay.cooperation, current_contact(services, relay))


def _send(services: Services, relay: Relay, kind: EventKind) -> dict[str, Any]:
    """What is to be remembered of it: `plan`, `planned` and `cancelled`, see Relay."""
    settings = services.cooperations[relay.cooperation]
    if kind in NEEDS_CAMPAIGN and not settings.campaigns:
        raise NoCampaigns("De coöperatie heeft in de instellingen geen campagne staan.")
    contact = settings.current_contact(relay.contact_id or 0)
    item = relay.items[kind]
    client = services.econobis(relay.cooperation)
    if kind == "appointment":
        return _send_appointment(services, relay, contact)
    raw = _raw(services, relay, kind, contact)
    if kind == "report":
        assert item.blob is not None
        contents = base64.b64encode(services.blobs.get(item.blob)).decode()
        client.push(kind, payloads.report_payload(raw["account_related"], contents), SECONDS)
    elif kind == "plan":
        return _send_plan(services, relay, raw)
    else:
        client.push(kind, payloads.PLAIN[kind](raw), SECONDS)
    return {}


def _send_appointment(services: Services, relay: Relay, contact: int) -> dict[str, Any]:
    resident = services.resident(relay.cooperation, contact)
    if relay.appointment is None:
        set_visit_status(services, relay, contact, resident, "cancelled")
        return {"cancelled": True}
    coach = resident.visit_coach if resident else None
    contact_of_today = services.cooperations[relay.cooperation].current_contact
    raw = payloads.with_coaches(_raw(services, relay, "appointment", contact), contact_of_today)
    services.econobis(relay.cooperation).push("appointment", payloads.appointment_payload(raw, coach), SECONDS)
    if _is_made_again(relay):
        after = services.econobis_limits(relay.cooperation, event=True)
        set_visit_status(services, relay, contact, resident, "made", after=after)
    return {"cancelled": False, "planned": relay.appointment}


def _is_made_again(relay: Relay) -> bool:
    """Econobis kept the date of a cancelled visit, and sets the status only when the date changes."""
    return relay.cancelled and relay.appointment is not None and relay.planned == relay.appointment


def _extent(relay: Relay, kind: EventKind) -> tuple[float, int]:
    """How many seconds its calls may take, and how many they may be; the first is no use without the others."""
    if kind != "appointment":
        return SECONDS, 1
    if relay.appointment is None:
        return STATUS_SECONDS, STATUS_CALLS
    return (SECONDS + STATUS_SECONDS, 1 + STATUS_CALLS) if relay.cancelled else (SECONDS, 1)


def _status_of(relay: Relay, kind: EventKind) -> VisitStatus | None:
    """The status that the visit should have now; None when only Econobis' own answer says what is missing."""
    if kind == "status":
        return "done" if relay.executed and relay.cancelled else None
    if relay.appointment is None:
        return "cancelled"
    return "made" if _is_made_again(relay) else None


def _raw(services: Services, relay: Relay, kind: EventKind, contact: int) -> dict[str, Any]:
    """What Hoomdossier said, about the contact of today. A report's file is the blob itself."""
    item = relay.items[kind]
    body: dict[str, Any] = item.payload or {}
    if item.blob and kind != "report":
        body = json.loads(services.blobs.get(item.blob))
    return payloads.with_contact(body, contact, relay.account_id)


def _is_cancelled(relay: Relay, kind: EventKind) -> bool:
    """That goes through the webform, with the webform's key."""
    return kind == "appointment" and relay.appointment is None


def _send_plan(services: Services, relay: Relay, raw: dict[str, Any]) -> dict[str, Any]:
    """As the cooperation wants it: with or without remarks, and with or without measures that were taken out."""
    choices = services.cooperations[relay.cooperation].events
    plan = {} if choices.forward_removed_measures else payloads.with_earlier_measures(relay.plan, raw)
    payload = payloads.plan_payload(
        {**raw, "user_action_plan_advices": plan} if plan else raw,
        choices.measure_ids,
        keep_remarks=not choices.forward_plan_remarks,
    )
    services.econobis(relay.cooperation).push("plan", payload, SECONDS)
    return {"plan": plan} if plan else {}
