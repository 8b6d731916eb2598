"""How spreadsheets write dates and addresses: Excel and LibreOffice each in their own way, when they save a file."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from shared.domain.address import home_key, kept_house_number
from shared.domain.problem import Problem

_SPREADSHEET_DAYS = range(36526, 73051)  # 2000 to 2099, as a spreadsheet counts days when a cell lost its form.
_YEARS = range(2000, 2100)
_DATE = re.compile(
    r"(?:(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"|(?P<d>[0-9]{1,2})[-/.](?P<m>[0-9]{1,2})[-/.](?P<y>[0-9]{4}|[0-9]{2}))"
    r"(?:[ T]+(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.][0-9]{2}(?:\.[0-9]+)?)?)?",
    re.ASCII,
)


def read_date(text: str) -> tuple[date | None, time | None]:
    """The day, and the time where there is one: midnight is none. Both None for an empty cell. Raises ValueError."""
    said = text.strip()
    if said in {"", "-"}:
        return None, None
    if re.fullmatch("[0-9]{5}", said) and int(said) in _SPREADSHEET_DAYS:
        return date(1899, 12, 30) + timedelta(days=int(said)), None
    found = _DATE.fullmatch(said)
    if found is None:
        raise ValueError("no date")
    year, month, day = (
        (found["year"], found["month"], found["day"]) if found["year"] else (found["y"], found["m"], found["d"])
    )
    if len(year) == 4 and int(year) not in _YEARS:
        raise ValueError("no date of a visit")
    moment = datetime(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))  # noqa: DTZ001 - Amsterdam
    if found["hour"]:
        moment = moment.replace(hour=int(found["hour"]), minute=int(found["minute"]))
    return moment.date(), moment.time() if moment.time() != time() else None


def home_of(postal_code: str, number: str, addition: str = "") -> str:
    """`1234AB 12A`, to compare homes by; `""` when one of the two is missing or cannot be read."""
    if not postal_code.strip():
        return ""
    try:
        house = kept_house_number(number, addition)
    except Problem:
        return ""
    return home_key(postal_code, house.number, house.addition)
