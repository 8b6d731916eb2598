"""Counts the use of quotas over all instances: each instance counts in memory and reports to the store in batches.

Written here because the packages for it do not support Firestore, and keep every address that they ever saw in memory.
How a quota is counted: `domain/quota.py`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.clock import Clock, to_text, utc_now
from shared.domain.quota import Quota
from shared.errors import StoreError
from shared.logs import log
from shared.store.port import Data, Store, update

COLLECTION = "quotas"
MOST_KEPT = 20_000
"""Keys in memory. Beyond that the key that was not used for the longest time is dropped; the store still has it."""

FEW = 3
"""An instance writes its uses of a key in batches of at least this many, or of the whole quota if that is smaller.

So a key that an instance uses fewer times is never written.
"""


@dataclass
class _Used:
    """The use of one key in this instance.

    `until` is the moment that `Quota` calculates with. `unwritten` uses are not in the store yet. `last` is the `what`
    of the last use.
    """

    until: float = 0.0
    unwritten: int = 0
    last: str = ""


@dataclass
class Quotas:
    """Each instance writes its uses of a key in batches of a tenth of the quota, so few uses cost no write at all.

    The quota can therefore be exceeded by one batch of each other instance. When the store is unavailable an instance
    counts only its own uses. No method raises an error.
    """

    store: Store
    clock: Clock = utc_now
    most_kept: int = MOST_KEPT
    _used: OrderedDict[str, _Used] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, quota: Quota, *, what: str = "", here_only: bool = False) -> float:
        """Uses one of the quota of `key` and returns 0; or uses none and returns the seconds until one is free.

        With `what` two uses in a row with the same `what` count as one. `here_only` counts in this instance only and
        never calls the store.
        """
        now = self.clock().timestamp()
        with self._lock:
            used = self._find(key)
            if what and what == used.last:
                return 0.0
            if wait := quota.wait(used.until, now):
                return wait
            used.until, used.last = quota.use(used.until, now), what
            used.unwritten += 1
            if here_only or used.unwritten % _batch(quota):
                return 0.0
            count, used.unwritten = used.unwritten, 0
        wait = quota.over(self._write(key, quota, used, count, now), now)
        if wait:
            used.last = ""  # This use was refused, so the same `what` again must be counted.
        return wait

    def _find(self, key: str) -> _Used:
        used = self._used.setdefault(key, _Used())
        self._used.move_to_end(key)
        if len(self._used) > self.most_kept:
            self._used.popitem(last=False)
        return used

    def _write(self, key: str, quota: Quota, used: _Used, count: int, now: float) -> float:
        """Adds `count` uses to the store. Returns the moment until which the quota is used by all instances."""

        def add(data: Data | None) -> Data:
            until = quota.use(data["used_until"] if data else 0.0, now, count)
            return {"used_until": until, "expires_at": to_text(datetime.fromtimestamp(until, UTC))}

        try:
            document = update(self.store, COLLECTION, key, add)
        except StoreError as error:
            log.warning("not counted", error=type(error).__name__)
            with self._lock:
                used.unwritten += count
            return 0.0
        assert document is not None
        with self._lock:
            used.until = max(used.until, document.data["used_until"])
            return used.until


def _batch(quota: Quota) -> int:
    """How many uses an instance counts before it writes them to the store."""
    return min(max(FEW, quota.most // 10), quota.most)
