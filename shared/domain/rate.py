"""A rate limiter and a circuit breaker for the calls to one peer, without I/O. `work/limiter.py` stores their state.

**Windows.** A window counts the calls of the last WINDOW seconds: one window for the whole host, one for each key, and
one for each share of sign-ups. A call needs room in each of its windows. It is written down before it is made, so that
all instances count it.

**Breakers.** A call passes the breaker of the host and that of its key. A breaker opens after FAILURES_TO_OPEN failures
in a row. When its pause is over one trial call goes through: a success closes the breaker, a failure starts a longer
pause. An error that is about one key opens the breaker of that key only, so calls with another key go on.

**Queues.** A call that finds no room gets a time to come back, one time per call, so that a backlog returns evenly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from shared.domain.stored_model import StoredModel

WINDOW = 61.5
"""Seconds. The peers count per 60; the rest is for calls that take longer to arrive than the calls before them."""

LATEST = 1.0
"""Seconds. A call must begin at most so long after its reserved moment, or the peer counts it in another window."""

FAILURES_TO_OPEN = 3
OPEN_PAUSES = (15.0, 30.0, 60.0, 120.0, 240.0)
"""Seconds that a breaker stays open after each failure from FAILURES_TO_OPEN on. The last value repeats."""

TRY_SECONDS = 60.0
"""Seconds within which a trial call has to report its outcome. After that another trial may start."""

LOOK_AGAIN = 3.0
"""Seconds after which the other calls check whether the trial call has closed the breaker."""

SLOWED = 15.0
"""Seconds to wait after a "too many requests" of the peer that does not say how long."""

HOST = "host"
"""The name of the window and the breaker that all calls to a peer share."""

Share = Literal["all", "rush", "heavy"]
"""How much of the room a sign-up may use, so that a flood of them leaves room for the others.

`heavy`: its sender sends many sign-ups. `rush`: many sign-ups came at once, from whatever senders. `all`: any other.
"""

SHARES: Mapping[Share, Sequence[str]] = {"all": (), "rush": ("rush",), "heavy": ("rush", "heavy")}
"""The windows of each share, beside those of host and key. A `heavy` sign-up counts in the window of `rush` too."""

Turn = Literal["waited_for", "urgent", "bulk"]
"""The priority of a call, which decides in which queue it waits.

