"""Deletes blobs of events that no relay refers to any more."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from shared.blobs.port import Blob
from shared.domain.relay import Relay
from shared.errors import StoreUnavailable
from shared.work.services import Services


def delete_unused_blobs(services: Services, blobs: Iterable[Blob], relay: Relay | None) -> None:
    """Deletes those of `blobs` that `relay` does not refer to; all of them when it is None.

    Raises nothing: when the bucket cannot be reached, they stay until its own retention deletes them.
    """
    used = relay.blobs if relay else []
    for blob in blobs:
        if blob not in used:
            with suppress(StoreUnavailable):
                services.blobs.delete(blob)
