"""Reads the names of the counts of a campaign (`domain/tally.py`), for the people that were chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from shared.domain.journey import STEPS, Step
from shared.domain.tally import STANDS, Stands, Tally

_STEPS: Mapping[str, Step] = {step: step for step in STEPS}
_STANDS: Mapping[str, Stands] = {stands: stands for stands in STANDS}


@dataclass(frozen=True)
class Choice:
    """Whom the figures are about. None: everybody. `form` `""`: made by staff in Econobis. `coach` 0: none is known.

    `weeks`: only who signed up in this week or the ones before, so many in all.
    """

    coach: int | None = None
    form: str | None = None
    weeks: int | None = None

    def fits(self, form: str, coach: int) -> bool:
        """Whether residents of this form and coach are meant."""
        return self.form in {None, form} and self.coach in {None, coach}

    @property
    def is_listed(self) -> bool:
        """Whether the list of residents can show exactly these people. It knows coaches, but not forms and weeks."""
        return self.form is None and self.weeks is None


@dataclass(frozen=True)
class At:
    """Where residents stand."""

    form: str
    coach: int
    step: Step
    stands: Stands


@dataclass
class Counted:
    """`signed_up` and `visits` by week. `days` by the two steps, as `intake>dossier`, and the number of days.

    `measures` by what is counted and the name of the measure. `forms` and `coaches` are those that may be chosen.
    """

    people: Counter[At] = field(default_factory=Counter)
    signed_up: Counter[str] = field(default_factory=Counter)
    visits: Counter[str] = field(default_factory=Counter)
    days: Counter[tuple[str, int]] = field(default_factory=Counter)
    measures: Counter[tuple[str, str]] = field(default_factory=Counter)
    forms: set[str] = field(default_factory=set)
    coaches: set[int] = field(default_factory=set)

    def those(self, chosen: Callable[[At], bool]) -> int:
        """How many stand where `chosen` says."""
        return sum(count for at, count in self.people.items() if chosen(at))


def counted(tallies: Iterable[Tally], choice: Choice) -> Counted:
    """The counts of the people who were chosen. A name that is none of ours is passed over: a newer version's."""
    found = Counted()
    for tally in tallies:
        for name, count in tally.counts.items():
            match name.split("|"):
                case [what, form, coach, *rest] if count and coach.isdecimal():
                    found.forms.add(form)
                    found.coaches.add(int(coach))
                    if choice.fits(form, int(coach)):
                        _add(found, tally.week, count, [what, form, coach, *rest])
    return found


def _add(found: Counted, week: str, count: int, name: list[str]) -> None:
    match name:
        case ["at", form, coach, step, stands] if step in _STEPS and stands in _STANDS:
            found.people[At(form, int(coach), _STEPS[step], _STANDS[stands])] += count
            found.signed_up[week] += count
        case ["visits", _, _, week_of_visit]:
            found.visits[week_of_visit] += count
        case ["days", _, _, between, number] if number.isdecimal():
            found.days[between, int(number)] += count
        case ["measure", _, _, what, *measure]:
            found.measures[what, "|".join(measure)] += count
