"""How many calls a peer takes, and whether it is up: one document per peer. `shared/work/limiter.py` keeps it.

A call is written down before it is made, so every instance sees it. A call goes through two doors: that of the host,
and that of the key that it goes with. A door that fails several times in a row is left alone for a while (the
breaker); then one call tries, and its success lets the others through. What a peer says of one key shuts that key's
door only, and the calls with another key go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel

WINDOW = 61.5  # seconds; more than the peers' 60, for calls that take longer to arrive than the ones before them
LATEST = 1.0  # seconds after its moment that a call may still begin
FAILURES_TO_OPEN = 3
OPEN_PAUSES = (15.0, 30.0, 60.0, 120.0, 240.0)  # seconds of rest after each failure from then on; the last repeats
TRY_SECONDS = 60.0  # how long the one call that tries a door that was shut may take
LOOK_AGAIN = 3.0  # seconds after which the others look whether it worked
SLOWED = 15.0  # seconds of rest when the peer says "too fast" and not for how long
HOST = "host"
# How much of the room a sign-up may use, so that a flood leaves some for the others. `rush`: many came at once, from
# whatever senders. `heavy`: its sender sends many. Each is a window beside the peer's own, and `heavy` ones count in
# the window of `rush` too.
Share = Literal["all", "rush", "heavy"]
SHARES: Mapping[Share, Sequence[str]] = {"all": (), "rush": ("rush",), "heavy": ("rush", "heavy")}
# `waited_for`: somebody holds the line, and decides for himself how long. `urgent`: the next task has it done in
# seconds. `bulk`: as soon as the pace allows.
Turn = Literal["waited_for", "urgent", "bulk"]


class Door(BaseModel):
    """Times are seconds since 1970."""

    failures: int = 0
    open_until: float = 0
    trying_until: float = 0

    def is_shut(self, now: float) -> bool:
        return now < max(self.open_until, self.trying_until)


class RateState(Door):
    """Itself the door of the host; `keys` are the others. A document without them was written before there were any.

    `calls` holds the last calls per window, oldest first, a reserved one included. `lines` holds, per line, the last
    moment that somebody was told to come back at, so that a backlog comes in one by one.
    """

    calls: dict[str, list[float]] = {}
    lines: dict[str, float] = {}
    keys: dict[str, Door] = {}

    def door(self, name: str) -> Door:
        return self if name == HOST else self.keys.get(name, Door())

    def with_door(self, name: str, **changed: Any) -> RateState:
        if name == HOST:
            return self.model_copy(update=changed)
        return self.model_copy(update={"keys": {**self.keys, name: self.door(name).model_copy(update=changed)}})


def earliest(peer: RateState, limits: Mapping[str, int], now: float) -> float:
    """When the next call fits in every window: not before `now`, nor before a call that is already written down."""
    return max(now, *(_fits(peer, window, limit) for window, limit in limits.items()))


def _fits(peer: RateState, window: str, limit: int) -> float:
    calls = peer.calls.get(window, [])
    return max(calls[-1] if calls else 0.0, calls[-limit] + WINDOW if len(calls) >= limit else 0.0)


def reserve(peer: RateState, limits: Mapping[str, int], moment: float) -> RateState:
    calls = dict(peer.calls)
    for window, limit in limits.items():
        calls[window] = [*calls.get(window, []), moment][-limit:]
    return peer.model_copy(update={"calls": calls})


def stand_in_line(peer: RateState, line: str, limits: Mapping[str, int], moment: float) -> tuple[RateState, float]:
    """A moment of one's own, at the pace that the peer takes."""
    place = max(moment, peer.lines.get(line, 0.0) + WINDOW / min(limits.values()))
    return peer.model_copy(update={"lines": {**peer.lines, line: place}}), place


def _has_room_to_spare(peer: RateState, limits: Mapping[str, int], now: float) -> bool:
    return earliest(peer, limits, now - WINDOW / 2) == now - WINDOW / 2


