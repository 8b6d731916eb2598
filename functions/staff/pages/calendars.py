"""The addresses of the calendars that agendas follow, and of the coaches' own pages.

Who knows one sees names and addresses of residents, and on a page may change visits.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Response

from functions._http import UnknownAddress
from functions.staff.visit import Visit
from shared.feed.visits import CANCELLED_SHOWN, PAST_SHOWN
from shared.staff.calendars import Changed, purpose_of, remake_address, revoke_address, show_calendars


def show(visit: Visit) -> Response:
    """The address of each, and how an agenda follows it."""
    calendars = show_calendars(visit.services, visit.cooperation)
    return visit.page(
        "calendars.html",
        calendars=calendars,
        said=visit.request.args.get("said"),
        about=visit.request.args.get("about"),
        of=visit.request.args.get("of"),
        cancelled_days=CANCELLED_SHOWN.days,
        past_days=PAST_SHOWN.days,
    )


def revoke(visit: Visit) -> Response:
    """Closes an address. To do it twice is harmless."""
    return _change(visit, revoke_address)


def remake(visit: Visit) -> Response:
    """Makes a new address. To send the same page twice makes one."""
    return _change(visit, remake_address)


def _change(visit: Visit, change: Callable[..., Changed]) -> Response:
    """Of the calendar or page, and the address, that the form names. Raises UnknownAddress."""
    posted = visit.request.form
    calendar, generation = posted.get("calendar", ""), posted.get("generation", "")
    purpose = purpose_of(visit.services, visit.cooperation, calendar, posted.get("purpose", "calendar"))
    if purpose is None or not re.fullmatch("-?[0-9]{1,9}", generation):
        raise UnknownAddress
    said = change(visit.services, visit.cooperation, calendar, purpose, int(generation), visit.person)
    return visit.go(visit.url("calendars.show", said=said, about=calendar, of=purpose))
