"""What one row of a list that a person took out of Hoomdossier says, and how its texts are read.

Excel and LibreOffice write dates, numbers and empty cells in their own way when somebody saves the file again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shared.domain.address import kept_house_number
from shared.domain.problem import Problem

STATUSES = {
    "actief": "active",
    "inactief": "inactive",
    "in afwachting": "pending",
    "in uitvoering": "in_progress",
    "uitgevoerd": "executed",
    "geen uitvoering": "no_execution",
}
"""The names on the screens, and the shorts in an event (`docs/peers/hoomdossier.md` 4.3)."""
_SPREADSHEET_DAYS = range(36526, 73051)  # 2000 to 2099, as a spreadsheet counts days when a cell lost its form.
_DATE = re.compile(
    r"(?:(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"|(?P<d>[0-9]{1,2})[-/.](?P<m>[0-9]{1,2})[-/.](?P<y>[0-9]{4}|[0-9]{2}))"
    r"(?:[ T]+(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.][0-9]{2}(?:\.[0-9]+)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """`row` counts from 1, as a spreadsheet does. `contact_id` is Econobis'; the other ids are Hoomdossier's.

    `day` and `at` are in Amsterdam; `at` is None when only the day is told. `status` is a short of STATUSES, `""` for
    an unknown one. `coaches` are names. `homes` are `1234AB 12A`, to find a resident by: several when the address can
    be read in several ways. `wrong` names the columns that cannot be read. `has_ids`: the list has a column for the
    contact, so an empty one means that there is none.
    """

    row: int
    contact_id: int | None = None
    account_id: int | None = None
    user_id: int | None = None
    building_id: int | None = None
    day: date | None = None
    at: time | None = None
    status: str = ""
    coaches: tuple[str, ...] = ()
    name: str = ""
    homes: tuple[str, ...] = ()
    street: str = ""
    wrong: tuple[str, ...] = ()
    has_ids: bool = False


def read_status(text: str) -> str:
    """The short of a status; `""` for a name that is not known."""
    return STATUSES.get(text.strip().casefold(), "")


def read_date(text: str) -> tuple[date | None, time | None]:
    """The day, and the time where there is one: midnight is none. Both None for an empty cell. Raises ValueError."""
    said = text.strip()
    if said in {"", "-"}:
        return None, None
    if said.isdecimal() and int(said) in _SPREADSHEET_DAYS:
        return date(1899, 12, 30) + timedelta(days=int(said)), None
    found = _DATE.fullmatch(said)
    if found is None:
        raise ValueError("no date")
    year, month, day = (
        (found["year"], found["month"], found["day"]) if found["year"] else (found["y"], found["m"], found["d"])
    )
    moment = datetime(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))  # noqa: DTZ001 - Amsterdam
    if found["hour"]:
        moment = moment.replace(hour=int(found["hour"]), minute=int(found["minute"]))
    return moment.date(), moment.time() if moment.time() != time() else None


def home_of(postal_code: str, number: str, addition: str = "") -> str:
    """`1234AB 12A`, to compare homes by; `""` when one of the two is missing or cannot be read."""
    code = postal_code.replace(" ", "").upper()
    if not code:
        return ""
    try:
        house = kept_house_number(number, addition)
    except Problem:
        return ""
    return f"{code} {house.number}{house.addition.upper()}"
