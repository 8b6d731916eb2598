"""What Hoomdossier told is stored, the newest of each kind per building, and queued; `deliver_event` takes it on.

The road is the same for an event that was pushed, for one that `pull_appointments` found, and for one that was set
aside while the store was away.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from shared.blobs.port import Blob
from shared.domain.keys import canonical, digest, of_building
from shared.domain.relay import Item, Relay
from shared.domain.work import Parked
from shared.errors import StoreUnavailable
from shared.hoomdossier.inbound import Event
from shared.logs import needs_a_person
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
HELD = "Hoomdossier heeft dit dossier verwijderd, en de coöperatie wil dat eerst bevestigen."
HELD_ADVICE = "Klopt het, speel dit dan af: Econobis verwijdert het woningdossier. Klopt het niet, sluit dit dan af."


@dataclass(frozen=True)
class Found:
    """An event that does not come this moment: since when it is so, and when we heard of it by our clock (UTC).

    For one that was asked for the first is by Hoomdossier's clock.
    """

    changed_at: datetime
    heard_at: datetime


def keep_event(services: Services, cooperation: str, event: Event, found: Found | None = None) -> None:
    """A push comes when it is true, so it is newer than all before it; one that was `found` need not be.

    Raises StoreUnavailable, and then nothing is stored.
    """
    if event.contact_id is None:
        return  # Sent for accounts that Econobis never knew (known-limits C12).
    key = of_building(cooperation, event.building_id)
    big = _big_body(event)
    item = _item(services, event, found, kept_apart=big is not None)
    heard_at = found.heard_at if found else None
    if big:
        known = services.relays.get(key)
        if known and not known.is_news(event.kind, item, heard_at):
            return
        # A blob is this item's own, so that no other one's end takes it away.
        item.blob = services.blobs.put(big, f"{key}:{uuid4().hex}")
    before: list[Relay] = []

    def accept(stored: Relay | None) -> Relay | None:
        before[:] = [stored.model_copy(deep=True)] if stored else []
        if stored and not stored.is_news(event.kind, item, heard_at):
            return None
        return _accepted(services, cooperation, event, item, stored)

    relay = services.relays.update(key, accept)
    delete_unused_blobs(services, [*_blobs_of(before), *([item.blob] if item.blob else [])], relay)
    if relay and [relay] != before:
        services.enqueue_if_possible("relays", key, relay)
        if relay.items[event.kind].parked:
            needs_a_person(flow="keep_event", cooperation=cooperation, kind=event.kind)


def delete_unused_blobs(services: Services, blobs: Iterable[Blob], relay: Relay | None) -> None:
    """Those that the relay does not refer to any more, or that were made for nothing."""
    used = _blobs_of([relay] if relay else [])
    for blob in blobs:
        if blob not in used:
            with suppress(StoreUnavailable):  # The bucket's own retention takes it then.
                services.blobs.delete(blob)


def _blobs_of(relays: Iterable[Relay]) -> list[Blob]:
    return [blob for relay in relays for blob in relay.blobs]


def _item(services: Services, event: Event, found: Found | None, *, kept_apart: bool) -> Item:
    now = services.clock()
    item = Item(
        digest=digest(event.content),
        version=1,
        contact_id=event.contact_id,
        accepted_at=now,
        known_since=found.changed_at if found else now,
        next_at=now,
        payload=event.raw,
    )
    if event.kind == "pdf":
        item.payload = {"account_related": event.raw["account_related"]}
        if not kept_apart:
            item.park(Parked(reason=NOT_A_PDF, advice=NOT_A_PDF_ADVICE, at=now))
    elif kept_apart:
        item.payload = None
    return item


def _big_body(event: Event) -> bytes | None:
    """What does not fit in the document, or does not belong there."""
    if event.kind == "pdf":
        return event.pdf if event.pdf and event.pdf.startswith(b"%PDF-") else None
    body = canonical(event.raw)
    return body if len(body) > LARGEST_PAYLOAD else None


def _accepted(services: Services, cooperation: str, event: Event, item: Item, stored: Relay | None) -> Relay:
    settings = services.cooperations[cooperation]
    assert event.contact_id is not None
    relay = stored or Relay(
        cooperation=cooperation,
        building_id=event.building_id,
        contact_id=event.contact_id,
        account_id=event.account_id,
        accepted_at=item.accepted_at,
    )
    item = item.model_copy(deep=True)
    if settings.contact(relay.contact_id or 0) != settings.contact(event.contact_id):
        item.park(Parked(reason=OTHER_CONTACT, advice=OTHER_CONTACT_ADVICE, at=item.accepted_at))
    relay.take(event.kind, item)
    relay.account_id = event.account_id
    relay.expires_at = services.expiry("relays")
    if event.kind == "afspraak":
        relay.appointment = event.raw.get("appointment_date")
    if event.kind == "delete" and item.state == "waiting":
        if settings.events.hold_deletes:
            item.park(Parked(reason=HELD, advice=HELD_ADVICE, at=item.accepted_at))
        else:
            relay.bar(item)
    relay.settle()
    return relay
