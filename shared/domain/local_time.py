"""The peers' local times: Amsterdam, without a zone (`docs/peers/hoomdossier.md` 4.3). Inside the link all is UTC.

An hour that the clock skips in spring does not exist: 02:30 is read as 03:30, as PHP does, so a round trip moves it.
An hour that comes twice in autumn is read as the first one, in summer time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.problem import Problem

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

# `fromisoformat` alone would take week numbers and dates without hyphens too.
_FORM = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)


def from_amsterdam(text: str) -> datetime:
    """`2026-12-14 10:30:00` in UTC. A zone in the text counts, and without one it is Amsterdam. Raises Problem."""
    problem = Problem("Dit is geen datum met tijd; de vorm is 2026-12-14 10:30:00.")
    if not _FORM.fullmatch(text):
        raise problem
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)).astimezone(UTC)
        to_amsterdam(moment)  # At either end of the calendar one of the zones has no such day.
    except (ValueError, OverflowError):
        raise problem from None
    return moment


def to_amsterdam(moment: datetime) -> str:
    """`2026-12-14 10:30:00`: the peers' form, whole seconds. `moment` knows its zone."""
    return moment.astimezone(AMSTERDAM).replace(tzinfo=None).isoformat(" ", "seconds")


def in_one_form(value: Any) -> Any:
    """The peers' form of any text that `from_amsterdam` reads: two texts of one moment become the same.

    What is no such text stays as it is. Econobis drops a zone without converting (known-limits E16), so this is what
    it gets.
    """
    try:
        return to_amsterdam(from_amsterdam(value)) if isinstance(value, str) else value
    except Problem:
        return value
