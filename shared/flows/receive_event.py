"""What Hoomdossier tells is stored, the newest of each kind per building, and queued; `deliver_event` takes it on.

It does the same for a pushed event and for one that `pull_appointments` found.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from shared.domain.keys import canonical, digest, of_building, of_contact
from shared.domain.relay import Item, Kind, Relay
from shared.domain.resident import Resident
from shared.domain.work import Parked
from shared.flows.send_email import want_email
from shared.hoomdossier.inbound import Event
from shared.services import Services

LARGEST_PAYLOAD = 100_000  # bytes of JSON that stand in the document itself
NOT_A_PDF = "Het bestand is geen PDF."
NOT_A_PDF_ADVICE = (
    "Econobis neemt elk bestand aan, dus dit is niet doorgestuurd. Laat de coach het rapport opnieuw maken."
)
OTHER_CONTACT = "De woning is eerder doorgegeven bij een ander contact."
OTHER_CONTACT_ADVICE = (
    "Zijn de contacten in Econobis samengevoegd? Zet dat bij merged_contacts in de instellingen en speel dit opnieuw "
    "af. Anders klopt het contact-id in Hoomdossier niet: verbeter het daar."
)


def receive_event(services: Services, cooperation: str, event: Event, as_of: datetime) -> None:
    """`as_of` (UTC): when what it says was known to be true. Raises StoreUnavailable, and then nothing is stored."""
    if event.contact_id is None:
        return  # Sent for accounts that Econobis never knew (known-limits C12).
    key = of_building(cooperation, event.building_id)
    item = _item(services, key, event, as_of)
    before: list[Relay | None] = []

    def accept(stored: Relay | None) -> Relay | None:
        before[:] = [stored.model_copy(deep=True) if stored else None]
        return _accepted(services, cooperation, event, item, stored)

    relay = services.relays.update(key, accept)
    if relay is None or (before[0] and before[0] == relay):
        return
    _learn_account(services, before[0], relay, event)
    if event.kind == "afspraak" and relay.appointment != relay.announced:
        _want_appointment_email(services, key, relay)
    services.enqueue_if_possible("relays", key, relay)


def _item(services: Services, key: str, event: Event, as_of: datetime) -> Item:
    now = services.clock()
    item = Item(digest=digest(event.content), version=1, accepted_at=now, as_of=as_of, next_at=now, payload=event.raw)
    if event.kind == "pdf":
        item.payload = {"account_related": event.raw["account_related"]}
        if event.pdf is None or not event.pdf.startswith(b"%PDF-"):
            item.park(Parked(reason=NOT_A_PDF, advice=NOT_A_PDF_ADVICE, at=now))
        else:
            item.blob = services.blobs.put(event.pdf, key)
    elif len(body := canonical(event.raw)) > LARGEST_PAYLOAD:
        item.payload, item.blob = None, services.blobs.put(body, key)
    return item


def _accepted(services: Services, cooperation: str, event: Event, item: Item, stored: Relay | None) -> Relay | None:
    settings = services.cooperations[cooperation]
    assert event.contact_id is not None
    relay = stored or Relay(
        cooperation=cooperation,
        building_id=event.building_id,
        contact_id=event.contact_id,
        account_id=event.account_id,
        accepted_at=item.accepted_at,
    )
    known = relay.items.get(event.kind)
    if relay.deleted_at or (known and (known.as_of > item.as_of or _is_same(known, item))):
        return None
    item = item.model_copy(deep=True)
    if known:
        item.version, item.delivered, item.sending = known.version + 1, known.delivered, known.sending
        if known.effect and known.effect.state in {"claimed", "sent"}:
            item.effect = known.effect
    if settings.contact(relay.contact_id or 0) != settings.contact(event.contact_id) and stored:
        item.park(Parked(reason=OTHER_CONTACT, advice=OTHER_CONTACT_ADVICE, at=item.accepted_at))
    relay.account_id = event.account_id
    relay.items[event.kind] = item
    if event.kind == "afspraak":
        relay.appointment = event.raw.get("appointment_date")
    if event.kind == "delete":
        _delete(relay, item, hold=settings.events.hold_deletes)
    relay.settle()
    return relay


def _is_same(known: Item, item: Item) -> bool:
    """The same again is nothing, unless it was refused: whoever sends it once more wants it tried once more."""
    refused = known.state == "parked" and not (known.parked and known.parked.unknown)
    return known.digest == item.digest and not refused


def _delete(relay: Relay, item: Item, *, hold: bool) -> None:
    """A barrier: what was not delivered yet is not wanted any more, and nothing comes after it."""
    if hold:
        item.state = "held"
        return
    relay.deleted_at = item.accepted_at
    delete: dict[Kind, Item] = {"delete": item}
    relay.items = delete
    relay.appointment = None


def _learn_account(services: Services, before: Relay | None, relay: Relay, event: Event) -> None:
    """An event proves that the account exists: that heals a registration whose answer was lost."""
    contact = services.cooperations[relay.cooperation].contact(event.contact_id or 0)
    key = of_contact(relay.cooperation, contact)
    if relay.deleted_at:
        services.residents.update(key, partial(_without_dossier, relay.building_id))
    elif event.account_id and (before is None or before.account_id != event.account_id):
        now = services.clock()
        services.residents.update(key, partial(_with_account, relay, contact, event.account_id, now))


def _with_account(relay: Relay, contact: int, account_id: int, now: datetime, stored: Resident | None) -> Resident:
    resident = stored or Resident(cooperation=relay.cooperation, contact_id=contact, state="done", accepted_at=now)
    was_unknown = resident.account_id is None and resident.registration is not None
    resident.building_id = relay.building_id
    resident.has_account(account_id, now)
    if was_unknown:
        resident.schedule(now)
    return resident


def _without_dossier(building_id: int, stored: Resident | None) -> Resident | None:
    """After a delete the contact may get a new dossier, with other ids."""
    if stored and stored.building_id in (None, building_id):
        stored.account_id = stored.user_id = stored.building_id = stored.registration = None
    return stored


def _want_appointment_email(services: Services, key: str, relay: Relay) -> None:
    item = relay.items["afspraak"]
    values: dict[str, Any] = {"building_id": relay.building_id, "version": item.version}
    want_email(
        services,
        f"appointment-{key}-{item.version}",
        relay.cooperation,
        kind="appointment",
        contact_id=services.cooperations[relay.cooperation].contact(relay.contact_id or 0),
        **values,
    )
