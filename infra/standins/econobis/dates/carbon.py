"""`Carbon::parse`, PHP's date library: what Econobis stores for a date that somebody sent.

A time zone in the text is dropped, not converted: `10:00Z` is stored as 10:00. A text that means another moment on
another day ("next monday", "1 May") starts from the stand-in's clock and changes only the parts that it names.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from infra.standins.econobis import php
from infra.standins.econobis.dates.civil_days import date_of, day_number, day_of_week
from infra.standins.econobis.dates.formats import read
from infra.standins.econobis.dates.parts import DateParts, Relative

_NEXT_HOUR = re.compile(r"(next|previous|last)\s+(\d{1,2}(?:h|am|pm|:\d{1,2}(?::\d{1,2})?))", re.ASCII | re.IGNORECASE)
# Phrases of Carbon, and what PHP calls them.
_PHRASES = {
    "before yesterday": "yesterday -1 day",
    "after tomorrow": "tomorrow +1 day",
    "just now": "now",
    " at ": " ",
}


class DateError(ValueError):
    """Carbon cannot read the text. In Econobis that is a PHP `Exception`."""


@dataclass(frozen=True, order=True)
class Moment:
    """A date and time of any year, to the second, without a zone. Econobis takes it for Europe/Amsterdam."""

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int = 0

    def stored(self) -> str:
        """`2024-05-06 10:00:00`, as the database holds it."""
        return f"{self._year()}-{self.month:02}-{self.day:02} {self.hour:02}:{self.minute:02}:{self.second:02}"

    def shown(self) -> str:
        """`06-05-2024 10:00`, as log lines show it."""
        return f"{self.day:02}-{self.month:02}-{self._year()} {self.hour:02}:{self.minute:02}"

    def _year(self) -> str:
        return f"{'-' if self.year < 0 else ''}{abs(self.year):04}"


def parse(value: str | float, now: datetime) -> Moment:
    """`value` as it stood in the JSON; a number is a Unix time in UTC. Raises DateError."""
    text = _number_as_text(value)
    try:
        if _depends_on_today(text):
            text = _changed(_moment(now), text).stored()
        return _absolute(text, now)
    except DateError:
        return _changed_in_words(_moment(now), text)


def _depends_on_today(text: str) -> bool:
    try:
        first = _changed(Moment(2000, 1, 1), text, zone="UTC")
        return first != _changed(Moment(2001, 12, 25), text, zone="UTC")
    except DateError:
        return False


# -- numbers -----------------------------------------------------------------------------------------------------------


def _number_as_text(value: str | float) -> str:
    """The text to read. A numeric text is a Unix time too, unless it is one to fourteen digits and nothing else."""
    if isinstance(value, str):
        if value.startswith("@"):
            return _from_unix_time(value[1:])
        if not php.is_numeric(value) or re.fullmatch(r"\d{1,14}\n?", value, re.ASCII):
            return value
        return _from_unix_time(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise DateError(str(value))
    return _from_unix_time(f"{float(value):.6f}")


def _from_unix_time(text: str) -> str:
    """Carbon adds up all groups of digits in the text: `1e3` is 4 seconds."""
    sign = -1 if text.startswith("-") else 1
    whole, fraction = 0, 0.0
    for group in re.split(r"[^\d.]+", text, flags=re.ASCII):
        digits, _, decimals = group.partition(".")
        whole += int(digits or 0)
        fraction += float(f"0.{decimals.split('.')[0] or 0}")
    seconds = sign * whole + math.floor(sign * fraction)
    if abs(seconds) >= 10**14:
        raise DateError(text)  # PHP writes such a number as 1.0E+14, which it cannot read back.
    days, rest = divmod(seconds, 86_400)
    moment = Moment(*date_of(days), rest // 3600, rest // 60 % 60, rest % 60)
    return moment.stored().replace(" ", "T") + ".000000+00:00"


# -- texts -------------------------------------------------------------------------------------------------------------


def _absolute(text: str, now: datetime) -> Moment:
    parts = _read(text)
    if parts.has_date and not parts.times and parts.h is None:
        parts.h = 0
    return _resolved(parts, _moment(now), parts.zone or ("Europe/Amsterdam" if not parts.zones else "UTC"))


def _changed(base: Moment, text: str, zone: str = "Europe/Amsterdam") -> Moment:
    """PHP's `modify`: sets the parts that the text names, and keeps the others of `base`."""
    return _resolved(_read(text), base, zone)


