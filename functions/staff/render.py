"""Renders a template of `templates/`: escaped, in the visitor's language, with the filters for times and numbers."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment

from functions._templates import new_environment
from functions.staff.language import Language
from functions.staff.static import address_of
from shared.clock import utc_now
from shared.domain.local_time import AMSTERDAM, begins_at_last, from_amsterdam, has_time
from shared.domain.one_line import visible

FOLDER = Path(__file__).with_name("templates")


def render(template: str, language: Language, **facts: Any) -> str:
    """The HTML of a template. `facts` are its variables."""
    return _environment(language).get_template(template).render(language=language, **facts)


@cache
def _environment(language: Language) -> Environment:
    """One per language."""
    environment = new_environment(FOLDER, language)
    environment.filters |= {
        "day": partial(day, language),
        "moment": partial(moment, language),
        "visit": partial(visit, language),
        "begun": begins_at_last,
        "local_visit": lambda local: visit(language, from_amsterdam(local)),
        "ago": partial(ago, language),
        "number": partial(number, language),
        "percent": percent,
        "share": partial(share, language),
        "visible": visible,
    }
    environment.globals["static"] = address_of
    return environment


def day(language: Language, at: datetime | date, form: str = "d MMM y") -> str:
    """`26 nov 2026`; a moment in Amsterdam."""
    return format_date(at.astimezone(AMSTERDAM) if isinstance(at, datetime) else at, form, locale=language)


def moment(language: Language, at: datetime) -> str:
    """`do 26 nov 2026 14:30`, in Amsterdam."""
    return format_datetime(at.astimezone(AMSTERDAM), "EEE d MMM y HH:mm", locale=language)


def visit(language: Language, at: datetime) -> str:
    """The moment of a visit, in Amsterdam: `do 26 nov 2026 14:30`, or the day alone when its time is not known."""
    return moment(language, at) if has_time(at) else day(language, at, "EEE d MMM y")


def ago(language: Language, at: datetime, now: datetime | None = None) -> str:
    """`3 dagen geleden`, `over 2 uur`. Templates show the full moment beside it (macro `when`)."""
    return format_timedelta(at - (now or utc_now()), add_direction=True, threshold=1.2, locale=language)


def number(language: Language, value: float) -> str:
    """`1.234,5`."""
    return format_decimal(value, locale=language)


def percent(value: float, whole: float) -> str:
    """`12.5%`, for a width in a chart. Of nothing: `0%`."""
    return f"{100 * value / whole if whole else 0:.5g}%"


def share(language: Language, value: float, whole: float) -> str:
    """`38%`, for people. Of nothing: `""`."""
    return format_percent(value / whole, locale=language) if whole else ""
