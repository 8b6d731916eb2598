"""Room for a call to a peer: calls per minute and the breaker, shared by all instances through the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.clock import Clock, utc_now
from shared.domain import rate as rules
from shared.domain.rate import HOST, SHARES, RateState, Turn
from shared.errors import NoRoom, PeerError, StoreError
from shared.store.port import Data, Store, update

FOR_EVER = datetime.max.replace(tzinfo=UTC)
EARLY = 0.1  # seconds that a sleep may be short
BULK_PATIENCE = 2.0  # seconds: a shorter wait is slept, a longer one gives the task back to the queue


@dataclass(frozen=True)
class PeerLimits:
    """A peer as the limiter sees it: `peer` names its document; `per_minute` the calls of each of its windows.

    `key` names what the call goes with: what the peer says of that shuts it out, and no call with another key.
    """

    peer: str
    per_minute: Mapping[str, int]
    key: str = HOST

    @property
    def doors(self) -> list[str]:
        """The host's first. A key that is used for two things has one window, which may be full for both."""
        return list(dict.fromkeys([HOST, *(name for name in self.per_minute if name not in SHARES), self.key]))


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
        self, limits: PeerLimits, *, patience: float = BULK_PATIENCE, turn: Turn = "bulk", calls: int = 1
    ) -> Admission:
        """Returns when the call may be made. Raises NoRoom when that is more than `patience` seconds away.

        `calls`: it is the first of so many, which each ask by themselves; there is room for all of them now.

        A call that finds no room is told when to come back: each has a moment of its own, after those that came before
        it with the same `turn`. One that is `waited_for` is told when there is room at all. A moment within `patience`
        is reserved, so that no burst can push the call aside.
        """
        decision: rules.Decision | None = None

        def change(data: Data | None) -> Data:
            nonlocal decision
            peer = RateState.model_validate(data or {})
            now = self.clock().timestamp()
            decision = rules.decide(
                peer, limits.per_minute, limits.doors, now, patience=patience, turn=turn, calls=calls
            )
            return decision.peer.model_dump(mode="json")

        update(self.store, "peers", limits.peer, change)
        assert decision is not None
        if not decision.admitted:
            raise NoRoom(datetime.fromtimestamp(decision.moment, UTC))
        wait = decision.moment - self.clock().timestamp()
        if wait > 0:
            self.sleep(wait)
            if self.clock().timestamp() < decision.moment - EARLY:  # Woken because we are going down.
                raise NoRoom(datetime.fromtimestamp(decision.moment, UTC))
        failing = any(decision.peer.door(door).failures for door in limits.doors)
        return Admission(failing, datetime.fromtimestamp(decision.moment + rules.LATEST, UTC))

    def admit_next(self, worked: PeerLimits, limits: PeerLimits, *, patience: float = BULK_PATIENCE) -> None:
        """For an urgent call right after one that worked. Raises NoRoom.

        A peer that was failing is tried with one call; that was the one before, so this one need not wait for it.
        """
        with suppress(StoreError):
            self.learn(worked, None)
        self.admit(limits, patience=patience, turn="waited_for")

    def learn(self, limits: PeerLimits, error: PeerError | None) -> None:
        """What came of an admitted call: None when the peer answered as it should."""

        def change(data: Data | None) -> Data:
            peer = RateState.model_validate(data or {})
            now = self.clock().timestamp()
            shut = _shut_by(limits, error)
            for door in limits.doors:
                peer = _learned(peer, door, error, now, shut)
            return peer.model_dump(mode="json")

        update(self.store, "peers", limits.peer, change)


def _shut_by(limits: PeerLimits, error: PeerError | None) -> list[str]:
    if error is None or not (error.too_fast or error.peer_is_down):
        return []
    if not error.about_key:
        return [HOST]
    windows = [door for door in limits.doors if door in limits.per_minute and door != HOST]
    return windows if error.too_fast else [limits.key]


def _learned(peer: RateState, door: str, error: PeerError | None, now: float, shut: list[str]) -> RateState:
    """An answer about the key shows that the host is up; no answer of the host says nothing about the key."""
    if error is None or door not in shut:
        return rules.worked(peer, door) if door == HOST or not shut else rules.not_tried(peer, door)
    return rules.slowed(peer, door, now, error.retry_after) if error.too_fast else rules.failed(peer, door, now)
