"""Dates and times as the page of a coach writes them, in Amsterdam."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date

from functions.staff.language import Language
from shared.domain.local_time import AMSTERDAM, day_of


def long_date(language: Language, at: datetime) -> str:
    """`donderdag 3 december 2026`."""
    return format_date(at.astimezone(AMSTERDAM), "EEEE d MMMM y", locale=language)


def time_of_day(at: datetime) -> str:
    """`10:30`, as a field for a time has it too."""
    return f"{at.astimezone(AMSTERDAM):%H:%M}"


def day_of_field(at: datetime) -> str:
    """`2026-12-03`, as a field for a date has it."""
    return day_of(at).isoformat()
