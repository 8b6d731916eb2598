"""Adds the pasted table to the rows of the file: the file has the numbers, the screen has the time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from shared.domain.resident import folded
from shared.hoomdossier.claim import Claim


@dataclass(frozen=True)
class Brought:
    """What a person brought: rows of a file that was made at `as_of`, and of a table copied at `now` (both UTC)."""

    as_of: datetime
    now: datetime
    file: list[Claim] = field(default_factory=list)
    pasted: list[Claim] = field(default_factory=list)

    @cached_property
    def rows_at(self) -> Counter[str]:
        """How many rows of the file have each address. Counted when asked: a pasted row mostly has its number."""
        return Counter(home for claim in self.file for home in claim.homes)


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of one home, true at `as_of` (UTC). `other_day`: the screen shows another day than the file."""

    claim: Claim
    as_of: datetime
    other_day: bool = False


def together(brought: Brought) -> Iterator[Row]:
    """Each home once. Where both tell of it, the screen counts: it was looked at later than the file was made."""
    screen = _Screen(brought)
    for claim in brought.file:
        on_screen = None if claim.wrong else screen.take(claim)
        if on_screen is None:
            yield Row(claim, brought.as_of)
        else:
            other_day = claim.day is not None and claim.day != on_screen.day
            status = on_screen.status or claim.status
            yield Row(replace(claim, day=on_screen.day, at=on_screen.at, status=status), brought.now, other_day)
    for claim in screen.rest():
        yield Row(claim, brought.now)


def _agreeing(claims: list[Claim]) -> Iterator[Claim]:
    """Rows that tell of two visits to one home, such as from before and after a change, cannot be read."""
    said: dict[object, set[tuple[object, ...]]] = {}
    for claim in claims:
        said.setdefault(_home(claim), set()).add((claim.day, claim.at, claim.status))
    for claim in claims:
        is_twice = not claim.wrong and _home(claim) and len(said[_home(claim)]) > 1
        yield replace(claim, wrong=("twice",)) if is_twice else claim


def _home(claim: Claim) -> object:
    return claim.building_id or (claim.homes and (claim.homes, folded(claim.name)))


class _Screen:
    """The pasted rows, found by the number of the home; without one by its address and the resident's name.

    At an address of which both have one row it is the same home, whatever the name: it may be the partner's.
    """

    def __init__(self, brought: Brought) -> None:
        self._brought, claims = brought, list(_agreeing(brought.pasted))
        self._left = {id(claim): claim for claim in claims}
        self._by_building = {claim.building_id: claim for claim in claims if claim.building_id}
        self._by_home: dict[str, dict[int, Claim]] = {}
        self._by_name: dict[tuple[str, str], dict[int, Claim]] = {}
        for claim in claims:
            for home in claim.homes if claim.building_id is None else ():
                self._by_home.setdefault(home, {})[id(claim)] = claim
                self._by_name.setdefault((home, folded(claim.name)), {})[id(claim)] = claim

    def take(self, claim: Claim) -> Claim | None:
        """The pasted row of the same home, which is then no row of its own any more. One that cannot be read stays."""
        found = self._by_building.get(claim.building_id) if claim.building_id else None
        if found is None:
            homes = claim.homes if self._by_home else ()
            named = (self._by_name.get((home, folded(claim.name))) for home in homes)
            found = next((next(iter(left.values())) for left in named if left), None)
            if found is None and sum(len(self._by_home.get(home, ())) for home in homes) == 1:
                (alone,) = (it for home in homes for it in self._by_home.get(home, {}).values())
                found = alone if self._brought.rows_at[homes[0]] == 1 else None
        if found is None or found.wrong:
            return None
        self._take(found)
        return found

    def _take(self, found: Claim) -> None:
        self._left.pop(id(found), None)
        for home in found.homes if found.building_id is None else ():
            self._by_home[home].pop(id(found), None)
            self._by_name[home, folded(found.name)].pop(id(found), None)

    def rest(self) -> Iterator[Claim]:
        """The rows that belong to none of the file."""
        yield from self._left.values()
