"""What a resident counts for in the numbers of a campaign. `Records` adds it up in the write that changes the resident.

The counts of a campaign stand in one document per week in which residents signed up (ISO week, Europe/Amsterdam), so
that a page reads a document per week, however many residents there are. The names of the counts:

    at|form|coach|step|stop      residents by form (`""`: none), coach (contact id, 0: none), furthest step, and `Stop`
    visits|week                  visits in that week (2026-W48)
    days|step>step|days          how many days (whole, at most `LONGEST`) lay between two steps
    measure|name|count, …|m2, …|self    planned measures: homes, hundredths of m², and homes that do it themselves
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from shared.domain.journey import Step
from shared.domain.local_time import AMSTERDAM

COLLECTION = "tallies"
LONGEST = 400
"""Longer waits count as this many days."""
NO_CAMPAIGN = 0


def week_of(moment: datetime) -> str:
    """The ISO week of a moment (UTC) in Europe/Amsterdam: `2026-W48`."""
    year, week, _ = moment.astimezone(AMSTERDAM).isocalendar()
    return f"{year}-W{week:02}"


def tally(cooperation: str, campaign_id: int | None, signed_up: datetime, counts: Mapping[str, int]) -> dict[str, Any]:
    """One entry of the field `tally` of a document that counts for a campaign.

    The document with the counts does not expire: it holds numbers of whole weeks, and nothing of a person.
    """
    campaign, week = campaign_id or NO_CAMPAIGN, week_of(signed_up)
    fixed = {"cooperation": cooperation, "campaign_id": campaign, "week": week}
    return {"key": f"{cooperation}:{campaign}:{week}", "fixed": fixed, "counts": dict(counts)}


def at(form: str, coach: int | None, step: str, stop: str) -> str:
    """The name of the count of residents who stand there."""
    return f"at|{form}|{coach or 0}|{step}|{stop}"


def days_between(counts: Counter[str], reached: Mapping[Step, datetime]) -> None:
    """Counts the days from each step to the next one that was reached. A step before its predecessor counts as 0."""
    for (step, began), (next_step, ended) in pairwise(reached.items()):
        days = min(max((ended - began).days, 0), LONGEST)
        counts[f"days|{step}>{next_step}|{days}"] += 1
