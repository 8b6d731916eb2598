"""Every method of `Store` raises StoreUnavailable, in time, when the store cannot be reached."""

from __future__ import annotations

import time

from shared.errors import StoreUnavailable
from shared.store.port import Addition, Query, Store
from tests.world.threads import count_outcomes

SECONDS_TO_REFUSE = 2.5


def assert_unavailable(store: Store) -> None:
    """Every method, all called at once, raises StoreUnavailable within SECONDS_TO_REFUSE."""
    calls = [
        lambda: store.create("effects", "new", {}),
        lambda: store.replace("effects", "one", {}, "0.000001000/"),
        lambda: store.delete("effects", "one"),
        lambda: store.get("effects", "one"),
        lambda: store.find(Query("effects", {"a": 1}, order_by="b")),
        lambda: store.count(Query("effects", {"a": 1}, order_by="b")),
        lambda: store.create("effects", "adding", {}, [Addition("tallies", "one", {}, {"a": 1})]),
    ]
    begun = time.monotonic()
    assert count_outcomes(lambda number: calls[number](), len(calls)) == {StoreUnavailable: len(calls)}
    assert time.monotonic() - begun < SECONDS_TO_REFUSE
