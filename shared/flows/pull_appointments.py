"""Asks Hoomdossier which appointments changed, and handles each of them like a pushed event.

The feed is our own proposal (`infra/openapi/hoomdossier-appointments.yaml`); Hoomdossier does not have it yet.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from shared.clock import Moment
from shared.domain.stored_model import StoredModel
from shared.errors import NewerDocument, PeerError
from shared.events.keep_event import keep_event
from shared.events.put_event import Received
from shared.hoomdossier.feed import AppointmentPage
from shared.logs import log
from shared.work.records import Records
from shared.work.services import Services

OVERLAP = timedelta(minutes=30)
"""Each run starts so long before the newest change of the last run: clocks differ, and a change may have been half
written at that moment.
"""
PAGE = 200
SECONDS = 30.0


class Cursor(StoredModel):
    """How far the feed has been read: the newest `updated_at` (UTC) in it."""

    seen: Moment | None = None


def pull_appointments(services: Services, cooperation: str) -> int:
    """Returns how many changes were read. Raises PeerError, NoRoom and StoreUnavailable.

    The next run goes on where this one stopped, or at the first change that only a newer version of the link can store.
    """
    cursors = Records(services.store, "cursors", Cursor)
    key = f"{cooperation}:appointments"
    cursor = cursors.get(key) or Cursor()
    since = cursor.seen - OVERLAP if cursor.seen else None
    count, page_cursor, first_left = 0, None, datetime.max.replace(tzinfo=UTC)
    while True:
        asked_at = services.clock()
        page = _page(services, cooperation, since, page_cursor)
        for appointment in page.items:
            try:
                keep_event(services, cooperation, appointment.event, Received("feed", appointment.updated_at, asked_at))
                count += 1
            except NewerDocument:
                first_left = min(first_left, appointment.updated_at)
        seen = max((appointment.updated_at for appointment in page.items), default=None)
        if seen:
            cursors.update(key, partial(_advanced, min(seen, first_left)))
        page_cursor = page.next_cursor
        if page_cursor is None:
            log.info("pulled", flow="pull_appointments", cooperation=cooperation, count=count)
            return count


def _page(services: Services, cooperation: str, since: datetime | None, cursor: str | None) -> AppointmentPage:
    limits = services.limits.hoomdossier(cooperation)
    failing = services.limiter.admit(limits).failing
    try:
        page = services.hoomdossier(cooperation).appointments(since, cursor, PAGE, SECONDS)
    except PeerError as error:
        services.limiter.learn(limits, error)
        raise
    if failing:  # Hoomdossier failed recently, so tell the limiter that it works again.
        services.limiter.learn(limits, None)
    return page


def _advanced(seen: datetime, record: Cursor | None) -> Cursor:
    cursor = record or Cursor()
    cursor.seen = max(seen, cursor.seen) if cursor.seen else seen
    return cursor
