"""The calendar of a coach or of the coordinator, behind an address that only they know. An agenda follows it."""

from __future__ import annotations

import hashlib

from flask import Request, Response

from functions._http import UnknownAddress
from shared import wiring
from shared.feed.visits import calendar_file
from shared.work.calendar_addresses import calendar_of, calendars_of, coach_of
from shared.work.feed_salt import salt_of


def answer(request: Request, cooperation: str, secret: str) -> Response:
    """200 with the calendar, 304 when it is still the same. Raises UnknownAddress, and StoreUnavailable."""
    services = wiring.services()
    settings = services.cooperations.get(cooperation)
    if settings is None:
        raise UnknownAddress
    calendar = calendar_of(salt_of(services.store, cooperation), calendars_of(settings), secret)
    if calendar is None:
        raise UnknownAddress
    made = calendar_file(services, cooperation, coach_of(calendar))
    response = Response(made, content_type="text/calendar; charset=utf-8")
    response.headers |= {"Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex"}
    response.set_etag(hashlib.sha256(made).hexdigest()[:32])
    response.make_conditional(request)
    return response