def _changed_in_words(now: Moment, text: str) -> Moment:
    """Carbon's second attempt, for the few phrases that it knows and PHP does not."""
    words = "|".join(re.escape(words) for words in _PHRASES)
    said = re.sub(words, lambda match: _PHRASES[match[0]], text.strip())
    if match := _NEXT_HOUR.fullmatch(said):
        hour = match[2].replace("h", ":00")
        at = _changed(now, hour)
        passed = at < now if match[1].lower() == "next" else at > now
        said = f"{match[1]} day {hour}" if passed else f"today {hour}"
    return _changed(now, said)


def _read(text: str) -> DateParts:
    parts = read(text)
    if parts.wrong:
        raise DateError(text)
    return parts


# -- arithmetic --------------------------------------------------------------------------------------------------------


def _resolved(parts: DateParts, base: Moment, zone: str) -> Moment:
    """In PHP's order: the parts named (others from `base`), the weekday, what is added, and working days."""
    year, month, day = (
        own if own is not None else given
        for own, given in zip((parts.y, parts.m, parts.d), (base.year, base.month, base.day), strict=True)
    )
    if parts.h is None:
        hour, minute, second = base.hour, base.minute, base.second
    else:
        hour, minute, second = parts.h, parts.i or 0, parts.s or 0
    relative = parts.relative
    add = dict(relative.add)
    if relative.weekday_of_month:
        month += add["m"] + (relative.weekday_of_month == "last")
        day, add["m"] = 1, 0
    year, month, day = date_of(_on_day_of_month(relative, year, month, day))
    if relative.weekday is not None:
        day += _days_to_weekday(relative, day_of_week(day_number(year, month, day)))
        year, month, day = date_of(day_number(year, month, day))
    days = _on_day_of_month(relative, year + add["y"], month + add["m"], day + add["d"])
    seconds = (hour + add["h"]) * 3600 + (minute + add["i"]) * 60 + second + add["s"]
    days, seconds = days + seconds // 86_400, seconds % 86_400
    if relative.working_days is not None:
        days += _working_days(relative.working_days, day_of_week(days))
    return _past_gap(Moment(*date_of(days), seconds // 3600, seconds // 60 % 60, seconds % 60), zone)


def _on_day_of_month(relative: Relative, year: int, month: int, day: int) -> int:
    if relative.day_of_month == "last":
        return day_number(year, month + 1, 0)
    return day_number(year, month, 1 if relative.day_of_month else day)


def _days_to_weekday(relative: Relative, today: int) -> int:
    """Days to add. `weekday_rule` 0: after today; 1: today or later; 2: in this week, which starts on Monday."""
    wanted = relative.weekday or 0
    if relative.weekday_rule == 2:
        if today == 0 and wanted != 0:
            wanted -= 7
        elif wanted == 0 and today != 0:
            wanted = 7
        return wanted - today
    if wanted < 0:
        return -(7 - (-wanted - today))
    difference = wanted - today
    back = relative.add["d"] < 0
    if (back and difference < 0) or (not back and difference <= -relative.weekday_rule):
        difference += 7
    return difference


def _working_days(count: int, today: int) -> int:
    """Days to add for `count` working days, which may be negative. `today`: 0 for Sunday up to 6 for Saturday."""
    step, moved, left = (1 if count > 0 else -1), 0, abs(count)
    while left or (today + moved) % 7 in (0, 6):
        moved += step if left or count == 0 else -step
        left -= (today + moved) % 7 not in (0, 6) and left > 0
    return moved


def _past_gap(moment: Moment, zone: str) -> Moment:
    """Adds an hour to a time that the change to summer time skips."""
    try:
        wall = datetime(*_fields(moment), tzinfo=ZoneInfo(zone))
        again = wall.astimezone(UTC).astimezone(ZoneInfo(zone))
    except (ValueError, OverflowError):
        return moment
    return _moment(again) if again.replace(fold=0) != wall else moment


def _fields(moment: Moment) -> tuple[int, int, int, int, int, int]:
    return moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second


def _moment(at: datetime) -> Moment:
    return Moment(at.year, at.month, at.day, at.hour, at.minute, at.second)
