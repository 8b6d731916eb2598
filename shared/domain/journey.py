"""Where a resident stands in the journey (*bewonersreis*): the step reached, what comes next, and since when.

`Resident` and `Submission` derive from this what the store is searched by (`StoredModel.derived`), and the counts of
their campaign (`domain/tally.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from shared.clock import to_text
from shared.domain.local_time import AMSTERDAM, day_of

Step = Literal["signed_up", "intake", "dossier", "coach", "appointment", "visited", "plan"]
"""*Aangemeld, intake, dossier, coach gekoppeld, afspraak, bezocht, woonplan*: the furthest step that was reached."""
STEPS: tuple[Step, ...] = ("signed_up", "intake", "dossier", "coach", "appointment", "visited", "plan")

WaitsFor = Literal["intake", "dossier", "coach", "appointment", "visit", "plan", "nothing", "cancelled", "removed"]
"""What a resident waits for. `nothing`: every step that the form asks for was reached. The last two are no wait: the
journey ended before its last step, because the visit was cancelled (*afgezegd*) or the dossier removed.
"""
WAITS: tuple[WaitsFor, ...] = ("intake", "dossier", "coach", "appointment", "visit", "plan")
"""What somebody has to do next, in order: the wait that begins at each of STEPS but the last."""


@dataclass(frozen=True)
class Place:
    """Where a resident stands. `since` (UTC): the wait began, or the journey ended, then.

    A resident with an appointment waits since the moment of the visit, which may lie ahead.
    """

    step: Step
    waits_for: WaitsFor
    since: datetime

    @property
    def rank(self) -> str:
        """Sorts residents: first those who wait, the longest wait first; then those who wait for nothing any more."""
        return to_text(self.since) if self.waits_for in WAITS else f"~{to_text(self.since)}"


def last_day(now: datetime, longer: int) -> date:
    """Whoever began to wait on this day (Amsterdam) or before has waited longer than so many days at `now` (UTC).

    Whole days count, so that the numbers of a day are the same all day long, and on every page.
    """
    return day_of(now) - timedelta(days=longer)


def last_moment(now: datetime, longer: int) -> datetime:
    """The end (UTC) of `last_day`, to compare moments with."""
    next_day = datetime.combine(last_day(now, longer) + timedelta(days=1), time(), AMSTERDAM)
    return next_day.astimezone(UTC) - timedelta(microseconds=1)


def next_wait(step: Step, *, wants_dossier: bool = True, wants_visit: bool = True) -> WaitsFor:
    """What a resident at `step` waits for. The arguments say what the form asks for."""
    if step == "plan" or (step == "intake" and not wants_dossier):
        return "nothing"
    if step == "dossier" and not wants_visit:
        return "nothing"
    return WAITS[STEPS.index(step)]