@dataclass(frozen=True)
class Decision:
    """`moment`: when to call if `admitted`, else when to come back. `peer` is to be written before either."""

    peer: RateState
    moment: float
    admitted: bool


def decide(  # noqa: PLR0913  (the call, and how long it can wait)
    peer: RateState,
    limits: Mapping[str, int],
    doors: Sequence[str],
    now: float,
    *,
    patience: float,
    turn: Turn,
    calls: int = 1,
) -> Decision:
    """Room within `patience` seconds is reserved. Who finds none gets a place in a line, unless he is `waited_for`.

    `doors` are those that the call goes through, the host's first. `calls`: so many in a row are wanted, and the first
    is no use without the others. There has to be room for all; one is reserved, and the others ask when they are made.
    """
    shut = [name for name in doors if peer.door(name).is_shut(now)]
    room = {window: max(limit - calls + 1, 1) for window, limit in limits.items()}
    if shut:
        moment = max(now + LOOK_AGAIN, *(peer.door(name).open_until for name in shut))
    else:
        moment = earliest(peer, room, now)
    if shut or moment - now > patience:
        if turn == "waited_for":
            return Decision(peer, moment, admitted=False)
        line = _line(peer, turn, shut, room)
        return Decision(*stand_in_line(peer, line, limits, moment), admitted=False)
    failing = [name for name in doors if peer.door(name).failures >= FAILURES_TO_OPEN]
    for name in failing:
        peer = peer.with_door(name, trying_until=now + TRY_SECONDS)
    if not failing and _has_room_to_spare(peer, limits, now):
        peer = _without_lines(peer, *doors, *limits)
    return Decision(reserve(peer, limits, moment), moment, admitted=True)


def _line(peer: RateState, turn: Turn, shut: Sequence[str], limits: Mapping[str, int]) -> str:
    """Where a call waits: calls with another key do not stand in it.

    Sign-ups with a share have the line of that share. `bulk` has one line for all windows. Others have one for each
    door that is shut, or window that is full.
    """
    if shares := [share for share in SHARES["heavy"] if share in limits]:
        return f"{turn}-{shares[-1]}"
    if shut or turn == "bulk":
        return f"{turn}-{shut[-1] if shut else HOST}"
    return f"{turn}-{max(limits, key=lambda window: _fits(peer, window, limits[window]))}"


def _without_lines(peer: RateState, *places: str) -> RateState:
    """Whoever stood in them is gone."""
    gone = {f"{turn}-{place}" for turn in get_args(Turn) for place in places} & peer.lines.keys()
    if not gone:
        return peer
    return peer.model_copy(update={"lines": {line: at for line, at in peer.lines.items() if line not in gone}})


def failed(peer: RateState, door: str, now: float) -> RateState:
    state = peer.door(door)
    failures, open_until = state.failures + 1, state.open_until
    if failures >= FAILURES_TO_OPEN:
        pause = OPEN_PAUSES[min(failures - FAILURES_TO_OPEN, len(OPEN_PAUSES) - 1)]
        open_until = max(open_until, now + pause)
    return peer.with_door(door, failures=failures, open_until=open_until, trying_until=0.0)


def slowed(peer: RateState, door: str, now: float, retry_after: float | None) -> RateState:
    rest_until = now + (SLOWED if retry_after is None else min(retry_after, OPEN_PAUSES[-1]))
    return peer.with_door(door, open_until=max(peer.door(door).open_until, rest_until))


def worked(peer: RateState, door: str) -> RateState:
    if not peer.door(door).failures:
        return peer
    return _without_lines(peer.with_door(door, failures=0, open_until=0.0, trying_until=0.0), door)


def not_tried(peer: RateState, door: str) -> RateState:
    """The call that tried it ended, and says nothing of this door: the next one may try at once."""
    return peer.with_door(door, trying_until=0.0) if peer.door(door).trying_until else peer
