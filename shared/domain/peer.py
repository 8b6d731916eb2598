"""How many calls a peer takes, and whether it is up: one document per peer, decided here, kept by `shared/limiter.py`.

A call is written down before it is made, so every instance sees it. A call goes through two doors: that of the host,
and that of the key that it goes with. A door that fails several times in a row is left alone for a while (the
breaker); then one call tries, and its success lets the others through. What a peer says of one key shuts that key's
door only, and the calls with another key go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

WINDOW = 61.5  # seconds; more than the peers' 60, for calls that take longer to arrive than the ones before them
LATEST = 1.0  # seconds after its moment that a call may still begin
FAILURES_TO_OPEN = 3
OPEN_PAUSES = (15.0, 30.0, 60.0, 120.0, 240.0)  # seconds of rest after each failure from then on; the last repeats
TRY_SECONDS = 60.0  # how long the one call that tries a door that was shut may take
LOOK_AGAIN = 3.0  # seconds after which the others look whether it worked
SLOWED = 15.0  # seconds of rest when the peer says "too fast" and not for how long
HOST = "host"


class Door(BaseModel):
    """Times are seconds since 1970.

    `line` is where the next low-priority caller is told to come back, so that a backlog comes in one by one.
    """

    line: float = 0
    failures: int = 0
    open_until: float = 0
    trying_until: float = 0

    def is_shut(self, now: float) -> bool:
        return now < max(self.open_until, self.trying_until)


class Peer(Door):
    """Itself the door of the host; `keys` are the others. A document without them was written before there were any.

    `calls` holds the last calls per window, oldest first, a reserved one included.
    """

    calls: dict[str, list[float]] = {}
    keys: dict[str, Door] = {}

    def door(self, name: str) -> Door:
        return self if name == HOST else self.keys.get(name, Door())

    def with_door(self, name: str, **changed: Any) -> Peer:
        if name == HOST:
            return self.model_copy(update=changed)
        return self.model_copy(update={"keys": {**self.keys, name: self.door(name).model_copy(update=changed)}})


def earliest(peer: Peer, limits: Mapping[str, int], now: float) -> float:
    """When the next call fits in every window: not before `now`, nor before a call that is already written down."""
    moment = now
    for window, limit in limits.items():
        calls = peer.calls.get(window, [])
        if calls:
            moment = max(moment, calls[-1])
        if len(calls) >= limit:
            moment = max(moment, calls[-limit] + WINDOW)
    return moment


def reserve(peer: Peer, limits: Mapping[str, int], moment: float) -> Peer:
    calls = dict(peer.calls)
    for window, limit in limits.items():
        calls[window] = [*calls.get(window, []), moment][-limit:]
    return peer.model_copy(update={"calls": calls})


def stand_in_line(peer: Peer, door: str, limits: Mapping[str, int], moment: float) -> tuple[Peer, float]:
    """A moment of one's own, at the pace that the peer takes."""
    place = max(moment, peer.door(door).line + WINDOW / min(limits.values()))
    return peer.with_door(door, line=place), place


def _has_room_to_spare(peer: Peer, limits: Mapping[str, int], now: float) -> bool:
    return earliest(peer, limits, now - WINDOW / 2) == now - WINDOW / 2


@dataclass(frozen=True)
class Decision:
    """`moment`: when to call if `admitted`, else when to come back. `peer` is to be written before either."""

    peer: Peer
    moment: float
    admitted: bool


def decide(  # noqa: PLR0913  (the call, and how long it can wait)
    peer: Peer,
    limits: Mapping[str, int],
    doors: Sequence[str],
    now: float,
    *,
    patience: float,
    urgent: bool,
    calls: int = 1,
) -> Decision:
    """Room within `patience` seconds is reserved. Who is not `urgent` and finds none gets a place in the line.

    `doors` are those that the call goes through, the host's first. `calls`: so many in a row are wanted, and the first
    is no use without the others. There has to be room for all; one is reserved, and the others ask when they are made.
    """
    shut = [name for name in doors if peer.door(name).is_shut(now)]
    if shut:
        moment = max(now + LOOK_AGAIN, *(peer.door(name).open_until for name in shut))
    else:
        moment = earliest(peer, {window: max(limit - calls + 1, 1) for window, limit in limits.items()}, now)
    if shut or moment - now > patience:
        if urgent:
            return Decision(peer, moment, admitted=False)
        return Decision(*stand_in_line(peer, shut[-1] if shut else HOST, limits, moment), admitted=False)
    failing = [name for name in doors if peer.door(name).failures >= FAILURES_TO_OPEN]
    for name in failing:
        peer = peer.with_door(name, trying_until=now + TRY_SECONDS)
    if not failing and _has_room_to_spare(peer, limits, now):
        for name in doors:
            peer = _without_line(peer, name)
    return Decision(reserve(peer, limits, moment), moment, admitted=True)


def _without_line(peer: Peer, door: str) -> Peer:
    """Whoever stood in it is gone."""
    return peer.with_door(door, line=0.0) if peer.door(door).line else peer


def failed(peer: Peer, door: str, now: float) -> Peer:
    state = peer.door(door)
    failures, open_until = state.failures + 1, state.open_until
    if failures >= FAILURES_TO_OPEN:
        pause = OPEN_PAUSES[min(failures - FAILURES_TO_OPEN, len(OPEN_PAUSES) - 1)]
        open_until = max(open_until, now + pause)
    return peer.with_door(door, failures=failures, open_until=open_until, trying_until=0.0)


def slowed(peer: Peer, door: str, now: float, retry_after: float | None) -> Peer:
    rest_until = now + (SLOWED if retry_after is None else min(retry_after, OPEN_PAUSES[-1]))
    return peer.with_door(door, open_until=max(peer.door(door).open_until, rest_until))


def worked(peer: Peer, door: str) -> Peer:
    if not peer.door(door).failures:
        return peer
    return peer.with_door(door, failures=0, open_until=0.0, trying_until=0.0, line=0.0)


def not_tried(peer: Peer, door: str) -> Peer:
    """The call that tried it ended, and says nothing of this door: the next one may try at once."""
    return peer.with_door(door, trying_until=0.0) if peer.door(door).trying_until else peer
