"""An effect: the state of one call to a peer that must happen at most once. `work/once.py` moves it on.

claimed ──► sent ──► done       the peer did it
   │          ├────► failed     the peer did not do it; it may be claimed again
   │          └────► unknown    the peer may have done it: the call is repeated where that does no harm (`Repeats`),
   │                            else evidence, a look at the peer or a person finds out
   └──► failed                  given up before anything was sent
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Literal, Self

from shared.clock import Moment
from shared.domain.stored_model import StoredModel


class Effect(StoredModel):
    """The state of one call, kept in the document that it belongs to.

    `owner` is new at each claim, so that a process whose lease ran out cannot overwrite the next one's state. The lease
    ends at `lease_until` (UTC). `again` counts earlier calls that may have worked. `reason` says why the outcome is
    unknown.
    """

    state: Literal["claimed", "sent", "done", "unknown", "failed"]
    owner: str
    lease_until: Moment
    reason: str = ""
    again: int = 0

    def without_words(self) -> Self:
        """A copy without `reason`, which may name a person. Use it when no operator needs the reason any more."""
        return self.model_copy(update={"reason": ""})

    @property
    def is_unsure(self) -> bool:
        """The call was sent and its outcome is unknown, or not known yet."""
        return self.state in {"sent", "unknown"}


@dataclass(frozen=True)
class Repeats:
    """Whether a call whose outcome is unknown may be made again.

    `most`: how many times it may be repeated. `rest`: how long to wait after the lease of the lost call ended, because
    the peer may still be working on it; None when the peer can handle two such calls at once.
    """

    most: float = 0
    rest: timedelta | None = None

    def rested_at(self, effect: Effect) -> datetime:
        """The moment (UTC) from which the call may be made again."""
        return effect.lease_until + (self.rest or timedelta(0))


NEVER, ALWAYS = Repeats(), Repeats(math.inf)


class Situation(Enum):
    """What a process that wants to make the call has to do.

    FREE: claim it. RUNNING: another process is making it, so wait. DONE: nothing. UNKNOWN: find out first.
    """

    FREE = "free"
    RUNNING = "running"
    DONE = "done"
    UNKNOWN = "unknown"


def situation(effect: Effect | None, now: datetime, repeats: Repeats = NEVER) -> Situation:
    """Decides from the stored effect at `now` (UTC). After its lease, a call that was sent has an unknown outcome."""
    if effect is None or effect.state == "failed":
        return Situation.FREE
    if effect.state == "done":
        return Situation.DONE
    if effect.state != "unknown" and now < effect.lease_until:
        return Situation.RUNNING
    if effect.state == "claimed":
        return Situation.FREE
    has_rested = repeats.rest is None or now >= repeats.rested_at(effect)
    return Situation.FREE if effect.again < repeats.most and has_rested else Situation.UNKNOWN


def claim(owner: str, now: datetime, seconds: float, earlier: Effect | None = None) -> Effect:
    """A new effect with a lease of `seconds` from `now` (UTC)."""
    again = earlier.again + earlier.is_unsure if earlier else 0
    return Effect(state="claimed", owner=owner, lease_until=now + timedelta(seconds=seconds), again=again)
