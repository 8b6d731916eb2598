"""Day numbers in the Gregorian calendar, for any year: PHP also knows years that `datetime` cannot hold."""

from __future__ import annotations

_DAYS_PER_ERA = 146_097
_EPOCH = 719_468


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01. A month or day out of range counts on: 31 April is 1 May, month 13 is next January."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5
    return (
        era * _DAYS_PER_ERA + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year + day - 1 - _EPOCH
    )


def date_of(number: int) -> tuple[int, int, int]:
    """Year, month and day of a day number."""
    era, day = divmod(number + _EPOCH, _DAYS_PER_ERA)
    year = (day - day // 1460 + day // 36524 - day // 146_096) // 365
    day_of_year = day - (365 * year + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153
    calendar_month = month + 3 if month < 10 else month - 9
    return year + era * 400 + (calendar_month <= 2), calendar_month, day_of_year - (153 * month + 2) // 5 + 1


def day_of_week(number: int) -> int:
    """Of a day number: 0 for Sunday up to 6 for Saturday."""
    return (number + 4) % 7
