"""How many calls a peer takes, and whether it is up: one document per peer, decided here, kept by `shared/limiter.py`.

A call is written down before it is made, so every instance sees it. A peer that fails several times in a row is left
alone for a while (the breaker); then one call tries, and its success lets the others through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

WINDOW = 61.5  # seconds; more than the peers' 60, for calls that take longer to arrive than the ones before them
LATEST = 1.0  # seconds after its moment that a call may still begin
FAILURES_TO_OPEN = 3
OPEN_PAUSES = (15.0, 30.0, 60.0, 120.0, 240.0)  # seconds of rest after each failure from then on; the last repeats
TRY_SECONDS = 60.0  # how long the one call that tries a peer that was down may take
LOOK_AGAIN = 3.0  # seconds after which the others look whether it worked
SLOWED = 15.0  # seconds of rest when the peer says "too fast" and not for how long


class Peer(BaseModel):
    """Times are seconds since 1970. `calls` holds the last calls per window, oldest first, a reserved one included.

    `line` is where the next low-priority caller is told to come back, so that a backlog comes in one by one.
    """

    calls: dict[str, list[float]] = {}
    line: float = 0
    failures: int = 0
    open_until: float = 0
    trying_until: float = 0


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


def stand_in_line(peer: Peer, limits: Mapping[str, int], moment: float) -> tuple[Peer, float]:
    """A moment of one's own, at the pace that the peer takes."""
    place = max(moment, peer.line + WINDOW / min(limits.values()))
    return peer.model_copy(update={"line": place}), place


def _has_room_to_spare(peer: Peer, limits: Mapping[str, int], now: float) -> bool:
    return earliest(peer, limits, now - WINDOW / 2) == now - WINDOW / 2


@dataclass(frozen=True)
class Decision:
    """`moment`: when to call if `admitted`, else when to come back. `peer` is to be written before either."""

    peer: Peer
    moment: float
    admitted: bool


def decide(  # noqa: PLR0913  (how much room, and how soon)
    peer: Peer, limits: Mapping[str, int], now: float, *, patience: float, urgent: bool, calls: int = 1
) -> Decision:
    """Room within `patience` seconds is reserved. Who is not `urgent` and finds none gets a place in the line.

    `calls`: so many in a row are wanted, and the first is no use without the others. There has to be room for all; one
    is reserved, and the others ask when they are made.
    """
    for_all = {window: max(limit - calls + 1, 1) for window, limit in limits.items()}
    closed = now < max(peer.open_until, peer.trying_until)
    moment = max(peer.open_until, now + LOOK_AGAIN) if closed else earliest(peer, for_all, now)
    if closed or moment - now > patience:
        if urgent:
            return Decision(peer, moment, admitted=False)
        return Decision(*stand_in_line(peer, limits, moment), admitted=False)
    if peer.failures >= FAILURES_TO_OPEN:
        peer = peer.model_copy(update={"trying_until": now + TRY_SECONDS})
    elif _has_room_to_spare(peer, limits, now):
        peer = peer.model_copy(update={"line": 0.0})  # Whoever stood in it is gone.
    return Decision(reserve(peer, limits, moment), moment, admitted=True)


def failed(peer: Peer, now: float) -> Peer:
    failures, open_until = peer.failures + 1, peer.open_until
    if failures >= FAILURES_TO_OPEN:
        pause = OPEN_PAUSES[min(failures - FAILURES_TO_OPEN, len(OPEN_PAUSES) - 1)]
        open_until = max(open_until, now + pause)
    return peer.model_copy(update={"failures": failures, "open_until": open_until, "trying_until": 0.0})


def slowed(peer: Peer, now: float, retry_after: float | None) -> Peer:
    rest_until = now + (SLOWED if retry_after is None else min(retry_after, OPEN_PAUSES[-1]))
    return peer.model_copy(update={"open_until": max(peer.open_until, rest_until)})


def worked(peer: Peer) -> Peer:
    if not peer.failures:
        return peer
    return peer.model_copy(update={"failures": 0, "open_until": 0.0, "trying_until": 0.0, "line": 0.0})
