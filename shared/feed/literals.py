"""The literals of an OData filter as values that compare with those of a row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from shared.feed.sets import Value

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,12}))?)?(?:[Zz]|([+-])(\d{2}):(\d{2}))"
)


class WrongLiteral(ValueError):
    """The text, in Dutch, says what is wrong."""


@dataclass(frozen=True)
class Literal:
    """`kind` is that of a column (`number` for whole numbers too), or `null`."""

    kind: str
    value: Value


def number(text: str) -> Literal:
    """Raises WrongLiteral."""
    if len(text) > 40:
        raise WrongLiteral("Een getal is te lang.")
    return Literal("number", float(text) if re.search("[.eE]", text) else int(text))


def day(text: str) -> Literal:
    """Raises WrongLiteral for a day that the calendar does not have."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise WrongLiteral(f"De datum {text} bestaat niet.") from None
    return Literal("day", text)


def moment(text: str) -> Literal:
    """In UTC, as a row has it. Raises WrongLiteral for one without offset, or that does not exist.

    A row has microseconds. When the literal lies between two of them its value ends in `~`, which comes after `Z` in
    the order of texts: it equals no row, and compares rightly with each.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise WrongLiteral(f"Het moment {text} heeft geen tijdzone: zet er Z of +01:00 achter (in een URL %2B01:00).")
    day_, hours, minutes, seconds, fraction, sign, east, east_minutes = found.groups()
    digits = (fraction or "").ljust(12, "0")
    try:
        local = datetime.fromisoformat(f"{day_}T{hours}:{minutes}:{seconds or '00'}.{digits[:6]}").replace(tzinfo=UTC)
        offset = timedelta(hours=int(east or 0), minutes=int(east_minutes or 0))
        utc = local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError):
        raise WrongLiteral(f"Het moment {text} bestaat niet.") from None
    end = "~" if int(digits[6:]) else "Z"
    return Literal("moment", f"{utc.isoformat(timespec='microseconds')[:26]}{end}")
