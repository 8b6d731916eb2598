"""Makes iCalendar: the file of an appointment in a letter, and the calendar of visits that an agenda follows.

A letter has a METHOD, by which a mail client adds an appointment to an agenda, changes it there and removes it again.
A calendar that is followed has none: it says each time how all visits stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress

from shared.domain.local_time import AMSTERDAM, day_of, has_time
from shared.mail.address import Address, on_the_wire, printable_line

_LAST = datetime.max.replace(microsecond=0, tzinfo=AMSTERDAM).astimezone(UTC)

# Since 1996 the clock changes on the last Sundays of March and October at 01:00 UTC. These rules hold for every year.
# `Timezone.from_tzid` would list dates until 2038, and starts summer time an hour late.
_AMSTERDAM_RULES = Timezone.from_ical(
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Amsterdam\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:19960331T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\n"
    "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\n"
    "END:VTIMEZONE\r\n"
)


@dataclass(frozen=True)
class Visit:
    """A visit in an agenda. `starts_at` and `stamp` are aware. At midnight in Amsterdam it takes the whole day.

    Use one `uid` (`uid_of`) for all visits of a dossier, and a higher `sequence` for each change and cancellation;
    otherwise agendas ignore them. `stamp`: when the file of a letter was made, or the visit in a calendar changed last.
    """

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    minutes: int
    summary: str
    location: str | None = None
    cancelled: bool = False


def uid_of(cooperation: str, building_id: int) -> str:
    """The `uid` of the visits at a home: the same in letters and calendars, so that an agenda with both shows one."""
    return f"appointment-{cooperation}-{building_id}@dossierlink"


def appointment(visit: Visit, organizer: Address, attendees: Iterable[Address]) -> bytes:
    """The file in a letter about one visit, with METHOD:REQUEST, or METHOD:CANCEL when `cancelled` (RFC 5546).

    Attendees are not asked for an answer, because the organizer has no mailbox that handles one. Raises Refused when an
    address is not valid.
    """
    event = _event(
        visit,
        organizer=_person(organizer),
        attendees=[_person(attendee, role="REQ-PARTICIPANT", rsvp=False) for attendee in attendees],
    )
    if not visit.cancelled:
        event.add_component(_day_before(event.summary))
    calendar = _empty(method="CANCEL" if visit.cancelled else "REQUEST")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def followed_calendar(name: str, visits: Iterable[Visit]) -> bytes:
    """The calendar of these visits, which an agenda shows under `name` and reads again each hour, or when it likes.

    It is the same to the byte as long as no visit changes.
    """
    calendar = _empty()
    calendar.add("X-WR-CALNAME", printable_line(name))
    calendar.add("X-WR-TIMEZONE", "Europe/Amsterdam")
    calendar.add("REFRESH-INTERVAL", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    for visit in visits:
        calendar.add_component(_event(visit))
    return bytes(calendar.to_ical())


def _event(visit: Visit, **people: Any) -> Event:
    start, end = _span(visit)
    event = Event.new(
        uid=visit.uid,
        sequence=visit.sequence,
        stamp=visit.stamp.astimezone(UTC),
        start=start,
        end=end,
        summary=printable_line(visit.summary),
        location=visit.location and printable_line(visit.location),
        **people,
    )
    event.add("STATUS", "CANCELLED" if visit.cancelled else "CONFIRMED")
    return event


def _span(visit: Visit) -> tuple[date, date]:
    """Begin and end: moments, or whole days for a visit of which only the day is known."""
    if not has_time(visit.starts_at):
        day = day_of(visit.starts_at)
        return day, min(day, date.max - timedelta(days=1)) + timedelta(days=1)
    start = visit.starts_at.astimezone(UTC)
    return _local(start), _local(_later(start, timedelta(minutes=visit.minutes)))


def _empty(**properties: str) -> Calendar:
    calendar = Calendar(version="2.0", prodid="-//dossierlink//afspraak//NL", calscale="GREGORIAN", **properties)
    calendar.add_component(_AMSTERDAM_RULES)
    return calendar


def _later(moment: datetime, by: timedelta) -> datetime:
    """`moment` plus `by`, at most the last moment that Python can express in Amsterdam."""
    return min(moment, _LAST - by) + by


def _local(moment: datetime) -> datetime:
    """In Amsterdam's time, but in UTC in the hour that comes twice in autumn.

    With a TZID a reader takes such a time for the first of the two (RFC 5545 3.3.5), and some for the second.
    """
    local = moment.astimezone(AMSTERDAM)
    comes_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return local.astimezone(UTC) if comes_twice else local


def _person(person: Address, **parameters: Any) -> vCalAddress:
    address = re.sub(r"[%?#]", lambda found: quote(found[0]), on_the_wire(person.email))  # For a `mailto:`.
    return vCalAddress.new(address, cn=printable_line(person.name), **parameters)


def _day_before(text: str) -> Alarm:
    """A reminder 24 hours before the appointment."""
    alarm = Alarm.new(description=text)
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", timedelta(days=-1))
    return alarm
