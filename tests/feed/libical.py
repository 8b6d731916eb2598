"""libical, a reader of calendars by others: Evolution, KOrganizer and many servers read with it.

Debian's library, called through ctypes. Without it its tests are skipped, except in CI, where they fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from ctypes import CDLL, Structure, c_char_p, c_int, c_longlong, c_void_p
from ctypes.util import find_library
from functools import cache
from typing import Any

import pytest


class Time(Structure):
    """`struct icaltimetype` of libical 3."""

    _fields_ = [
        *((name, c_int) for name in ("year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")),
        ("zone", c_void_p),
    ]


_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "icalparser_parse_string": (c_void_p, [c_char_p]),
    "icalcomponent_free": (None, [c_void_p]),
    "icalcomponent_count_errors": (c_int, [c_void_p]),
    "icalrestriction_check": (c_int, [c_void_p]),
    "icalcomponent_string_to_kind": (c_int, [c_char_p]),
    "icalcomponent_get_first_component": (c_void_p, [c_void_p, c_int]),
    "icalcomponent_get_next_component": (c_void_p, [c_void_p, c_int]),
    "icalcomponent_get_uid": (c_char_p, [c_void_p]),
    "icalcomponent_get_summary": (c_char_p, [c_void_p]),
    "icalcomponent_get_location": (c_char_p, [c_void_p]),
    "icalcomponent_get_sequence": (c_int, [c_void_p]),
    "icalcomponent_get_status": (c_int, [c_void_p]),
    "icalproperty_status_to_string": (c_char_p, [c_int]),
    "icalcomponent_get_dtstart": (Time, [c_void_p]),
    "icalcomponent_get_dtend": (Time, [c_void_p]),
    "icaltime_as_timet_with_zone": (c_longlong, [Time, c_void_p]),
}


def events(text: str) -> list[list[Any]]:
    """UID, begin and end (seconds since 1970), summary, location, sequence and status of each.

    Fails when libical finds an error in the calendar, or when the calendar breaks a rule of iTIP.
    """
    lib = _library()
    calendar = lib.icalparser_parse_string(text.encode())
    assert calendar
    try:
        assert lib.icalcomponent_count_errors(calendar) == 0
        assert lib.icalrestriction_check(calendar)
        return [_told(lib, it) for it in _events(lib, calendar)]
    finally:
        lib.icalcomponent_free(calendar)


@cache
def _library() -> Any:
    name = find_library("ical")
    if name is None:
        if os.environ.get("CI"):
            raise AssertionError("libical is missing: see .ci/need")
        pytest.skip("libical is not installed")
    lib = CDLL(name)
    for function, (result, arguments) in _SIGNATURES.items():
        getattr(lib, function).restype, getattr(lib, function).argtypes = result, arguments
    return lib


def _events(lib: Any, calendar: int) -> Iterator[int]:
    kind = lib.icalcomponent_string_to_kind(b"VEVENT")
    event = lib.icalcomponent_get_first_component(calendar, kind)
    while event:
        yield event
        event = lib.icalcomponent_get_next_component(calendar, kind)


def _told(lib: Any, event: int) -> list[Any]:
    return [
        lib.icalcomponent_get_uid(event).decode(),
        _seconds(lib, lib.icalcomponent_get_dtstart(event)),
        _seconds(lib, lib.icalcomponent_get_dtend(event)),
        lib.icalcomponent_get_summary(event).decode(),
        (lib.icalcomponent_get_location(event) or b"").decode() or None,
        lib.icalcomponent_get_sequence(event),
        lib.icalproperty_status_to_string(lib.icalcomponent_get_status(event)).decode(),
    ]


def _seconds(lib: Any, time: Time) -> int:
    return int(lib.icaltime_as_timet_with_zone(time, time.zone))
