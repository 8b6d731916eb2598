"""Keeps the calls to a peer within its limits, over all instances. The rules stand in `domain/rate.py`."""

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
EARLY = 0.1
"""Seconds that a sleep may end before its time and still count as whole."""

BULK_PATIENCE = 2.0
"""Seconds. A task sleeps through a shorter wait; for a longer one it goes back to the queue."""


@dataclass(frozen=True)
class PeerLimits:
    """The limits of one call to a peer.

    `peer` names the document in which the peer's state is kept. `per_minute` maps each window in which the call counts
    to the calls per minute that it takes. `key` names the breaker of the credentials that the call uses.
    """

    peer: str
    per_minute: Mapping[str, int]
    key: str = HOST

    @property
    def breakers(self) -> list[str]:
        """The names of the breakers that the call passes, HOST first.

        Every window but those of shares has a breaker, which opens when the peer says "too many requests". `key` has
        one that opens when the peer refuses the credentials. The two differ when one key of Econobis serves two uses:
        they share its window, but Econobis may refuse one use alone (known-limits G1).
        """
        return list(dict.fromkeys([HOST, *(name for name in self.per_minute if name not in SHARES), self.key]))


@dataclass(frozen=True)
class Admission:
    """Leave to make one call now.

    `failing`: earlier calls to this peer failed, so report a success with `Limiter.learn`. `until` (UTC): start the
    call before this moment, or ask again, because later it would fall in another window than it was counted in.
    """

    failing: bool = False
    until: datetime = FOR_EVER


@dataclass
class Limiter:
    """Every method raises StoreUnavailable."""

    store: Store
    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep

    def admit(
        self, limits: PeerLimits, *, patience: float = BULK_PATIENCE, turn: Turn = "bulk", calls: int = 1
    ) -> Admission:
        """Reserves the next free moment for a call, sleeps until then, and returns.

        Raises NoRoom when that moment is more than `patience` seconds away, or a breaker is open. Its `at` is when to
        ask again: one time per call, in the order in which calls of the same `turn` asked. A `waited_for` call does not
        queue: its `at` is the first moment with room.

        `calls`: this is the first of so many calls that are useless without each other. There is room for all of them
        now, but each of the others has to ask for itself.
        """
        decision: rules.Decision | None = None

        def change(data: Data | None) -> Data:
            nonlocal decision
            state = RateState.model_validate(data or {})
            now = self.clock().timestamp()
            decision = rules.decide(
                state, limits.per_minute, limits.breakers, now, patience=patience, turn=turn, calls=calls
            )
            return decision.state.model_dump(mode="json")

        update(self.store, "peers", limits.peer, change)
        assert decision is not None
        if not decision.admitted:
            raise NoRoom(datetime.fromtimestamp(decision.moment, UTC))
        self._sleep_until(decision.moment)
        failing = any(decision.state.breaker(name).failures for name in limits.breakers)
        return Admission(failing, datetime.fromtimestamp(decision.moment + rules.LATEST, UTC))

    def state_of(self, peer: str) -> RateState:
        """What is known of a peer now. `peer` is that of its limits."""
        document = self.store.get("peers", peer)
        return RateState.model_validate(document.data if document else {})

    def _sleep_until(self, moment: float) -> None:
        wait = moment - self.clock().timestamp()
        if wait > 0:
            self.sleep(wait)
            if self.clock().timestamp() < moment - EARLY:  # This instance is going down: `shared/ending.py` woke us.
                raise NoRoom(datetime.fromtimestamp(moment, UTC))

    def admit_next(self, worked: PeerLimits, limits: PeerLimits, *, patience: float = BULK_PATIENCE) -> None:
        """Admits an urgent call directly after a call with the limits `worked` that succeeded. Raises NoRoom.

        That success is reported first. Otherwise, with a breaker that was open, this call would wait for the report of
        the trial call, which is the one that its own caller has just made.
        """
        with suppress(StoreError):
            self.learn(worked, None)
        self.admit(limits, patience=patience, turn="waited_for")

    def learn(self, limits: PeerLimits, error: PeerError | None) -> None:
        """Reports the outcome of an admitted call to its breakers. `error` is None when the peer answered normally.

        Always report an error about the peer or its key; report other outcomes only when `Admission.failing` is set.
        """

        def change(data: Data | None) -> Data:
            state = RateState.model_validate(data or {})
            now = self.clock().timestamp()
            blamed = _blamed(limits, error)
            for name in limits.breakers:
                state = _after(state, name, error, now, blamed)
            return state.model_dump(mode="json")

        update(self.store, "peers", limits.peer, change)


def _blamed(limits: PeerLimits, error: PeerError | None) -> list[str]:
    """The names of the breakers that the error is about; none for a success or a refusal of this one request."""
    if error is None or not (error.too_fast or error.peer_is_down):
        return []
    if not error.about_key:
        return [HOST]
    windows = [name for name in limits.breakers if name in limits.per_minute and name != HOST]
    return windows if error.too_fast else [limits.key]


def _after(state: RateState, name: str, error: PeerError | None, now: float, blamed: list[str]) -> RateState:
    """An error about the key proves that the host is up. An error about the host tells nothing about the key."""
    if error is None or name not in blamed:
        return rules.worked(state, name) if name == HOST or not blamed else rules.trial_ended(state, name)
    return rules.slowed(state, name, now, error.retry_after) if error.too_fast else rules.failed(state, name, now)
