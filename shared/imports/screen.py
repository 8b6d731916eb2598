"""Adds the pasted table to the rows of the file: the file has the numbers, the screen has the time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.resident import folded
from shared.hoomdossier.claim import Claim


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of one home, true at `as_of` (UTC). `other_day`: the screen shows another day than the file."""

    claim: Claim
    as_of: datetime
    other_day: bool = False


def together(file: Sequence[Claim], pasted: Iterable[Claim], as_of: datetime, now: datetime) -> Iterator[Row]:
    """`file` was made at `as_of`, `pasted` copied at `now` (both UTC). Where both tell of a home, the screen counts."""
    screen = _Screen(list(_agreeing(list(pasted))))
    screen.count_homes(file)
    for claim in file:
        on_screen = None if claim.wrong else screen.take(claim)
        if on_screen is None:
            yield Row(claim, as_of)
        else:
            other_day = claim.day is not None and claim.day != on_screen.day
            status = on_screen.status or claim.status
            yield Row(replace(claim, day=on_screen.day, at=on_screen.at, status=status), now, other_day)
    for claim in screen.rest():
        yield Row(claim, now)


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

    def __init__(self, claims: list[Claim]) -> None:
        self._left = {id(claim): claim for claim in claims}
        self._by_building = {claim.building_id: claim for claim in claims if claim.building_id}
        self._by_home: dict[str, list[Claim]] = {}
        for claim in claims:
            for home in claim.homes if claim.building_id is None else ():
                self._by_home.setdefault(home, []).append(claim)
        self._rows_at = Counter[str]()

    def count_homes(self, file: Iterable[Claim]) -> None:
        """How many rows of the file have each address. Not needed when every pasted row has its number."""
        if self._by_home:
            self._rows_at.update(home for claim in file for home in claim.homes)

    def take(self, claim: Claim) -> Claim | None:
        """The pasted row of the same home, which is then no row of its own any more. One that cannot be read stays."""
        found = self._by_building.get(claim.building_id) if claim.building_id else None
        if found is None:
            homes = claim.homes if self._by_home else ()
            at_home = [it for home in homes for it in self._by_home.get(home, ()) if id(it) in self._left]
            found = next((it for it in at_home if folded(it.name) == folded(claim.name)), None)
            if found is None and len(at_home) == 1 and self._rows_at[homes[0]] == 1:
                found = at_home[0]
        if found is None or found.wrong:
            return None
        self._left.pop(id(found), None)
        return found

    def rest(self) -> Iterator[Claim]:
        """The rows that belong to none of the file."""
        yield from self._left.values()
