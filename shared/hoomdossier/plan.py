"""The measures in a *woonplan* (`docs/peers/hoomdossier.md` 4.5): planned, not done."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from shared.domain.resident import Measure
from shared.hoomdossier.inbound import Event

MOST = 60
LONGEST_NAME = 80
_OF_HOOMDOSSIER = "MeasureApplication"
LARGEST_M2 = 100_000.0


def measures_in(event: Event) -> list[Measure]:
    """The measures of a plan, at most MOST. One that people named themselves goes by the name of its category.

    What cannot be read is left out.
    """
    return list(_measures(event.user_action_plan_advices))[:MOST]


def _measures(advices: Mapping[str, Any]) -> Iterator[Measure]:
    for advice in advices.values():
        if isinstance(advice, Mapping) and (name := _name(advice)):
            by_resident = advice.get("execute_self")
            yield Measure(
                name=name,
                m2=_square_metres(advice.get("surface")),
                by_resident=by_resident if isinstance(by_resident, bool) else None,
            )


def _name(advice: Mapping[str, Any]) -> str:
    kind, category = str(advice.get("measure_type")).rpartition("\\")[2], advice.get("measure_category")
    named = advice if kind == _OF_HOOMDOSSIER or not isinstance(category, Mapping) else category
    name = named.get("name") if named is not advice or kind == _OF_HOOMDOSSIER else None
    # `|` separates the parts of a name in `domain/tally.py`.
    return " ".join(name.replace("|", " ").split())[:LONGEST_NAME] if isinstance(name, str) else ""


def _square_metres(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        size = float(value.replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return size if math.isfinite(size) and 0 < size <= LARGEST_M2 else None
