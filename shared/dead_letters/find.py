"""Finds the dead letters: documents of work, and items of relays, that only a person can go on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.dead_letters.by_hand import by_hand
from shared.domain.dead_letter_texts import EVENTS, RELAY, text_of
from shared.domain.ids import ContactId
from shared.domain.relay import EventKind, Relay
from shared.domain.work import Parked, Work
from shared.work.kinds import KINDS, Kind
from shared.work.services import Services


@dataclass(frozen=True)
class DeadLetter:
    """`kind` is the kind of event of an item; None for a document as a whole. `why` and `advice` are texts in Dutch.

    `final`: a replay cannot help, so none is possible. `contact_id`: the resident whom it is about, when that is known.
    """

    collection: str
    key: str
    cooperation: str
    parked: Parked
    why: str
    advice: str
    final: bool = False
    kind: EventKind | None = None
    contact_id: ContactId | None = None

    @property
    def id(self) -> str:
        """The name that operators use: `relays/zonnig-dorp:333/appointment`."""
        return "/".join(part for part in (self.collection, self.key, self.kind) if part)


def find_dead_letters(
    services: Services, cooperation: str | None = None, *, before: datetime | None = None
) -> Iterator[DeadLetter]:
    """All dead letters; or those of one cooperation, or from `before` a moment (UTC). Raises StoreUnavailable."""
    for kind in KINDS:
        where = {"needs_person": True, **({"cooperation": cooperation} if cooperation else {})}
        for key, work in services.records(kind.model).all(where=where):
            yield from dead_letters_in(services, kind, key, work, before=before)


def dead_letters_in(
    services: Services, kind: Kind[Any], key: str, work: Work, *, before: datetime | None = None
) -> Iterator[DeadLetter]:
    """Those in one document: itself, or items of a relay. `before` as of `find_dead_letters`."""
    if isinstance(work, Relay) and not work.parked:
        yield from _events(services, key, work, before)
    elif work.parked and _is_from(work.parked, before):
        yield _letter(kind, key, work, work.parked)


def contact_of(work: Work) -> ContactId | None:
    """The resident whom this work is about; None when it is not known."""
    return getattr(work, "resident_contact_id", None) or getattr(work, "contact_id", None)


def _is_from(parked: Parked, before: datetime | None) -> bool:
    return before is None or parked.at < before


def _letter(kind: Kind[Work], key: str, work: Work, parked: Parked) -> DeadLetter:
    text = text_of(parked.code, parked.reason, kind.advice)
    return DeadLetter(
        kind.collection, key, work.cooperation, parked, text.why, text.advice, text.final, contact_id=contact_of(work)
    )


def _events(services: Services, key: str, relay: Relay, before: datetime | None) -> Iterator[DeadLetter]:
    for kind, item in relay.items.items():
        if item.parked and _is_from(item.parked, before):
            text = text_of(item.parked.code, item.parked.reason, EVENTS.get(kind, RELAY))
            advice = by_hand(services, relay, kind, item.parked) or text.advice
            yield DeadLetter(
                "relays", key, relay.cooperation, item.parked, text.why, advice, text.final, kind, relay.contact_id
            )