`waited_for`: a person or a request waits for the answer, so the call does not queue: it hears when there is room at all
and decides itself whether to wait so long. `urgent`: has a queue of its own, which a backlog of `bulk` does not fill.
`bulk`: everything else.
"""


class Breaker(StoredModel):
    """Times are in seconds since 1970. `failures` counts those in a row.

    `open_until` is when a call may be tried; `trying_until` is when the trial call that is under way is given up.
    `failing_since` is when the first of the failures was, 0 when that is not known.
    """

    failures: int = 0
    failing_since: float = 0
    open_until: float = 0
    trying_until: float = 0

    def holds_calls(self, now: float) -> bool:
        """Whether calls are held back: the pause is not over, or a trial call is under way."""
        return now < max(self.open_until, self.trying_until)


class RateState(Breaker):
    """What is stored of one peer. It is itself the breaker of the host; `keys` holds the breaker of each key.

    `calls` holds per window the times of the last calls, the oldest first. A reserved call stands in it with a time in
    the future. `queue_ends` holds per queue the time that its last call was told to come back at. Documents from before
    there were breakers per key have no `keys`.
    """

    calls: dict[str, list[float]] = {}
    queue_ends: dict[str, float] = {}
    keys: dict[str, Breaker] = {}

    def breaker(self, name: str) -> Breaker:
        """The breaker of HOST or of a key; a closed one for a key that never failed."""
        return self if name == HOST else self.keys.get(name, Breaker())

    def with_breaker(self, name: str, **changed: float) -> RateState:
        """A copy in which these fields of one breaker are changed."""
        if name == HOST:
            return self.model_copy(update=changed)
        return self.model_copy(update={"keys": {**self.keys, name: self.breaker(name).model_copy(update=changed)}})


@dataclass(frozen=True)
class Decision:
    """`moment` (seconds since 1970): when to make the call if `admitted`, else when to ask again.

    The caller has to store `state` before it acts on either.
    """

    state: RateState
    moment: float
    admitted: bool


def decide(  # noqa: PLR0913  (the call, its limits and its priority)
    state: RateState,
    limits: Mapping[str, int],
    breakers: Sequence[str],
    now: float,
    *,
    patience: float,
    turn: Turn,
    calls: int = 1,
) -> Decision:
    """Reserves a moment for a call when there is one within `patience` seconds; else says when to come back.

    `limits` maps each window of the call to the calls that it takes. `breakers` are those that the call passes, HOST
    first. With `calls` over 1 the call is the first of several that are useless without each other: there must be room
    for all of them now. Only the first is reserved; the others ask when they are made.
    """
    open_ones = [name for name in breakers if state.breaker(name).holds_calls(now)]
    room = {window: max(limit - calls + 1, 1) for window, limit in limits.items()}
    if open_ones:
        moment = max(now + LOOK_AGAIN, *(state.breaker(name).open_until for name in open_ones))
    else:
        moment = earliest(state, room, now)
    if open_ones or moment - now > patience:
        if turn == "waited_for":
            return Decision(state, moment, admitted=False)
        queue = _queue_of(state, turn, open_ones, room)
        return Decision(*join_queue(state, queue, limits, moment), admitted=False)
    failing = [name for name in breakers if state.breaker(name).failures >= FAILURES_TO_OPEN]
    for name in failing:
        state = state.with_breaker(name, trying_until=now + TRY_SECONDS)
    if not failing and _has_room_to_spare(state, limits, now):
        state = _without_queues(state, *breakers, *limits)
    return Decision(reserve(state, limits, moment), moment, admitted=True)


def earliest(state: RateState, limits: Mapping[str, int], now: float) -> float:
    """When the next call fits in every window. Never before `now` or before a call that is written down already."""
    return max(now, *(_free_at(state, window, limit) for window, limit in limits.items()))


def _free_at(state: RateState, window: str, limit: int) -> float:
    calls = state.calls.get(window, [])
    return max(calls[-1] if calls else 0.0, calls[-limit] + WINDOW if len(calls) >= limit else 0.0)


def reserve(state: RateState, limits: Mapping[str, int], moment: float) -> RateState:
    """A copy in which a call at `moment` counts in every window of `limits`."""
    calls = dict(state.calls)
    for window, limit in limits.items():
        calls[window] = [*calls.get(window, []), moment][-limit:]
    return state.model_copy(update={"calls": calls})


def join_queue(state: RateState, queue: str, limits: Mapping[str, int], moment: float) -> tuple[RateState, float]:
    """When the next call in this queue is to come back: one interval of the limit after the last, and not before
    `moment`."""
    place = max(moment, state.queue_ends.get(queue, 0.0) + WINDOW / min(limits.values()))
    return state.model_copy(update={"queue_ends": {**state.queue_ends, queue: place}}), place


def _has_room_to_spare(state: RateState, limits: Mapping[str, int], now: float) -> bool:
    """Whether there has been room for half a window. Then no call of a queue is still to come."""
    return earliest(state, limits, now - WINDOW / 2) == now - WINDOW / 2


def _queue_of(state: RateState, turn: Turn, open_ones: Sequence[str], limits: Mapping[str, int]) -> str:
    """The queue in which a call waits; calls with another key are in another one.

    Sign-ups with a share wait in the queue of that share. `bulk` has one queue for all windows. Other calls wait in the
    queue of the breaker that is open, or of the window that is full the longest.
    """
    if shares := [share for share in SHARES["heavy"] if share in limits]:
        return f"{turn}-{shares[-1]}"
    if open_ones or turn == "bulk":
        return f"{turn}-{open_ones[-1] if open_ones else HOST}"
    return f"{turn}-{max(limits, key=lambda window: _free_at(state, window, limits[window]))}"


def _without_queues(state: RateState, *names: str) -> RateState:
    """A copy in which the queues of these windows and breakers start afresh."""
    gone = {f"{turn}-{name}" for turn in get_args(Turn) for name in names} & state.queue_ends.keys()
    if not gone:
        return state
    return state.model_copy(
        update={"queue_ends": {queue: at for queue, at in state.queue_ends.items() if queue not in gone}}
    )


def failed(state: RateState, name: str, now: float) -> RateState:
    """After a failure that is about this breaker. Opens it from the third failure in a row on."""
    breaker = state.breaker(name)
    failures, open_until = breaker.failures + 1, breaker.open_until
    if failures >= FAILURES_TO_OPEN:
        pause = OPEN_PAUSES[min(failures - FAILURES_TO_OPEN, len(OPEN_PAUSES) - 1)]
        open_until = max(open_until, now + pause)
    since = breaker.failing_since if breaker.failures else now
    return state.with_breaker(name, failures=failures, failing_since=since, open_until=open_until, trying_until=0.0)


def slowed(state: RateState, name: str, now: float, retry_after: float | None) -> RateState:
    """After a "too many requests". Opens the breaker for `retry_after` seconds, at most the longest of OPEN_PAUSES.

    A peer that asks to go slower is up, so this counts no failure.
    """
    rest_until = now + (SLOWED if retry_after is None else min(retry_after, OPEN_PAUSES[-1]))
    return state.with_breaker(name, open_until=max(state.breaker(name).open_until, rest_until))


def worked(state: RateState, name: str) -> RateState:
    """After a success. Closes a breaker that had failures; a rest that the peer asked for itself stays."""
    if not state.breaker(name).failures:
        return state
    return _without_queues(
        state.with_breaker(name, failures=0, failing_since=0.0, open_until=0.0, trying_until=0.0), name
    )


def trial_ended(state: RateState, name: str) -> RateState:
    """Ends a trial call whose outcome says nothing about this breaker, so that the next trial may start at once."""
    return state.with_breaker(name, trying_until=0.0) if state.breaker(name).trying_until else state
