"""The peers' local times: Europe/Amsterdam without a zone (`docs/peers/hoomdossier.md` 4.3). The link uses UTC.

The hour that the clock skips in spring does not exist: 02:30 is read as 03:30, as PHP does. The hour that comes twice
in autumn is read as the first, in summer time.

A visit at midnight is one of which only the day is known: nobody visits at that hour, and both peers have no other way
to say it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.problem import Problem
from shared.words import Words

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_LAST_MIDNIGHT = datetime.max.replace(tzinfo=UTC) - timedelta(days=3)

# `fromisoformat` also takes week numbers and dates without hyphens.
_FORM = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)


def from_amsterdam(text: str) -> datetime:
    """The moment in UTC. A text without a zone is read in Europe/Amsterdam. Raises Problem for another form."""
    problem = Problem(Words("Dit is geen datum met tijd; de vorm is 2026-12-14 10:30:00."))
    if not _FORM.fullmatch(text):
        raise problem
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)).astimezone(UTC)
        to_amsterdam(moment)  # Fails for the first and last day of the calendar, which one of the zones lacks.
    except (ValueError, OverflowError):
        raise problem from None
    return moment


def to_amsterdam(moment: datetime) -> str:
    """`2026-12-14 10:30:00` in Europe/Amsterdam, the peers' form. `moment` has a zone; fractions are cut off."""
    return moment.astimezone(AMSTERDAM).replace(tzinfo=None).isoformat(" ", "seconds")


def day_of(moment: datetime) -> date:
    """The day in Europe/Amsterdam. `moment` has a zone."""
    return moment.astimezone(AMSTERDAM).date()


def has_time(moment: datetime) -> bool:
    """Whether the time of a visit is known, and not only its day. `moment` has a zone."""
    return moment.astimezone(AMSTERDAM).time() != time()


def midnight_of(day: date) -> datetime:
    """The moment (UTC) of a visit of which only the day is known."""
    return datetime.combine(day, time(), AMSTERDAM).astimezone(UTC)


def begins_at_last(moment: datetime) -> datetime:
    """When a visit has begun in any case (UTC): at its moment, or at the end of its day when its time is not known."""
    return moment if has_time(moment) else midnight_of(day_of(min(moment, _LAST_MIDNIGHT)) + timedelta(days=1))


def in_one_form(value: Any) -> Any:
    """The peers' form of a text that `from_amsterdam` reads. Other values are returned unchanged.

    Econobis drops a zone without converting the time (known-limits E16), so send it this form.
    """
    try:
        return to_amsterdam(from_amsterdam(value)) if isinstance(value, str) else value
    except Problem:
        return value
