"""The figures of a campaign, worked out from its counts. Pure: `campaign.py` reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import ceil

from shared.domain.journey import STEPS, WAITS, Step, WaitsFor
from shared.domain.tally import Tally
from shared.staff.counted import At, Choice, Counted, counted

_VISITED = STEPS.index("visited")
_STOPPED = frozenset({"cancelled", "removed", "moved"})
_COMPLETE = frozenset({"nothing", "moved_complete"})


@dataclass(frozen=True)
class Stage:
    """One step of the funnel. `reached` came so far, or further. The others came no further than here.

    `waiting` wait for `waits_for`. `complete` have all that their form asks for. The others stopped: their visit was
    `cancelled`, their dossier `removed`, or they `moved` to another campaign.
    """

    step: Step
    waits_for: WaitsFor | None
    reached: int
    waiting: int
    complete: int
    cancelled: int
    removed: int
    moved: int

    @property
    def stopped(self) -> int:
        """Who stopped here."""
        return self.cancelled + self.removed + self.moved

    @property
    def further(self) -> int:
        """Who came further than this step."""
        return self.reached - self.waiting - self.complete - self.stopped


@dataclass(frozen=True)
class Week:
    """Sign-ups and visits in the week that begins on `monday`."""

    monday: date
    signed_up: int
    visits: int


@dataclass(frozen=True)
class OfForm:
    """Who came through a form; `""`: none. `reached`, `under_way`, `stopped`: see `Figures` and `Stage`."""

    form: str
    signed_up: int
    reached: int
    under_way: int
    stopped: int


@dataclass(frozen=True)
class OfCoach:
    """The residents of a coach (contact id, 0: none is known), by what they wait for.

    `unlinked`: for the dossier, or until the coach is linked to it. `open`: for an appointment. `planned`: for the
    visit. `plan`: for the plan. `complete`: for nothing. `stopped`: they do not go on in this campaign.
    """

    coach: int
    all: int
    unlinked: int
    open: int
    planned: int
    plan: int
    complete: int
    stopped: int


@dataclass(frozen=True)
class Lasted:
    """How long it took from one step to the next, in days: half of `count` took `median` or less, nine of ten `most`.

    So the slowest tenth took longer than `most`.
    """

    begin: Step
    end: Step
    count: int
    median: int
    most: int


@dataclass(frozen=True)
class Planned:
    """A measure that stands in plans: in how many homes, how many m² in all, and how many do it themselves."""

    name: str
    homes: int
    m2: float
    by_resident: int


@dataclass(frozen=True)
class Figures:
    """`reached`: the visit was, or they have all that their form asks for. `under_way`: not yet, and they wait for
    something; `waiting` are all who do, also for the plan after the visit. Forms, coaches and measures: most first.

    `all_forms` and `all_coaches` are those that there are, whoever was chosen.
    """

    signed_up: int
    reached: int
    under_way: int
    waiting: int
    complete: int
    cancelled: int
    removed: int
    moved: int
    stages: tuple[Stage, ...]
    weeks: tuple[Week, ...]
    forms: tuple[OfForm, ...]
    coaches: tuple[OfCoach, ...]
    lasted: tuple[Lasted, ...]
    planned: tuple[Planned, ...]
    all_forms: tuple[str, ...]
    all_coaches: tuple[int, ...]

    @property
    def longest_queue(self) -> Stage | None:
        """The step after which most people wait; None when nobody waits."""
        return max((it for it in self.stages if it.waiting), key=lambda it: it.waiting, default=None)


def figures(tallies: Iterable[Tally], choice: Choice, today: date) -> Figures:
    """The figures of these residents. The weeks run from the first one in the tallies until that of `today`."""
    found = counted(tallies, choice)
    return Figures(
        signed_up=found.people.total(),
        reached=found.those(_is_reached),
        under_way=found.those(_is_under_way),
        waiting=found.those(lambda at: at.stands in WAITS),
        complete=found.those(lambda at: at.stands == "nothing"),
        cancelled=found.those(lambda at: at.stands == "cancelled"),
        removed=found.those(lambda at: at.stands == "removed"),
        moved=found.those(lambda at: at.stands in {"moved", "moved_complete"}),
        stages=tuple(_stages(found)),
        weeks=tuple(_weeks(found, today)),
        forms=tuple(_forms(found)),
        coaches=tuple(_coaches(found)),
        lasted=tuple(_lasted(found)),
        planned=tuple(_planned(found)),
        all_forms=tuple(sorted(found.forms)),
        all_coaches=tuple(sorted(found.coaches)),
    )


def _is_reached(at: At) -> bool:
    return at.stands in _COMPLETE or STEPS.index(at.step) >= _VISITED


def _is_under_way(at: At) -> bool:
    return at.stands in WAITS and not _is_reached(at)


def _stages(found: Counted) -> Iterator[Stage]:
    here: Counter[tuple[Step, str]] = Counter()
    for at, count in found.people.items():
        here[at.step, "waiting" if at.stands in WAITS else "nothing" if at.stands in _COMPLETE else at.stands] += count
    reached = found.people.total()
    for step, waits_for in zip(STEPS, (*WAITS, None), strict=True):
        counts = [here[step, it] for it in ("waiting", "nothing", "cancelled", "removed", "moved")]
        yield Stage(step, waits_for, reached, *counts)
        reached -= sum(counts)


def _weeks(found: Counted, today: date) -> Iterator[Week]:
    mondays = {_monday(week): week for week in {*found.signed_up, *found.visits}}
    if not mondays:
        return
    monday, last = min(mondays), max(*mondays, today - timedelta(days=today.weekday()))
    while monday <= last:
        week = mondays.get(monday, "")
        yield Week(monday, found.signed_up[week], found.visits[week])
        monday += timedelta(weeks=1)


def _monday(week: str) -> date:
    return date.fromisoformat(f"{week}-1")


def _forms(found: Counted) -> list[OfForm]:
    by_form: dict[str, Counter[str]] = {}
    for at, count in found.people.items():
        counts = by_form.setdefault(at.form, Counter())
        counts["all"] += count
        counts["reached"] += count * _is_reached(at)
        counts["under_way"] += count * _is_under_way(at)
        counts["stopped"] += count * (at.stands in _STOPPED)
    forms = [OfForm(form, it["all"], it["reached"], it["under_way"], it["stopped"]) for form, it in by_form.items()]
    return sorted(forms, key=lambda it: (-it.signed_up, it.form))


def _coaches(found: Counted) -> list[OfCoach]:
    by_coach: dict[int, Counter[str]] = {}
    for at, count in found.people.items():
        by_coach.setdefault(at.coach, Counter())[at.stands] += count
    coaches = [
        OfCoach(
            coach,
            waits.total(),
            waits["intake"] + waits["dossier"] + waits["coach"],
            waits["appointment"],
            waits["visit"],
            waits["plan"],
            waits["nothing"],
            waits["cancelled"] + waits["removed"] + waits["moved"] + waits["moved_complete"],
        )
        for coach, waits in by_coach.items()
    ]
    return sorted(coaches, key=lambda it: (-(it.open + it.planned), -it.all, it.coach))  # Who has most on hand first.


def _lasted(found: Counted) -> Iterator[Lasted]:
    for begin, end in pairwise(STEPS):
        days = sorted((days, count) for (between, days), count in found.days.items() if between == f"{begin}>{end}")
        if total := sum(count for _, count in days):
            yield Lasted(begin, end, total, _quantile(days, ceil(total / 2)), _quantile(days, ceil(total * 0.9)))


def _quantile(days: list[tuple[int, int]], rank: int) -> int:
    """The days of the one with this rank, counted from the quickest (1)."""
    for number, count in days:
        rank -= count
        if rank <= 0:
            return number
    raise AssertionError("fewer were counted than there are")


def _planned(found: Counted) -> list[Planned]:
    homes = {name: count for (what, name), count in found.measures.items() if what == "count" and count > 0}
    planned = [
        Planned(name, count, found.measures["m2", name] / 100, found.measures["self", name])
        for name, count in homes.items()
    ]
    return sorted(planned, key=lambda it: (-it.homes, it.name))
