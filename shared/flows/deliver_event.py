"""Takes to Econobis the newest of what Hoomdossier told about a building: one call per run, the most urgent first."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import Any

from shared.domain.relay import REPEATABLE, Item, Kind, Relay
from shared.domain.resident import Resident
from shared.econobis import event_payloads as payloads
from shared.econobis.answers import AccountNotStoredYet
from shared.econobis.payloads import VisitStatus, visit_status_fields
from shared.errors import BadInput, Busy, LinkError, NoRoom, Refused
from shared.flows.attempt import Attempt, not_done, tell
from shared.flows.follow_event import follow_event, followed, today
from shared.flows.keep_event import delete_unused_blobs
from shared.flows.request_dossier import want_dossier
from shared.records import Stored
from shared.services import Services

SECONDS = 60.0
URGENT: frozenset[Kind] = frozenset({"afspraak", "woning-status"})
TOLD_LATE = 2  # attempts, so more than a minute: Econobis stores the account id seconds after our answer
NEEDS_CAMPAIGN: frozenset[Kind] = frozenset({"afspraak", "woning-status"})


class NoCampaigns(Refused):
    """Without one Econobis would change the visit of any resident (known-limits D1)."""


class ResidentNotKnown(Refused):
    """The webform needs a name, and this resident did not come through us."""


class OtherContactFound(Refused):
    """Econobis' webform found somebody else."""


def deliver_event(services: Services, key: str, stored: Stored[Relay]) -> None:
    """Raises Busy when it is not time yet."""
    relay = stored.record
    kind = relay.next_item(services.clock())
    if relay.followed < relay.accepted:
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


def _deliver(services: Services, key: str, stored: Stored[Relay], kind: Kind) -> Relay:
    relay = stored.record

    def before(record: Relay) -> None:
        followed(services, record, relay)
        record.items[kind].sending = record.items[kind].version

    def send(record: Relay) -> dict[str, Any]:
        if _is_cancelled(record, kind) != _is_cancelled(relay, kind):
            raise NoRoom(services.clock())  # It changed meanwhile, and goes with another key than room was asked for.
        return _send(services, record, kind)

    def settle(record: Relay, outcome: Any) -> None:
        followed(services, record, relay)
        item = record.items.get(kind)
        if item and not record.is_barred(kind):  # Else a delete came while it was on its way, and goes now.
            settle_item(record, item, outcome)
        record.settle()

    def settle_item(record: Relay, item: Item, outcome: Any) -> None:
        if not isinstance(outcome, LinkError):
            record.plan = outcome.get("plan", record.plan)
            record.planned = outcome.get("planned", record.planned)
            record.cancelled = outcome.get("cancelled", record.cancelled)
            item.settle(services.clock())
        elif item.state == "waiting" or (item.parked and item.parked.unknown):
            not_done(item, kind, outcome, services.clock(), repeatable=kind in REPEATABLE)

    attempt = Attempt(
        services.relays,
        send,
        settle,
        SECONDS * (2 if relay.cancelled else 1),
        peering=services.to_econobis(relay.cooperation, event=not _is_cancelled(relay, kind)),
        before=before,
        path=("items", kind, "effect"),
        held=lambda record, now: record.is_held(kind, now),
        repeatable=kind in REPEATABLE,
        urgent=kind in URGENT,
        calls=2 if relay.cancelled else 1,
    )
    attempted = attempt.make(services, key, known=stored.document)
    delete_unused_blobs(services, relay.blobs, attempted.record)
    item = attempted.record.items.get(kind)
    tell("deliver_event", attempted.record, attempted.error, parked=item.parked if item else None, kind=kind)
    if isinstance(attempted.error, AccountNotStoredYet):
        _have_account_told(services, attempted.record, kind)
    return attempted.record


def _have_account_told(services: Services, relay: Relay, kind: Kind) -> None:
    """Our answer to its register call never reached Econobis: it is to ask again, when it is not just late."""
    item = relay.items.get(kind)
    if item and item.attempts.failed >= TOLD_LATE:
        want_dossier(services, relay.cooperation, today(services, relay))


