"""Events that arrived while the store was down: they are kept in the bucket until `sweep` replays them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from shared.blobs.port import Blob
from shared.clock import Moment, from_text
from shared.domain.ids import ContactId
from shared.domain.keys import canonical
from shared.domain.relay import EventKind
from shared.errors import BadInput, BlobDamaged, NewerDocument
from shared.events.keep_event import keep_event
from shared.events.put_event import Received
from shared.hoomdossier.inbound import Event, contacts_named, event_of
from shared.logs import about, current_traceparent, log
from shared.work.services import Services


class _Aside(BaseModel):
    """`raw` is what Hoomdossier sent, at `at` (UTC), in the request with this `traceparent`."""

    cooperation: str
    kind: EventKind
    at: Moment
    raw: dict[str, Any]
    traceparent: str = ""


def set_aside(services: Services, cooperation: str, event: Event) -> None:
    """Writes the event to the bucket. Raises StoreUnavailable when the bucket is down too."""
    now = services.clock()
    trace = current_traceparent()
    aside = _Aside(cooperation=cooperation, kind=event.kind, at=now, raw=event.raw, traceparent=trace)
    services.blobs.set_aside(canonical(aside.model_dump(mode="json")), now)
    log.warning("set aside", flow="receive_event", cooperation=cooperation, kind=event.kind)


def replay_set_aside(services: Services) -> int:
    """Replays oldest first; the newer event wins. Returns how many.

    Safe to run twice, also at the same time. Raises StoreUnavailable. An unreadable event is logged as an error, and
    stays in the bucket until the bucket's retention deletes it.
    """
    count = 0
    for blob in services.blobs.aside():
        if found := _read(services, blob):
            aside, event = found
            # NewerDocument: a newer version of the link takes this event up.
            with suppress(NewerDocument), about(aside.traceparent):
                keep_event(services, aside.cooperation, event, Received("set_aside", aside.at, aside.at))
                services.blobs.delete(blob)
                count += 1
    return count


@dataclass(frozen=True)
class SetAside:
    """The events of one cooperation that wait in the bucket: how many can be read and how many cannot, and since when
    (UTC). `is_whole`: all were looked at.
    """

    waiting: int = 0
    unreadable: int = 0
    since: datetime | None = None
    is_whole: bool = True


def look_aside(services: Services, cooperation: str, most: int = 30) -> SetAside:
    """Looks at the `most` oldest. One without a cooperation is nobody's. Raises StoreUnavailable."""
    blobs = services.blobs.aside()
    waiting, unreadable, since = 0, 0, None
    for blob in blobs[:most]:
        with suppress(BlobDamaged, ValueError, KeyError, TypeError):
            aside = json.loads(services.blobs.get(blob))
            if aside["cooperation"] == cooperation:
                since = since or from_text(aside["at"])
                readable = _is_readable(aside)
                waiting, unreadable = waiting + readable, unreadable + (not readable)
    return SetAside(waiting, unreadable, since, is_whole=len(blobs) <= most)


def _is_readable(data: dict[str, Any]) -> bool:
    try:
        aside = _Aside.model_validate(data)
        event_of(aside.kind, aside.raw)
    except (ValidationError, BadInput):
        return False
    return True


def forget_aside(services: Services, cooperation: str, contacts: Collection[ContactId]) -> Counter[str]:
    """Deletes the unreadable events about these contacts from the bucket. Returns how many, as `blobs`.

    To be called after `replay_set_aside`. Raises StoreUnavailable.
    """
    gone: Counter[str] = Counter()
    for blob, _ in aside_about(services, cooperation, contacts):
        services.blobs.delete(blob)
        gone["blobs"] += 1
    return gone


def aside_about(
    services: Services, cooperation: str, contacts: Collection[ContactId]
) -> Iterator[tuple[Blob, dict[str, Any]]]:
    """The events about these contacts that are still in the bucket, with what is stored there.

    To be called after `replay_set_aside`: then they are those that nobody can read. Raises StoreUnavailable.
    """
    for blob in services.blobs.aside():
        # An event that does not even show its contact is not found.
        with suppress(BlobDamaged, ValueError, KeyError, AttributeError, TypeError):
            aside = json.loads(services.blobs.get(blob))
            named = contacts_named(aside["raw"])
            if aside["cooperation"] == cooperation and not named.isdisjoint(map(str, contacts)):
                yield blob, aside


def _read(services: Services, blob: Blob) -> tuple[_Aside, Event] | None:
    try:
        aside = _Aside.model_validate_json(services.blobs.get(blob))
        if aside.cooperation not in services.cooperations:
            raise BadInput({"cooperation": ["staat niet meer in de instellingen."]})
        return aside, event_of(aside.kind, aside.raw)
    except (BlobDamaged, ValidationError, BadInput) as error:
        log.error("cannot be taken up", flow="sweep", error=type(error).__name__)
        return None
