"""An effect: one call to a peer that must happen at most once, as a small state machine. `shared/once.py` runs it.

claimed ──► sent ──► done       the peer did it; `answer` is kept and given to every repeat
   │          ├────► failed     the peer did not do it; it may be claimed again
   │          └────► unknown    it may have happened; settled by evidence or by a person
   └──► failed                  given up before anything was sent
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Literal

from pydantic import BaseModel

from shared.clock import Moment


class Effect(BaseModel):
    """`owner` is new at each claim, so that one that was too slow cannot write over the next one's work."""

    state: Literal["claimed", "sent", "done", "unknown", "failed"]
    owner: str
    lease_until: Moment
    answer: Any = None
    reason: str = ""


class Situation(Enum):
    FREE = "free"
    RUNNING = "running"
    DONE = "done"
    UNKNOWN = "unknown"


def situation(effect: Effect | None, now: datetime, *, repeatable: bool = False) -> Situation:
    """What somebody who wants the effect finds. `repeatable`: the peer takes the same call twice without harm."""
    if effect is None or effect.state == "failed":
        return Situation.FREE
    if effect.state == "done":
        return Situation.DONE
    if effect.state != "unknown" and now < effect.lease_until:
        return Situation.RUNNING
    if effect.state == "claimed" or repeatable:
        return Situation.FREE
    return Situation.UNKNOWN


def claim(owner: str, now: datetime, seconds: float) -> Effect:
    return Effect(state="claimed", owner=owner, lease_until=now + timedelta(seconds=seconds))
