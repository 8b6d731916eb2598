"""Events that arrived while the store was away stand in the bucket of the blobs until `sweep` replays them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ValidationError

from shared.blobs.port import Blob
from shared.clock import Moment
from shared.domain.keys import canonical
from shared.domain.relay import EventKind
from shared.errors import BadInput, BlobDamaged
from shared.events.keep_event import Found, keep_event
from shared.hoomdossier.inbound import Event, event_of
from shared.logs import log
from shared.work.services import Services


class _Aside(BaseModel):
    """`raw` is what Hoomdossier sent, `at` (UTC) when."""

    cooperation: str
    kind: EventKind
    at: Moment
    raw: dict[str, Any]


def set_aside(services: Services, cooperation: str, event: Event) -> None:
    """Raises StoreUnavailable when the blobs are away too."""
    now = services.clock()
    aside = _Aside(cooperation=cooperation, kind=event.kind, at=now, raw=event.raw)
    services.blobs.set_aside(canonical(aside.model_dump(mode="json")), now)
    log.warning("set aside", flow="receive_event", cooperation=cooperation, kind=event.kind)


def take_up(services: Services) -> int:
    """Replays oldest first; the newer event wins. Returns how many.

    May run twice, also at the same time. Raises StoreUnavailable. An event that cannot be read stays where it is, with
    an error in the log, until the bucket deletes it.
    """
    count = 0
    for blob in services.blobs.aside():
        if found := _read(services, blob):
            aside, event = found
            keep_event(services, aside.cooperation, event, Found(aside.at, aside.at, pushed=True))
            services.blobs.delete(blob)
            count += 1
    return count


def forget_aside(services: Services, cooperation: str, contacts: Collection[int]) -> Counter[str]:
    """Deletes what was set aside about these contacts and could not be replayed. Returns how many blobs."""
    gone: Counter[str] = Counter()
    for blob in services.blobs.aside():
        with suppress(BlobDamaged, ValueError, KeyError, AttributeError, TypeError):  # Nobody can say whose it is.
            aside = json.loads(services.blobs.get(blob))
            if aside["cooperation"] == cooperation and _tells_of(aside["raw"], contacts):
                services.blobs.delete(blob)
                gone["blobs"] += 1
    return gone


def _tells_of(raw: dict[str, Any], contacts: Collection[int]) -> bool:
    related = raw.get("account_related")
    named = [it.get("contact_id") for it in (raw, related) if isinstance(it, dict)]
    return any(str(contact) in map(str, contacts) for contact in named)


def _read(services: Services, blob: Blob) -> tuple[_Aside, Event] | None:
    try:
        aside = _Aside.model_validate_json(services.blobs.get(blob))
        if aside.cooperation not in services.cooperations:
            raise BadInput({"cooperation": ["staat niet meer in de instellingen."]})
        return aside, event_of(aside.kind, aside.raw)
    except (BlobDamaged, ValidationError, BadInput) as error:
        log.error("cannot be taken up", flow="sweep", error=type(error).__name__)
        return None
