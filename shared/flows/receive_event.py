"""Stores an event that Hoomdossier pushes, in the bucket when the store is down: Hoomdossier does not retry
(known-limits C1).
"""

from __future__ import annotations

from shared.errors import StoreUnavailable
from shared.events.keep_event import keep_event
from shared.events.set_aside import set_aside
from shared.hoomdossier.inbound import Event
from shared.work.services import Services


def receive_event(services: Services, cooperation: str, event: Event) -> None:
    """Stores the event. Raises StoreUnavailable when the bucket is down too, and then nothing is stored."""
    try:
        keep_event(services, cooperation, event)
    except StoreUnavailable:
        set_aside(services, cooperation, event)
