"""Every method of `Blobs` raises StoreUnavailable, in time, when its folder or bucket cannot be reached."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from shared.blobs.port import Blob, Blobs
from shared.errors import StoreUnavailable
from tests.world.threads import count_outcomes

AT = datetime(2026, 11, 23, 4, 36, 55, 7, UTC)
MIB = 1024 * 1024
SECONDS_TO_REFUSE = 2.5


def calls(blobs: Blobs, blob: Blob) -> list[Callable[[], object]]:
    return [
        lambda: blobs.put(b"new", "owner"),
        lambda: blobs.get(blob),
        lambda: blobs.delete(blob),
        lambda: blobs.set_aside(b"aside", AT),
        blobs.aside,
    ]


def assert_unavailable(blobs: Blobs, blob: Blob) -> None:
    """Every method, all called at once, raises StoreUnavailable within SECONDS_TO_REFUSE."""
    begun = time.monotonic()
    each = calls(blobs, blob)
    assert count_outcomes(lambda number: each[number](), len(each)) == {StoreUnavailable: len(each)}
    assert time.monotonic() - begun < SECONDS_TO_REFUSE
