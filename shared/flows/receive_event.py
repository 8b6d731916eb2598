"""An event that Hoomdossier pushes is kept, whatever is away: it never tries again (known-limits C1)."""

from __future__ import annotations

from shared.errors import StoreUnavailable
from shared.events.keep_event import keep_event
from shared.events.set_aside import set_aside
from shared.hoomdossier.inbound import Event
from shared.work.services import Services


def receive_event(services: Services, cooperation: str, event: Event) -> None:
    """Raises StoreUnavailable when store and blobs are away, and then nothing is kept."""
    try:
        keep_event(services, cooperation, event)
    except StoreUnavailable:
        set_aside(services, cooperation, event)
