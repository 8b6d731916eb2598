"""What a coach sent from the page, read. Every mistake gets its own text, at the field that it is in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, get_args

from shared.domain.coach_visit import CancelReason
from shared.domain.form_value import text_of
from shared.domain.ids import ContactId, read_id
from shared.domain.local_time import day_of, from_amsterdam, has_time
from shared.domain.problem import Problem
from shared.errors import BadInput
from shared.flows.enter_visit import Entered, Entry
from shared.words import Words

T = TypeVar("T")
FIELDS = ("contact", "seen", "entry", "date", "time", "no_time", "reason", "building")
FURTHEST = timedelta(days=731)
"""A date lies at most so far from today: what is further is a slip of the finger."""

_DATES = ((re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"), (1, 2, 3)),
          (re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})"), (3, 2, 1)))  # fmt: skip
"""As a field for a date sends it, and as people type it where the browser has no such field."""
_TIME = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?")
_ADDRESS = re.compile(r"(?:\S*/buildings/show/)?([0-9]{1,16})(?:[/?#]\S*)?")

_NO_DATE = Words("Vul de datum van het bezoek in.")
_WRONG_DATE = Words("Deze datum bestaat niet, of is niet te lezen. Schrijf hem zo: 31-12-2026.")
_TOO_FAR = Words("Deze datum is meer dan twee jaar van nu. Kijk of het jaar klopt.")
_NO_TIME = Words("Vul de tijd in. Weet je die nog niet? Vink dan “tijd nog niet bekend” aan.")
_WRONG_TIME = Words("Deze tijd is niet te lezen. Schrijf hem zo: 10:30.")
_MIDNIGHT = Words("Middernacht kan niet. Weet je de tijd nog niet? Vink dan “tijd nog niet bekend” aan.")
_NO_REASON = Words("Kies waarom het bezoek niet doorgaat.")
_WRONG_BUILDING = Words("Dit adres herkennen we niet. Het eindigt op /buildings/show/ en een nummer.")
_NO_FORM = Words("Dit formulier kunnen we niet lezen. Laad de pagina opnieuw.")


def texts_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the form as texts; `""` for those that were not sent. Raises BadInput with status 400."""
    try:
        return {name: text_of(fields.get(name, "")) for name in FIELDS}
    except Problem:
        raise BadInput({"body": [_NO_FORM]}, 400) from None


def read_entered(typed: Mapping[str, str], now: datetime) -> Entered:
    """`typed` is what `texts_of` gave. Raises BadInput with the fields; with status 400 for what is no form of ours."""
    contact_id, seen, entry = read_id(typed["contact"]), typed["seen"], _entry(typed["entry"])
    if contact_id is None or entry is None or not re.fullmatch("[0-9]{1,9}", seen):
        raise BadInput({"body": [_NO_FORM]}, 400)
    contact, version = ContactId(contact_id), int(seen)
    if entry == "cancel":
        return Entered(contact, entry, version, reason=_reason(typed["reason"]))
    if entry == "tell":
        return Entered(contact, entry, version)
    problems: dict[str, list[str]] = {}
    at, building_id = _moment(typed, now, problems), _building(typed["building"], problems)
    if problems:
        raise BadInput(problems)
    return Entered(contact, entry, version, at=at, building_id=building_id)


def _entry(text: str) -> Entry | None:
    return next((entry for entry in get_args(Entry) if entry == text), None)


def _reason(text: str) -> CancelReason:
    reason: CancelReason | None = next((reason for reason in get_args(CancelReason) if reason == text), None)
    if reason is None:
        raise BadInput({"reason": [_NO_REASON]})
    return reason


def _moment(typed: Mapping[str, str], now: datetime, problems: dict[str, list[str]]) -> datetime | None:
    """With the tick the time does not count, also when it stands there from before."""
    day = _or_told("date", problems, lambda: _date(typed["date"], day_of(now)))
    clock = "00:00" if typed["no_time"] else _or_told("time", problems, lambda: _time(typed["time"]))
    if day is None or clock is None:
        return None
    at = from_amsterdam(f"{day.isoformat()} {clock}")
    if typed["no_time"] or has_time(at):
        return at
    problems["time"] = [_MIDNIGHT]
    return None


def _or_told(field: str, problems: dict[str, list[str]], read: Callable[[], T]) -> T | None:
    """None for what cannot be read: why stands in `problems` then."""
    try:
        return read()
    except Problem as problem:
        problems[field] = list(problem.texts)
        return None


def _date(text: str, today: date) -> date:
    if not text:
        raise Problem(_NO_DATE)
    for form, (year, month, day) in _DATES:
        if found := form.fullmatch(text):
            try:
                named = date(int(found[year]), int(found[month]), int(found[day]))
            except ValueError:
                break
            if abs(named - today) > FURTHEST:
                raise Problem(_TOO_FAR)
            return named
    raise Problem(_WRONG_DATE)


def _time(text: str) -> str:
    if not text:
        raise Problem(_NO_TIME)
    found = _TIME.fullmatch(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise Problem(_WRONG_TIME)
    return f"{int(found[1]):02}:{found[2]}"


def _building(text: str, problems: dict[str, list[str]]) -> int | None:
    """The number at the end of the address of a dossier, or alone."""
    if not text:
        return None
    found = _ADDRESS.fullmatch(text)
    building_id = read_id(found[1]) if found else None
    if building_id is None:
        problems["building"] = [_WRONG_BUILDING]
    return building_id