def _send(services: Services, relay: Relay, kind: Kind) -> dict[str, Any]:
    """What is to be remembered of it: `plan`, `planned` and `cancelled`, see Relay."""
    settings = services.cooperations[relay.cooperation]
    if kind in NEEDS_CAMPAIGN and not settings.campaigns:
        raise NoCampaigns("De coöperatie heeft in de instellingen geen campagne staan.")
    contact = settings.contact(relay.contact_id or 0)
    item = relay.items[kind]
    client = services.econobis(relay.cooperation)
    if kind == "afspraak":
        resident = services.resident(relay.cooperation, contact)
        if _is_cancelled(relay, kind):
            _set_visit_status(services, relay, contact, resident, "cancelled")
            return {"cancelled": True}
        coach = resident.visit_coach if resident else None
        raw = payloads.with_coaches(payloads.with_contact(_raw(services, item), contact), settings.contact)
        client.push(kind, payloads.afspraak_payload(raw, coach), SECONDS)
        if relay.cancelled and relay.planned == relay.appointment:
            # Econobis kept the date, and sets the status only when the date changes. It is a call of its own.
            services.limiter.learn(services.to_econobis(relay.cooperation, event=True), None)  # It answered.
            services.limiter.admit(services.to_econobis(relay.cooperation), urgent=True)
            _set_visit_status(services, relay, contact, resident, "made")
        return {"cancelled": False, "planned": relay.appointment}
    if kind == "pdf":
        assert item.payload is not None
        assert item.blob is not None
        contents = base64.b64encode(services.blobs.get(item.blob)).decode()
        related = payloads.with_contact(item.payload, contact)["account_related"]
        client.push(kind, payloads.pdf_payload(related, contents), SECONDS)
    elif kind == "woonplan":
        raw = payloads.with_contact(_raw(services, item), contact)
        return _send_plan(services, relay, raw)
    else:
        raw = payloads.with_contact(_raw(services, item), contact)
        client.push(kind, payloads.PLAIN[kind](raw), SECONDS)
    return {}


def _raw(services: Services, item: Item) -> dict[str, Any]:
    if item.blob:
        body: dict[str, Any] = json.loads(services.blobs.get(item.blob))
        return body
    return item.payload or {}


def _is_cancelled(relay: Relay, kind: Kind) -> bool:
    """That goes through the webform, with the webform's key."""
    return kind == "afspraak" and relay.appointment is None


def _send_plan(services: Services, relay: Relay, raw: dict[str, Any]) -> dict[str, Any]:
    """As the cooperation wants it: with or without remarks, and with or without measures that were taken out."""
    choices = services.cooperations[relay.cooperation].events
    plan = {} if choices.forward_removed_measures else payloads.with_earlier_measures(relay.plan, raw)
    payload = payloads.woonplan_payload(
        {**raw, "user_action_plan_advices": plan} if plan else raw,
        choices.measure_ids,
        keep_remarks=not choices.forward_plan_remarks,
    )
    services.econobis(relay.cooperation).push("woonplan", payload, SECONDS)
    return {"plan": plan} if plan else {}


def _set_visit_status(
    services: Services, relay: Relay, contact: int, resident: Resident | None, status: VisitStatus
) -> None:
    """Econobis refuses an empty date (known-limits C4): the visit's status is set through the webform instead."""
    if resident is None or not resident.person.email or not resident.visit_coach:
        raise ResidentNotKnown("Van deze bewoner zijn naam, e-mailadres of coach niet bekend in de koppeling.")
    settings = services.cooperations[relay.cooperation]
    try:
        fields = visit_status_fields(
            resident.person,
            resident.address,
            status=status,
            coach_contact_id=resident.visit_coach,
            campaign_id=resident.campaign_id or next(iter(settings.campaigns)),
        )
    except BadInput as error:
        raise ResidentNotKnown(str(error)) from error
    answer = services.econobis(relay.cooperation).submit_webform(fields, SECONDS)
    if answer.contact_id != contact:
        raise OtherContactFound("Het webformulier van Econobis vond een ander contact.")
    if not answer.visit_status_updated:
        raise Refused("Geen kansactie bezoek gevonden voor contact, coach en campagne.")
