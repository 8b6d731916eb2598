"""The rows of Hoomdossier's `total-report`, "Alle ingevulde gegevens met adresgegevens" (docs/peers/hoomdossier.md 6).

It is made by hand in the browser and has everything that a household told. Only the columns below are looked at; the
others are dropped while the file is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from shared.domain.ids import read_id
from shared.domain.spreadsheet import read_date
from shared.errors import BadInput
from shared.hoomdossier.claim import Claim, read_status
from shared.words import Words

_CONTACT, _ACCOUNT, _USER, _BUILDING = "contact id", "account id", "user id", "building id"
_DATE, _STATUS, _COACHES = "datum afspraak coachgesprek", "status", "gekoppelde coaches"
_FIRST_NAME, _LAST_NAME = "voornaam", "achternaam"
_STREET, _NUMBER, _POSTAL_CODE = "straat", "huis nummer", "postcode"
_LONGEST_SHOWN = 200
"""Characters of a name and an address: both are only shown, and a page with its form has a limit."""
_LONGEST_LIST = 2000
"""Characters of the names of coaches."""
_IDS = (_ACCOUNT, _USER, _BUILDING, _CONTACT)
READ = (_DATE, _STATUS, _COACHES, _FIRST_NAME, _LAST_NAME, _STREET, _NUMBER, _POSTAL_CODE, *_IDS)
"""All columns that are read, by their names in lower case."""


class Columns:
    """Where the columns of READ stand in a file. Raises BadInput for a file that is no total-report."""

    def __init__(self, header: Sequence[str]) -> None:
        names = [name.strip().strip("\ufeff").casefold() for name in header]
        # A question may have the name of a column: the ids stand at the end, the others at the beginning.
        last = {name: at for at, name in enumerate(names) if name in _IDS}
        first = {name: names.index(name) for name in READ if name in names and name not in _IDS}
        self.width = len(names)
        self._places = {**first, **last}
        missing = [name for name in READ if name not in self._places]
        if missing:
            raise BadInput({"file": [_why_not(names, missing)]})

    def cell(self, cells: Sequence[str], name: str) -> str:
        """The text in a column."""
        return cells[self._places[name]].strip()


def read_total_report(header: Sequence[str], rows: Iterable[tuple[int, Sequence[str] | None]]) -> Iterator[Claim]:
    """What each row says; None for a row stands for one that cannot be read. Raises BadInput for another file."""
    columns = Columns(header)
    for number, cells in rows:
        if cells is None or len(cells) != columns.width:
            yield Claim(row=number, wrong=("row",), has_ids=True)
        else:
            yield _claim(columns, number, cells)


def _claim(columns: Columns, number: int, cells: Sequence[str]) -> Claim:
    wrong: list[str] = []
    ids = {name: _id(columns.cell(cells, name), name, wrong) for name in _IDS}
    day, at = None, None
    try:
        day, at = read_date(columns.cell(cells, _DATE))
    except ValueError:
        wrong.append(_DATE)
    said_status = columns.cell(cells, _STATUS)
    status = read_status(said_status)
    house, code = columns.cell(cells, _NUMBER), columns.cell(cells, _POSTAL_CODE)
    return Claim(
        row=number,
        contact_id=ids[_CONTACT],
        account_id=ids[_ACCOUNT],
        user_id=ids[_USER],
        building_id=ids[_BUILDING],
        day=day,
        at=at,
        status=status,
        knows_status=bool(status) or said_status in {"", "-"},
        coaches=_names(columns.cell(cells, _COACHES)[:_LONGEST_LIST]),
        name=f"{columns.cell(cells, _FIRST_NAME)} {columns.cell(cells, _LAST_NAME)}".strip()[:_LONGEST_SHOWN],
        street=f"{columns.cell(cells, _STREET)} {house}".strip()[:_LONGEST_SHOWN],
        houses=(house[:_LONGEST_SHOWN],) if house else (),
        postal_code=code[:_LONGEST_SHOWN],
        wrong=tuple(wrong),
        has_ids=True,
    )


@lru_cache
def _names(text: str) -> tuple[str, ...]:
    """One object for all rows with the same coaches."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def _id(text: str, name: str, wrong: list[str]) -> int | None:
    if not text:
        return None
    found = read_id(text)
    if found is None:
        wrong.append(name)
    return found


def _why_not(names: Sequence[str], missing: Sequence[str]) -> str:
    if set(missing) <= set(_IDS) and _DATE in names:
        return Words(
            "In dit bestand ontbreken de nummers aan het eind van elke regel (Account id, Building id, Contact id). "
            "Kies in Hoomdossier het rapport “Alle ingevulde gegevens met adresgegevens”."
        )
    if "datum account" in names:
        return Words(
            "Dit is een rapport van Hoomdossier zonder adresgegevens. Kies het rapport “Alle ingevulde gegevens met "
            "adresgegevens”."
        )
    return Words(
        "Dit is geen rapport van Hoomdossier: de eerste regel heeft niet de kolommen van “Alle ingevulde gegevens met "
        "adresgegevens”."
    )
