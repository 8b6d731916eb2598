"""Room for a call to a peer: calls per minute and the breaker, shared by all instances through the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.clock import Clock, utc_now
from shared.domain import peer as rules
from shared.domain.peer import Peer
from shared.errors import NoRoom, PeerError, TooFast
from shared.store.port import Data, Store, update

FOR_EVER = datetime.max.replace(tzinfo=UTC)
BULK_PATIENCE = 2.0  # seconds: a shorter wait is slept, a longer one gives the task back to the queue


@dataclass(frozen=True)
class Peering:
    """A peer as the limiter sees it: `name` is its document; `limits` the calls per minute of each of its windows."""

    name: str
    limits: Mapping[str, int]


@dataclass(frozen=True)
class Admission:
    """`failing`: the peer was, so that a success is news. After `until` (UTC) the call would come in another minute
    than it was counted in: an instance that stood still has to ask again.
    """

    failing: bool = False
    until: datetime = FOR_EVER


@dataclass
class Limiter:
    store: Store
    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep

    def admit(
        self, peering: Peering, *, patience: float = BULK_PATIENCE, urgent: bool = False, calls: int = 1
    ) -> Admission:
        """Returns when the call may be made. Raises NoRoom when that is more than `patience` seconds away.

        `calls`: it is the first of so many, which each ask by themselves; there is room for all of them now.

        Somebody is waiting for an `urgent` call: it comes back as soon as there is room, and need not stand in the
        line of the others. Within `patience` it holds its moment, so that no burst can push it aside.
        """
        decision: rules.Decision | None = None

        def change(data: Data | None) -> Data:
            nonlocal decision
            peer = Peer.model_validate(data or {})
            now = self.clock().timestamp()
            decision = rules.decide(peer, peering.limits, now, patience=patience, urgent=urgent, calls=calls)
            return decision.peer.model_dump(mode="json")

        update(self.store, "peers", peering.name, change)
        assert decision is not None
        if not decision.admitted:
            raise NoRoom(datetime.fromtimestamp(decision.moment, UTC))
        wait = decision.moment - self.clock().timestamp()
        if wait > 0:
            self.sleep(wait)
        return Admission(decision.peer.failures > 0, datetime.fromtimestamp(decision.moment + rules.LATEST, UTC))

    def learn(self, peering: Peering, error: PeerError | None) -> None:
        """What came of an admitted call: None when the peer answered as it should."""

        def change(data: Data | None) -> Data:
            peer = Peer.model_validate(data or {})
            now = self.clock().timestamp()
            if isinstance(error, TooFast):
                peer = rules.slowed(peer, now, error.retry_after)
            else:
                peer = rules.failed(peer, now) if error and error.peer_is_down else rules.worked(peer)
            return peer.model_dump(mode="json")

        update(self.store, "peers", peering.name, change)
