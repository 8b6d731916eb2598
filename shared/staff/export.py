"""All that the link keeps of a person, for that person (AVG, articles 15 and 20): what an erasure deletes and leaves.

Reads documents unparsed, as an erasure does, so that those of another version of this code are told too. It is no page:
it reads as much as there is.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared import retention
from shared.blobs.port import Blob
from shared.clock import to_text
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.erasure.find_contact import Place, digests_about, homes_of_others, places_of, same_contacts
from shared.errors import BlobDamaged
from shared.events.set_aside import aside_about, replay_set_aside
from shared.store.port import Data, Document
from shared.work.audit import write_down
from shared.work.services import Services

MOST_BYTES = 20 * 1024 * 1024
"""Of files in one export. What is more is listed, and can be asked of whoever runs the link."""

HASHES = ("email_key", "home_key", "digest", "sha256", "name", "owner")
"""Fields that hold a hash: who does not know the secret cannot read from it what it was made of."""

_FILES = {"report": "adviesrapport", "plan": "woonplan", "usage": "energiegebruik", "scan": "woningscan"}
"""What the file with a large event is called. The others are small."""


@dataclass(frozen=True)
class Piece:
    """A document, or the part of one that is about the person.

    `shared/retention.json` has a row of the name `collection`, which says what it is and how long it is kept.
    """

    collection: str
    key: str
    data: Data


@dataclass(frozen=True)
class File:
    """A file in the bucket. `body` is None when it is only listed, because it is damaged or there are too many."""

    name: str
    length: int
    body: bytes | None


@dataclass(frozen=True)
class Export:
    """`contacts`: the contact and those that were merged with it. `at` is UTC. `settings`: what stands in the settings
    about a coach.
    """

    cooperation: str
    contacts: Sequence[ContactId]
    at: datetime
    pieces: Sequence[Piece]
    files: Sequence[File]
    settings: Data

    def as_json(self) -> bytes:
        """The whole, for another system."""
        kept = [
            {
                "collection": piece.collection,
                "key": piece.key,
                "what": retention.row(piece.collection)["what"],
                "why": retention.row(piece.collection)["why"],
                "days": retention.row(piece.collection)["days"],
                "data": piece.data,
            }
            for piece in self.pieces
        ]
        files = [{"name": file.name, "bytes": file.length, "included": file.body is not None} for file in self.files]
        told = {
            "cooperation": self.cooperation,
            "contacts": list(self.contacts),
            "at": to_text(self.at),
            "kept": kept,
            "files": files,
            "settings": self.settings,
            "hashes": list(HASHES),
        }
        return json.dumps(told, ensure_ascii=False, indent=2).encode()


def export(
    services: Services, cooperation: str, contact_id: ContactId, by: str, email: str | None = None
) -> Export | None:
    """All of it, with an audit line; None when nothing but audit lines and erasures is kept of the contact.

    `email` as of an erasure. Raises StoreUnavailable.
    """
    replay_set_aside(services)  # What can be read of it becomes documents.
    contacts = same_contacts(services, cooperation, contact_id)
    places = places_of(services, cooperation, contacts, email)
    documents = list(_documents(services, places, contacts))
    others = [it for it in homes_of_others(services, cooperation, contacts) if ("relays", it.key) not in places]
    parts = [_part(relay, contacts) for relay in others]
    digests = [
        Piece("mails", key, {"contact_ids": [it for it in mail.contact_ids if it in contacts]})
        for key, mail in digests_about(services, cooperation, contacts)
    ]
    if not (documents or parts or digests):
        return None
    about = of_contact(cooperation, contact_id)
    write_down(services, "export", about, cooperation=cooperation, by=by, contact_id=contact_id)
    lines = _lines(services, cooperation, contacts, documents)
    pieces = [*documents, *parts, *digests, *lines, *_erasures(services, cooperation, contacts)]
    files = list(_files(services, cooperation, contacts, [*documents, *parts]))
    return Export(cooperation, contacts, services.clock(), pieces, files, _settings(services, cooperation, contacts))


def _documents(services: Services, places: Sequence[Place], contacts: Collection[ContactId]) -> Iterator[Piece]:
    """In the home of this person, too, an event may name somebody else: that one is left out."""
    for collection, key in places:
        if document := services.store.get(collection, key):
            data = document.data
            if "items" in data:
                mine = (None, *contacts)
                data |= {"items": {kind: it for kind, it in data["items"].items() if it.get("contact_id") in mine}}
            yield Piece(collection, key, data)


def _part(relay: Document, contacts: Collection[ContactId]) -> Piece:
    """Of another resident's home only the events about these contacts."""
    items = {kind: item for kind, item in relay.data["items"].items() if item.get("contact_id") in contacts}
    known_as = relay.data.get("known_as") or [None]
    return Piece("relays", relay.key, {"items": items, **({"known_as": known_as} if known_as[0] in contacts else {})})


def _lines(
    services: Services, cooperation: str, contacts: Collection[ContactId], documents: Sequence[Piece]
) -> Iterator[Piece]:
    """The audit lines about the contacts, and those about a document of theirs."""
    abouts = [*(of_contact(cooperation, contact) for contact in contacts)]
    for piece in documents:
        place = f"{piece.collection}/{piece.key}"
        abouts += [place, *(f"{place}/{kind}" for kind in piece.data.get("items") or {})]
    found = services.audit.documents_about(cooperation, contacts, abouts)
    yield from (Piece("audit", document.key, document.data) for document in found)


def _erasures(services: Services, cooperation: str, contacts: Collection[ContactId]) -> Iterator[Piece]:
    for contact in contacts:
        for document in services.erasures.records.documents(cooperation=cooperation, contact_id=contact):
            yield Piece("erasures", document.key, document.data)


def _files(
    services: Services, cooperation: str, contacts: Collection[ContactId], pieces: Sequence[Piece]
) -> Iterator[File]:
    room = MOST_BYTES
    for name, blob in _blobs(services, cooperation, contacts, pieces):
        file = _file(services, name, blob, room)
        room -= len(file.body or b"")
        yield file


def _blobs(
    services: Services, cooperation: str, contacts: Collection[ContactId], pieces: Sequence[Piece]
) -> Iterator[tuple[str, Blob]]:
    """Each with a name for people."""
    for piece in pieces:
        for kind, item in (piece.data.get("items") or {}).items():
            if item.get("blob"):
                blob = Blob(**item["blob"])
                yield f"{_FILES.get(kind, kind)}-{blob.name[:8]}.{'pdf' if kind == 'report' else 'json'}", blob
    for blob, _ in aside_about(services, cooperation, contacts):
        yield f"{blob.name}.json", blob


def _file(services: Services, name: str, blob: Blob, room: int) -> File:
    try:
        body = services.blobs.get(blob) if blob.length <= room else None
    except BlobDamaged:
        body = None
    return File(name, blob.length, body)


def _settings(services: Services, cooperation: str, contacts: Collection[ContactId]) -> Data:
    settings = services.cooperations[cooperation]
    coaches = [coach.model_dump(mode="json") for contact in contacts if (coach := settings.coach(contact))]
    return {"coaches": coaches} if coaches else {}
