"""An appointment as an iCalendar file that mail clients put into an agenda, change there, and take out again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress

from shared.domain.local_time import AMSTERDAM
from shared.mail.address import Address, on_the_wire, one_line

_LAST = datetime.max.replace(microsecond=0, tzinfo=AMSTERDAM).astimezone(UTC)

# Since 1996 the clock moves on the last Sundays of March and October at 01:00 UTC. Written out as rules, which hold for
# every year: what `Timezone.from_tzid` makes lists dates until 2038 and lets summer time begin an hour late.
_AMSTERDAM_RULES = Timezone.from_ical(
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Amsterdam\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:19960331T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\n"
    "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\n"
    "END:VTIMEZONE\r\n"
)


def appointment(  # noqa: PLR0913 - each is a line of the file
    *,
    uid: str,
    sequence: int,
    stamp: datetime,
    starts_at: datetime,
    minutes: int,
    summary: str,
    location: str | None = None,
    description: str | None = None,
    organizer: Address,
    attendees: Iterable[Address],
    cancelled: bool = False,
) -> bytes:
    """The file of one appointment: METHOD is REQUEST, or CANCEL when `cancelled` (RFC 5546).

    An agenda knows it again by `uid`, the same for all of a dossier's appointments, and takes a change only when
    `sequence` is higher than before, also for a cancellation. `stamp` is when this was written; both moments are
    aware. Nobody is asked to answer: what attendees click reaches no mailbox of the organizer. Raises Refused when an
    address is not one.
    """
    calendar = Calendar(
        version="2.0",
        prodid="-//dossierlink//afspraak//NL",
        calscale="GREGORIAN",
        method="CANCEL" if cancelled else "REQUEST",
    )
    calendar.add_component(_AMSTERDAM_RULES)
    event = Event.new(
        uid=uid,
        sequence=sequence,
        stamp=stamp.astimezone(UTC),
        start=_local(starts_at),
        end=_local(_later(starts_at.astimezone(UTC), timedelta(minutes=minutes))),
        summary=one_line(summary),
        location=location and one_line(location),
        description=description,
        organizer=_person(organizer),
        attendees=[_person(attendee, role="REQ-PARTICIPANT", rsvp=False) for attendee in attendees],
    )
    event.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
    if not cancelled:
        event.add_component(_day_before(event.summary))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _later(moment: datetime, by: timedelta) -> datetime:
    """At most the last moment that there is, in Amsterdam too."""
    return min(moment, _LAST - by) + by


def _local(moment: datetime) -> datetime:
    """In Amsterdam, but in UTC within the hour that comes twice: a TZID can only mean the first (RFC 5545 3.3.5)."""
    local = moment.astimezone(AMSTERDAM)
    return local.astimezone(UTC) if local.fold else local


def _person(person: Address, **parameters: Any) -> vCalAddress:
    address = re.sub(r"[%?#]", lambda found: quote(found[0]), on_the_wire(person.email))  # It stands in a `mailto:`.
    return vCalAddress.new(address, cn=one_line(person.name), **parameters)


def _day_before(text: str) -> Alarm:
    alarm = Alarm.new(description=text)
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", timedelta(days=-1))
    return alarm
