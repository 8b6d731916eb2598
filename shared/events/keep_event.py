"""What Hoomdossier told is stored, the newest of each kind per building, and queued; `deliver_event` takes it on.

The road is the same for an event that was pushed, for one that `pull_appointments` found, and for one that was set
aside while the store was away.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import uuid4

from shared.blobs.port import Blob
from shared.config import Cooperation
from shared.domain.keys import canonical, digest, of_building, of_contact, of_erased_home
from shared.domain.relay import EventKind, Item, Relay, is_past
from shared.domain.work import Parked
from shared.errors import Changed, StoreUnavailable
from shared.hoomdossier.inbound import Event
from shared.logs import log, needs_a_person
from shared.work.services import Services

CONTACT, ACCOUNT = "account_related.contact_id", "account_related.account_id"
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
MISPLACED_DELETE = (
    "Hoomdossier stuurde een verwijdering in een ongewone vorm (account_related staat niet op zijn plaats), zoals een "
    "console-opdracht van Hoomdossier dat doet. Die opdracht verwijdert zelf niets."
)
MISPLACED_DELETE_ADVICE = (
    "Kijk in Hoomdossier of dit dossier er nog is. Is het weg, speel dit dan af: Econobis verwijdert dan het "
    "woningdossier. Is het er nog, sluit dit dan af: er verandert niets."
)
UNREADABLE = "Dit bericht van Hoomdossier is niet helemaal te lezen"
UNREADABLE_ADVICE = {
    "appointment": (
        "Kijk in Hoomdossier welke datum er staat en laat de coach die daar opnieuw opslaan: dan komt de afspraak "
        "vanzelf binnen. Sluit dit daarna af."
    ),
    "status": (
        "Kijk in Hoomdossier welke status de woning heeft. Is het huisbezoek geweest, zet het bezoek dan zelf op "
        "uitgevoerd in Econobis. Sluit dit daarna af."
    ),
    "report": NOT_A_PDF_ADVICE,
}
UNREADABLE_OTHERWISE = (
    "Meld dit bij de beheerder van Hoomdossier. Na de volgende wijziging van de woning komen de gegevens vanzelf "
    "opnieuw. Sluit dit af."
)
UNKNOWN_CONTACT_ADVICE = (
    "Het bericht zegt niet bij welk contact van Econobis deze woning hoort. Zoek de woning op in Hoomdossier en "
    "verbeter daar het contact-id; sla de wijziging er daarna opnieuw op. Sluit dit af."
)
WRONG_ID_ADVICE = (
    "De woning is bekend, maar een id in het bericht klopt niet. Gaat het om het contact dat hier staat, speel dit dan "
    "af: de koppeling gebruikt dan de ids die zij kent. Gaat het om iemand anders, sluit dit dan af."
)
DONE_AND_REMOVED = "De datum is verwijderd nadat het huisbezoek was uitgevoerd: het bezoek blijft uitgevoerd."
DONE_OR_CANCELLED = (
    "Hoomdossier meldde dat het huisbezoek is uitgevoerd, en ook dat een datum die nog moet komen is verwijderd."
)
DONE_OR_CANCELLED_ADVICE = (
    "Vraag de coach wat er klopt. Is het bezoek al geweest, sluit dit dan af: het blijft in Econobis uitgevoerd. Gaat "
    "er een bezoek niet door, speel dit dan af: het nieuwste bezoek wordt dan afgezegd en de bewoner krijgt bericht."
)
HELD = "Hoomdossier heeft dit dossier verwijderd, en de coöperatie wil dat eerst bevestigen."
HELD_ADVICE = "Klopt het, speel dit dan af: Econobis verwijdert het woningdossier. Klopt het niet, sluit dit dan af."


@dataclass(frozen=True)
class Found:
    """An event that is older than this moment: since when it is so, and when we heard of it by our clock (UTC).

    Of one that came from the feed, `changed_at` is by Hoomdossier's clock. `pushed`: it came by itself and was set
    aside.
    """

    changed_at: datetime
    heard_at: datetime
    pushed: bool = False


def keep_event(services: Services, cooperation: str, event: Event, found: Found | None = None) -> None:
    """A push comes when it is true, so it is newer than all before it; one that was `found` need not be.

    Raises StoreUnavailable, and then nothing is stored.
    """
    if event.contact_id is None and CONTACT not in event.unreadable:
        return  # Sent for accounts that Econobis never knew (known-limits C12).
    key = of_building(cooperation, event.building_id)
    known = services.relays.read(key)
    if _is_new_here(known.record if known else None, event) and _is_erased(services, cooperation, event):
        log.info("of a contact that was erased", flow="keep_event", cooperation=cooperation, kind=event.kind)
        return
    big = _big_body(event)
    item = _item(services, event, found, kept_apart=big is not None)
    is_news = partial(
        Relay.is_news,
        kind=event.kind,
        item=item,
        heard_at=found.heard_at if found else None,
        pushed=found is None or found.pushed,
    )
    if big:
        if known and not is_news(known.record):
            services.relays.update(key, partial(_said_again, event.kind, item), known.document)
            return
        # A blob is this item's own, so that no other one's end takes it away.
        item.blob = services.blobs.put(big, f"{key}:{uuid4().hex}")
    before: list[Relay] = []
    taken = False

    def accept(stored: Relay | None) -> Relay | None:
        nonlocal taken
        before[:] = [stored.model_copy(deep=True)] if stored else []
        taken = stored is None or is_news(stored)
        return _accepted(services, cooperation, event, item, stored) if taken else _said_again(event.kind, item, stored)

    relay = services.relays.update(key, accept, known.document if known else None)
    is_new_here = _is_new_here(before[0] if before else None, event)
    if is_new_here and taken and _is_erased(services, cooperation, event):
        _take_back(services, key, event.kind, item)  # It was erased meanwhile.
        return
    delete_unused_blobs(services, [*_blobs_of(before), *([item.blob] if item.blob else [])], relay)
    if relay and taken:
        services.enqueue_if_possible("relays", key, relay)
        _tell(relay, event.kind, before)


def _is_new_here(relay: Relay | None, event: Event) -> bool:
    """Hoomdossier did not tell of this contact and home before; a delete is taken of anybody."""
    kinds = [kind for kind, item in relay.items.items() if item.contact_id == event.contact_id] if relay else []
    return event.contact_id is None or not set(kinds) - {"delete"}


def _is_erased(services: Services, cooperation: str, event: Event) -> bool:
    """That the dossier is deleted holds nothing of a person, and Econobis has to know it too."""
    if event.kind == "delete":
        return False
    contact = event.contact_id
    key = of_contact(cooperation, contact) if contact else of_erased_home(cooperation, event.building_id)
    return services.erasures.get(key) is not None


def _take_back(services: Services, key: str, kind: EventKind, item: Item) -> None:
    while stored := services.relays.read(key):
        relay = stored.record
        mine = relay.items.get(kind)
        if mine is None or (mine.digest, mine.accepted_at) != (item.digest, item.accepted_at):
            break
        del relay.items[kind]
        with suppress(Changed):
            if relay.items:
                relay.settle()
                services.store.replace("relays", key, services.relays.dump(relay), stored.document.version)
            else:
                services.store.delete("relays", key, stored.document.version)
            break
    delete_unused_blobs(services, [item.blob] if item.blob else [], None)
    services.store.scrub()


def _said_again(kind: EventKind, item: Item, stored: Relay | None) -> Relay | None:
    """Nothing new, but true since now: what was set aside before it, and is taken up later, is older."""
    if stored:
        stored.confirm(kind, item)
    return stored


def _tell(relay: Relay, kind: EventKind, before: list[Relay]) -> None:
    where = {"flow": "keep_event", "cooperation": relay.cooperation, "kind": kind}
    known = [one for it in before for one in it.items.values()]
    if any(item.parked and item not in known for item in relay.items.values()):
        needs_a_person(**where)
    if relay.note and relay.note not in [it.note for it in before]:
        log.warning("a removed date of a visit that was done changes nothing", **where)


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
        payload=event.payload,
        found=found is not None and not found.pushed,
    )
    if event.kind == "report":
        item.payload = {"account_related": event.payload["account_related"]}
        if not kept_apart:
            item.park(Parked(reason=NOT_A_PDF, advice=NOT_A_PDF_ADVICE, at=now, final=True))
    elif kept_apart:
        item.payload = None
    return item


def _big_body(event: Event) -> bytes | None:
    """What does not fit in the document, or does not belong there."""
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
        relay.note = DONE_AND_REMOVED
        return relay
    if parked := _first_for_a_person(services.cooperations[cooperation], relay, event, item):
        item.park(parked)
    relay.take(event.kind, item)
    relay.contact_id = relay.contact_id or event.contact_id
    relay.account_id = event.account_id or relay.account_id
    relay.expires_at = services.expiry("relays")
    _understand(relay, event, item)
    if event.kind == "delete" and item.state == "waiting":
        relay.bar(item)
    relay.settle()
    return relay


def _is_removal_of_what_was_done(relay: Relay, event: Event, now: datetime) -> bool:
    removed = event.appointment is None and not event.unreadable
    return removed and relay.executed and is_past(relay.last_appointment, now)


def _first_for_a_person(settings: Cooperation, relay: Relay, event: Event, item: Item) -> Parked | None:
    """Why it is not sent before a person has decided; None: it goes."""
    at = item.accepted_at
    contact = event.contact_id or relay.contact_id
    if event.unreadable:
        return _unreadable(event, contact, at)
    if settings.current_contact(relay.contact_id or contact or 0) != settings.current_contact(contact or 0):
        return Parked(reason=OTHER_CONTACT, advice=OTHER_CONTACT_ADVICE, at=at)
    if event.kind == "delete" and event.misplaced:
        return Parked(reason=MISPLACED_DELETE, advice=MISPLACED_DELETE_ADVICE, at=at)
    if event.kind == "delete" and settings.events.hold_deletes:
        return Parked(reason=HELD, advice=HELD_ADVICE, at=at)
    if event.kind == "appointment" and event.appointment is None and relay.executed:
        return _done_or_cancelled(at)
    return item.parked


def _done_or_cancelled(at: datetime) -> Parked:
    return Parked(reason=DONE_OR_CANCELLED, advice=DONE_OR_CANCELLED_ADVICE, at=at)


def _unreadable(event: Event, contact: int | None, at: datetime) -> Parked:
    said = "; ".join(f"{field} {' '.join(texts)}" for field, texts in event.unreadable.items())
    only_ids = event.unreadable.keys() <= {CONTACT, ACCOUNT}
    advice = UNREADABLE_ADVICE.get(event.kind, UNREADABLE_OTHERWISE)
    if only_ids:
        advice = WRONG_ID_ADVICE if contact else UNKNOWN_CONTACT_ADVICE
    return Parked(reason=f"{UNREADABLE}: {said}", advice=advice, at=at, final=not (only_ids and contact))


def _understand(relay: Relay, event: Event, item: Item) -> None:
    """What it means for the visit. Of two that did not come in order the newer counts."""
    if event.kind == "appointment" and not event.unreadable.keys() & {"appointment_date"}:
        relay.removed = None if event.appointment else relay.appointment or relay.removed
        relay.appointment, relay.note = event.appointment, ""
        if event.appointment and not is_past(event.appointment, item.accepted_at):
            relay.executed = relay.executed and _is_older(item, relay.items.get("status"))
    if event.kind == "status" and event.status and not _is_older(item, relay.items.get("appointment")):
        relay.executed = event.is_executed
        removal = relay.removal if event.is_executed else None
        if removal and is_past(relay.last_appointment, item.accepted_at):
            removal.forget()
            relay.note = DONE_AND_REMOVED
        elif removal:
            removal.park(_done_or_cancelled(item.accepted_at))


def _is_older(item: Item, other: Item | None) -> bool:
    return other is not None and item.known_since < other.known_since
