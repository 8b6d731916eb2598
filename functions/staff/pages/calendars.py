"""The addresses of the calendars that agendas follow, and of the coaches' own pages.

Who knows one sees names and addresses of residents, and on a page may change visits.
"""

from __future__ import annotations

import re

from flask import Response

from functions._http import UnknownAddress
from functions.staff.visit import Visit
from shared.feed.visits import CANCELLED_SHOWN, PAST_SHOWN
from shared.staff.calendars import Change, Named, change_address, purpose_of, show_calendars


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
    return _change(visit, "revoke")


def remake(visit: Visit) -> Response:
    """Makes a new address. To send the same page twice makes one."""
    return _change(visit, "remake")


def _change(visit: Visit, action: Change) -> Response:
    """Of the calendar or page, and the address, that the form names. Raises UnknownAddress."""
    posted = visit.request.form
    calendar, generation = posted.get("calendar", ""), posted.get("generation", "")
    purpose = purpose_of(visit.services, visit.cooperation, calendar, posted.get("purpose", "calendar"))
    if purpose is None or not re.fullmatch("-?[0-9]{1,9}", generation):
        raise UnknownAddress
    named = Named(calendar, purpose, int(generation))
    said = change_address(visit.services, visit.cooperation, named, action, visit.person)
    return visit.go(visit.url("calendars.show", said=said, about=calendar, of=purpose))
