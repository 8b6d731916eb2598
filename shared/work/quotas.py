"""What is used of a quota, over all instances: counted in memory, and only then in the store.

Packages for it have no Firestore, and their memory grows with every address that is tried.
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
MOST_KEPT = 20_000  # keys in memory; whoever was away longest is forgotten, and the store still knows him
FEW = 3


@dataclass
class _Used:
    """`until` as `Quota` counts; `unwritten` of it are not in the store yet. `last` is what was counted last."""

    until: float = 0.0
    unwritten: int = 0
    last: str = ""


@dataclass
class Quotas:
    """A key that is used a few times costs nothing. Then each instance writes down a tenth of the quota at a time.

    So what is used can be more by what the other instances have not written yet. With the store away this instance
    counts for itself.
    """

    store: Store
    clock: Clock = utc_now
    most_kept: int = MOST_KEPT
    _used: OrderedDict[str, _Used] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, quota: Quota, *, what: str = "", here_only: bool = False) -> float:
        """0 when there was room: one is used. Else the seconds until there is, and nothing is used.

        `what`: the same twice in a row is one. `here_only`: never asks the store.
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
            used.last = ""  # It was not taken, so the same again is no repeat.
        return wait

    def _find(self, key: str) -> _Used:
        used = self._used.setdefault(key, _Used())
        self._used.move_to_end(key)
        if len(self._used) > self.most_kept:
            self._used.popitem(last=False)
        return used

    def _write(self, key: str, quota: Quota, used: _Used, count: int, now: float) -> float:
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
    return min(max(FEW, quota.most // 10), quota.most)
