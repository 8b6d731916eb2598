"""The addresses of the calendars that agendas follow. Who knows one sees names and addresses of residents."""

from __future__ import annotations

import re

from flask import Response

from functions._http import UnknownAddress
from functions.staff.visit import Visit
from shared.feed.visits import CANCELLED_SHOWN, PAST_SHOWN
from shared.staff.calendars import is_calendar, remake_address, revoke_address, show_calendars


def show(visit: Visit) -> Response:
    """The address of each, and how an agenda follows it."""
    calendars = show_calendars(visit.services, visit.cooperation)
    return visit.page(
        "calendars.html",
        calendars=calendars,
        said=visit.request.args.get("said"),
        about=visit.request.args.get("about"),
        cancelled_days=CANCELLED_SHOWN.days,
        past_days=PAST_SHOWN.days,
    )


def revoke(visit: Visit) -> Response:
    """Closes an address. To do it twice is harmless."""
    calendar, generation = _posted(visit)
    said = revoke_address(visit.services, visit.cooperation, calendar, generation, visit.person)
    return visit.go(visit.url("calendars.show", said=said, about=calendar))


def remake(visit: Visit) -> Response:
    """Makes a new address. To send the same page twice makes one."""
    calendar, generation = _posted(visit)
    said = remake_address(visit.services, visit.cooperation, calendar, generation, visit.person)
    return visit.go(visit.url("calendars.show", said=said, about=calendar))


def _posted(visit: Visit) -> tuple[str, int]:
    """Which calendar, and the address that the page showed. Raises UnknownAddress."""
    calendar, generation = (visit.request.form.get(name, "") for name in ("calendar", "generation"))
    if not is_calendar(visit.services, visit.cooperation, calendar) or not re.fullmatch("-?[0-9]{1,9}", generation):
        raise UnknownAddress
    return calendar, int(generation)
