"""An effect: one call to a peer that must happen at most once, as a small state machine. `shared/work/once.py` runs it.

claimed ──► sent ──► done       the peer did it; `answer` is kept and given to every repeat
   │          ├────► failed     the peer did not do it; it may be claimed again
   │          └────► unknown    it may have happened; repeated where that does no harm (`Repeats`), else settled by
   │                            evidence, by a look, or by a person
   └──► failed                  given up before anything was sent
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Literal, Self

from pydantic import BaseModel

from shared.clock import Moment


class Effect(BaseModel):
    """`owner` is new at each claim, so that one that was too slow cannot write over the next one's work.

    `again` counts the calls before this one that may have worked. `reason` is why nobody knows what came of it.
    """

    state: Literal["claimed", "sent", "done", "unknown", "failed"]
    owner: str
    lease_until: Moment
    answer: Any = None
    reason: str = ""
    again: int = 0

    def without_words(self) -> Self:
        """What the peer said of it may name a person, and is not kept once nobody has to look."""
        return self.model_copy(update={"reason": ""})

    @property
    def is_unsure(self) -> bool:
        """It was sent, and nobody knows what came of it; or will, once the call under way has ended."""
        return self.state in {"sent", "unknown"}


@dataclass(frozen=True)
class Repeats:
    """`most`: how many calls may follow one whose outcome is unknown, without harm.

    `rest`: how long such a call is left alone after its lease, because the peer may still be at work on it; None: the
    peer can take two at once.
    """

    most: float = 0
    rest: timedelta | None = None

    def rested_at(self, effect: Effect) -> datetime:
        return effect.lease_until + (self.rest or timedelta(0))


NEVER, ALWAYS = Repeats(), Repeats(math.inf)


class Situation(Enum):
    FREE = "free"
    RUNNING = "running"
    DONE = "done"
    UNKNOWN = "unknown"


def situation(effect: Effect | None, now: datetime, repeats: Repeats = NEVER) -> Situation:
    """What somebody who wants the effect finds."""
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
    again = earlier.again + earlier.is_unsure if earlier else 0
    return Effect(state="claimed", owner=owner, lease_until=now + timedelta(seconds=seconds), again=again)
