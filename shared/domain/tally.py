"""What a resident counts for in the numbers of a campaign. `Records` adds it up in the write that changes the resident.

The counts of a campaign stand in one document per week in which residents signed up (ISO week, Europe/Amsterdam), so
that a page reads a document per week, however many residents there are. Every name of a count begins with what is
counted, the form (`""`: none) and the coach (contact id, 0: none), by which staff choose whom they look at:

    at|form|coach|step|stands           residents by their furthest step and how they stand there (`Stands`)
    visits|form|coach|week              visits in that week (2026-W48)
    days|form|coach|step>step|days      how many days lay between two steps: see `rounded`
    measure|form|coach|count|name       homes for which the measure is planned; with `m2` for `count` hundredths of m²,
                                        with `self` homes that mean to do it themselves

What needs a person now stands in one more document per cooperation (`Now`), so that the first page reads only that:

    waits|for what|day                  who has waited since that day (Europe/Amsterdam), on their present journey
    trouble|model|day|expires           dead letters since that day, in the documents of that model; those are gone at
                                        the beginning of the day `expires` (UTC; `""`: never)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Literal, get_args

from shared.domain.journey import WAITS, Step, WaitsFor
from shared.domain.local_time import AMSTERDAM, day_of
from shared.domain.stored_model import StoredModel

COLLECTION = "tallies"
WHOLE_WEEKS = 56
"""Waits longer than this many days are rounded down to whole weeks, so that a document holds few names."""
LONGEST = 399
"""Longer waits count as this many days."""
NO_CAMPAIGN = 0

Stands = Literal[WaitsFor, "moved", "moved_complete"]
"""How residents stand at their furthest step. The last two went on in another campaign; `moved_complete` after they had
all that the form asked for. So whoever waits in a campaign is one of its residents now.
"""
STANDS: tuple[Stands, ...] = get_args(Stands)


class Tally(StoredModel):
    """The counts of the residents of one campaign who signed up in one week, as they are stored."""

    cooperation: str
    campaign_id: int
    week: str
    counts: dict[str, int] = {}


class Now(StoredModel):
    """What needs a person now in one cooperation, as it is stored: no week, so no query of weeks finds it."""

    cooperation: str
    counts: dict[str, int] = {}


def key_of_now(cooperation: str) -> str:
    """Where `Now` is stored."""
    return f"{cooperation}:now"


def waits_now(cooperation: str, waits_for: WaitsFor, since: datetime) -> list[dict[str, Any]]:
    """What somebody counts for in `Now` who has waited since then (UTC). Nothing for who waits for nothing."""
    return _now(cooperation, {f"waits|{waits_for}|{day_of(since)}": 1}) if waits_for in WAITS else []


def trouble_now(
    cooperation: str, model: str, since: Iterable[datetime], expires_at: datetime | None
) -> list[dict[str, Any]]:
    """What a document with dead letters since these moments (UTC) counts for in `Now`."""
    expires = expires_at.astimezone(UTC).date() if expires_at else ""
    return _now(cooperation, Counter(f"trouble|{model}|{day_of(at)}|{expires}" for at in since))


def _now(cooperation: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    of_it = {"key": key_of_now(cooperation), "fixed": {"cooperation": cooperation}, "counts": dict(counts)}
    return [of_it] if counts else []


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


def name_of(what: str, form: str, coach: int | None, *rest: object) -> str:
    """The name of a count."""
    return "|".join(map(str, (what, form, coach or 0, *rest)))


def after_it(waits_for: WaitsFor) -> Stands:
    """How somebody stands in a campaign that waited for this there, and went on in another one."""
    return "moved_complete" if waits_for == "nothing" else "moved"


def rounded(days: int) -> int:
    """The days of a wait as they are counted."""
    few = min(max(days, 0), LONGEST)
    return few if few <= WHOLE_WEEKS else few - few % 7


def days_between(reached: Mapping[Step, datetime]) -> Iterator[tuple[str, int]]:
    """From each step to the next one that was reached, and the days. A step before its predecessor takes 0 days."""
    for (step, began), (next_step, ended) in pairwise(reached.items()):
        yield f"{step}>{next_step}", rounded((ended - began).days)
