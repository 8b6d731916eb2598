"""The parts that a date text can name (`DateParts`), and one function per format that fills them in.

The patterns of the formats, each with its function, are in `formats.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from infra.standins.econobis.dates.civil_days import day_number, day_of_week

NUMBER_FIELDS = ("y", "m", "d", "h", "i", "s")

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("january jan i", "february feb ii", "march mar iii", "april apr iv", "may v", "june jun vi"),
            *("july jul vii", "august aug viii", "september sept sep ix", "october oct x", "november nov xi"),
            "december dec xii",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
_COUNTED = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ORDINALS = {word: number for number, word in enumerate(_COUNTED.split(), start=1)}
_ORDINALS |= {"eight": 8, "next": 1, "last": -1, "previous": -1, "this": 0}
_UNITS = {
    **dict.fromkeys(["sec", "secs", "second", "seconds"], ("s", 1)),
    **dict.fromkeys(["min", "mins", "minute", "minutes"], ("i", 1)),
    **dict.fromkeys(["hour", "hours"], ("h", 1)),
    **dict.fromkeys(["day", "days"], ("d", 1)),
    **dict.fromkeys(["week", "weeks"], ("d", 7)),
    **dict.fromkeys(["fortnight", "fortnights", "forthnight", "forthnights"], ("d", 14)),
    **dict.fromkeys(["month", "months"], ("m", 1)),
    **dict.fromkeys(["year", "years"], ("y", 1)),
}
# Abbreviations of time zones that PHP knows. The single letters are the military zones; there is no J.
_ABBREVIATIONS = (
    "a b c d e f g h i k l m n o p q r s t u v w x y z utc gmt uct "
    "acdt acst addt adt aedt aest ahdt ahst akdt akst amt apt ast awdt awst awt bdst bdt bmt bst cast cat cddt cdt "
    "cemt cest cet chst cmt cpt cst cwt dmt eat eddt edt eest eet emt ept est ewt ffmt fmt gdt gst hdt hkst hkt hmt "
    "hpt hst hwt iddt idt imt ist jdt jmt jst kdt kmt kst lst mddt mdst mdt mest met mmt mpt msd msk mst mwt nddt ndt "
    "npt nst nwt nzdt nzmt nzst pddt pdt pkst pkt plmt pmt ppmt ppt pst pwt qmt rmt sast sdmt sjmt smt sst tbmt tmt "
    "wast wat wemt west wet wib wit wita wmt yddt ydt ypt yst ywt"
)
_ZONE_NAMES = {name.lower(): name for name in available_timezones()}


@dataclass
class Relative:
    """The relative part of a date: years, months and so on, then a weekday, "first day of" and working days."""

    add: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NUMBER_FIELDS, 0))
    weekday: int | None = None
    weekday_rule: int = 0
    day_of_month: str = ""
    weekday_of_month: str = ""
    working_days: int | None = None


@dataclass
class DateParts:
    """None is a part that the text does not name. `zone` is only set for a place (`Europe/Brussels`)."""

    y: int | None = None
    m: int | None = None
    d: int | None = None
    h: int | None = None
    i: int | None = None
    s: int | None = None
    has_date: bool = False
    times: int = 0
    zones: int = 0
    zone: str = ""
    relative: Relative = field(default_factory=Relative)
    wrong: bool = False


Action = Callable[[DateParts, re.Match[str]], None]


# -- what a format does ------------------------------------------------------------------------------------------------


def read_nothing(_parts: DateParts, _match: re.Match[str]) -> None: ...


def read_date(parts: DateParts, match: re.Match[str]) -> None:
    if parts.has_date:
        parts.wrong = True
        return
    parts.has_date = True
    named = match.groupdict()
    if named.get("y"):
        parts.y = _year(named["y"])
    if named.get("n"):
        parts.m = MONTHS[named["n"].lower()]
    elif named.get("m"):
        parts.m = int(named["m"])
    if named.get("d"):
        parts.d = int(re.sub(r"\D", "", named["d"]))
    elif "d" not in named and (named.get("y")):
        parts.d = 1


def _year(digits: str) -> int:
    """Two digits mean 1970 up to 2069."""
    year = int(digits)
    if len(digits) >= 4 or year >= 100:
        return year
    return year + (2000 if year < 70 else 1900)


def read_time(parts: DateParts, match: re.Match[str]) -> None:
    if parts.times:
        parts.wrong = True
        return
    parts.times = 1
    named = match.groupdict()
    parts.h, parts.i, parts.s = (int(named.get(name) or 0) for name in "his")
    meridian = (named.get("p") or "")[:1].lower()
    if meridian and (parts.h == 12) == (meridian == "a"):
        parts.h += -12 if meridian == "a" else 12


def read_date_and_time(parts: DateParts, match: re.Match[str]) -> None:
    read_time(parts, match)
    read_date(parts, match)


def read_time_without_colon(parts: DateParts, match: re.Match[str]) -> None:
    """Four digits are a time, or a year when a time was read before."""
    if parts.times == 0:
        parts.h, parts.i, parts.s = int(match["h"]), int(match["i"]), 0
    elif parts.times == 1:
        parts.y = int(match["h"] + match["i"])
    else:
        parts.wrong = True
    parts.times += 1


def read_year_only(parts: DateParts, match: re.Match[str]) -> None:
    parts.y = int(match[0])


def read_day_of_year(parts: DateParts, match: re.Match[str]) -> None:
    read_date(parts, match)
    parts.m = 1


def read_iso_week(parts: DateParts, match: re.Match[str]) -> None:
    if parts.has_date:
        parts.wrong = True
        return
    year, week, day = int(match["y"]), int(match["w"]), int(match["wd"] or 1)
    parts.has_date, parts.y, parts.m, parts.d = True, year, 1, 1
    first = day_of_week(day_number(year, 1, 1))
    parts.relative.add["d"] = (7 - first if first > 4 else -first) + (week - 1) * 7 + day


def _midnight(parts: DateParts) -> None:
    parts.times, parts.h, parts.i, parts.s = 0, 0, 0, 0


def read_word(parts: DateParts, match: re.Match[str]) -> None:
    word = match[0].lower()
    if word == "now":
        return
    _midnight(parts)
    if word == "noon":
        parts.times, parts.h = 1, 12
    elif word in ("yesterday", "tomorrow"):
        parts.relative.add["d"] = -1 if word == "yesterday" else 1


def read_quarter(parts: DateParts, match: re.Match[str]) -> None:
    """`back of 7pm` is 19:15, `front of 7pm` is 18:45."""
    _midnight(parts)
    read_time(parts, match)
    back = match[0].lower().startswith("b")
    parts.h, parts.i = (parts.h or 0) - (0 if back else 1), 15 if back else 45


def read_timestamp(parts: DateParts, match: re.Match[str]) -> None:
    parts.y, parts.m, parts.d, parts.has_date = 1970, 1, 1, False
    _midnight(parts)
    parts.zones += 1
    parts.relative.add["s"] += int(match["number"])


def read_day_of_month(parts: DateParts, match: re.Match[str]) -> None:
    parts.relative.day_of_month = match[0].split()[0].lower()


def read_weekday_of_month(parts: DateParts, match: re.Match[str]) -> None:
    word = match["count"].lower()
    count = _ORDINALS[word]
    parts.relative.weekday_of_month = "first" if count > 0 else "last"
    _add(parts, count, match["unit"], rule=1 if count > 0 or word == "this" else 0)


def _add(parts: DateParts, count: int, unit: str, *, rule: int, keep_time: bool = False) -> None:
    relative = parts.relative
    name = unit.lower()
    if name in _UNITS:
        part, size = _UNITS[name]
        relative.add[part] += count * size
    elif name.startswith("weekday"):
        relative.working_days = count
    elif name[:3] in (weekday[:3] for weekday in WEEKDAYS):
        relative.add["d"] += (count - 1 if count > 0 else count) * 7
        relative.weekday, relative.weekday_rule = _weekday(name), rule
    else:
        return  # Fractions of a second, which the column does not hold.
    if name not in _UNITS and not keep_time:
        _midnight(parts)


def _weekday(name: str) -> int:
    return next(number for number, weekday in enumerate(WEEKDAYS) if weekday[:3] == name[:3].lower())


def read_plain_weekday(parts: DateParts, match: re.Match[str]) -> None:
    _midnight(parts)
    relative = parts.relative
    relative.weekday = _weekday(match[0]) if "weekday" not in match[0].lower() else 1
    relative.weekday_rule = relative.weekday_rule if relative.weekday_rule == 2 else 1


def read_count_of_units(parts: DateParts, match: re.Match[str]) -> None:
    number = int(re.sub(r"\D", "", match["number"])) * (-1) ** match["number"].count("-")
    _add(parts, number, match["unit"], rule=1, keep_time=True)


def read_named_count_of_units(parts: DateParts, match: re.Match[str]) -> None:
    word = match["count"].lower()
    _add(parts, _ORDINALS[word], match["unit"], rule=1 if word == "this" else 0)
    if match["unit"].lower() == "week":
        parts.relative.weekday_rule = 2
        if parts.relative.weekday is None:
            parts.relative.weekday = 1


def read_ago(parts: DateParts, _match: re.Match[str]) -> None:
    relative = parts.relative
    relative.add = {part: -count for part, count in relative.add.items()}
    if relative.weekday is not None:
        relative.weekday = -relative.weekday or -7
    if relative.working_days is not None:
        relative.working_days = -relative.working_days


def read_zone(parts: DateParts, match: re.Match[str]) -> None:
    """The first zone counts. PHP ignores a second one with a warning, and refuses a third."""
    parts.zones += 1
    if parts.zones > 1:
        parts.wrong = parts.wrong or parts.zones > 2
        return
    name = match[0].strip("()").lower()
    if "+" in name or name.startswith(("-", "gmt-")):
        return
    if len(name) < 6 and name in _ABBREVIATIONS.split():
        return
    parts.zone = _ZONE_NAMES.get(name, "")
    parts.wrong = parts.wrong or not parts.zone
