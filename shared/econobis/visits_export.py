"""The visits in Econobis' own list of kansacties, which an employee downloads there (docs/peers/econobis.md 8).

Only the columns below are looked at. It has no number of the contact: a visit is known by its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from shared.domain.ids import read_id
from shared.domain.spreadsheet import home_of, read_date
from shared.errors import BadInput
from shared.words import Words

_ID, _ACTION, _STATUS, _PLANNED = "#", "actie op kans", "status", "datum afspraak"
_COACH, _NUMBER, _ADDITION, _POSTAL_CODE = "organisatie/coach", "nummer", "toevoeging", "postcode"
_NAME = ("persoon voornaam", "persoon tussenvoegsel", "persoon achternaam")
READ = (_ID, _ACTION, _STATUS, _PLANNED, _COACH, _NUMBER, _ADDITION, _POSTAL_CODE, *_NAME)
"""All columns that are read, by their names in lower case."""
_VISIT = "bezoek"
Status = Literal["open", "made", "done", "cancelled", ""]
_STATUSES: dict[str, Status] = {
    "geen afspraak gemaakt": "open",
    "geen afspraak kunnen maken": "open",
    "afspraak gemaakt": "made",
    "afspraak uitgevoerd": "done",
    "afspraak afgezegd": "cancelled",
}


@dataclass(frozen=True, slots=True)
class ListedVisit:
    """A visit in Econobis; `day` and `at` are in Amsterdam. `status` is `""` for a name that is not known.

    `home` is `1234AB 12A`; `""` when it cannot be read. `coach` is a name, and `name` that of the resident.
    """

    visit_id: int
    status: Status
    day: date | None
    at: time | None
    coach: str
    home: str
    name: str


def read_visits(header: Sequence[str], rows: Iterable[tuple[int, Sequence[str] | None]]) -> Iterator[ListedVisit]:
    """The rows that are about a visit, and can be read. Raises BadInput for another file."""
    names = [name.strip().strip("\ufeff").casefold() for name in header]
    places = {name: names.index(name) for name in READ if name in names}
    if len(places) < len(READ):
        raise BadInput(
            {"file": [Words("Dit is geen lijst van kansacties. Kies in Econobis bij Kansacties voor downloaden.")]}
        )
    for _, cells in rows:
        if cells is not None and len(cells) == len(names):
            cell = {name: cells[at].strip() for name, at in places.items()}
            if cell[_ACTION].casefold() == _VISIT and (visit := _visit(cell)):
                yield visit


def _visit(cell: dict[str, str]) -> ListedVisit | None:
    visit_id = read_id(cell[_ID])
    try:
        day, at = read_date(cell[_PLANNED])
    except ValueError:
        return None
    if visit_id is None:
        return None
    home = home_of(cell[_POSTAL_CODE], cell[_NUMBER], cell[_ADDITION])
    name = " ".join(cell[part] for part in _NAME if cell[part])
    return ListedVisit(visit_id, _STATUSES.get(cell[_STATUS].casefold(), ""), day, at, cell[_COACH], home, name)
