"""The appointment file, read back as an agenda would."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from shared.domain.local_time import from_amsterdam
from shared.domain.problem import Problem
from shared.errors import Refused
from shared.mail.address import Address
from shared.mail.calendar import Visit, appointment

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
START = datetime(2026, 12, 1, 10, 0, tzinfo=AMSTERDAM)
MARIE = Address("Marie van der Veen", "marie@example.org")


def file(attendee: Address = MARIE, **changes: Any) -> bytes:
    facts: dict[str, Any] = {
        "uid": "dossier-7f3a@zonnig-dorp.example",
        "sequence": 0,
        "stamp": datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        "starts_at": START,
        "minutes": 90,
        "summary": "Bezoek energiecoach",
        "location": "Zonnelaan 12; 1234 AB, Zonnedorp",
    }
    organizer = Address('Coöperatie "Zonnig"; Dorp', "dossier@zonnig-dorp.example")
    return appointment(Visit(**{**facts, **changes}), organizer, [attendee])


def read(content: bytes) -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(content)
    (event,) = calendar.events
    return calendar, event


def test_an_appointment_reads_back_as_it_was_meant() -> None:
    calendar, event = read(file())
    assert calendar["METHOD"] == "REQUEST"
    assert (event.uid, event.sequence, event["STATUS"]) == ("dossier-7f3a@zonnig-dorp.example", 0, "CONFIRMED")
    assert (event.start, event.end) == (START, START + timedelta(minutes=90))
    assert event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert event["DTSTAMP"].dt == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert event.summary == "Bezoek energiecoach"
    assert event["LOCATION"] == "Zonnelaan 12; 1234 AB, Zonnedorp"
    assert event["ORGANIZER"].email == "dossier@zonnig-dorp.example"
    assert event["ORGANIZER"].name == 'Coöperatie "Zonnig"; Dorp'
    (attendee,) = event.attendees
    assert (attendee.email, attendee.name, attendee.params["RSVP"]) == (
        "marie@example.org",
        "Marie van der Veen",
        "FALSE",
    )


def test_a_reminder_comes_a_day_before() -> None:
    _, event = read(file())
    (alarm,) = event.alarms.times
    assert alarm.trigger == START - timedelta(days=1)


def test_a_change_is_the_same_event_with_a_higher_number() -> None:
    _, first = read(file(sequence=3))
    calendar, second = read(file(sequence=4, starts_at=START + timedelta(days=2)))
    assert calendar["METHOD"] == "REQUEST"
    assert first.uid == second.uid
    assert (first.sequence, second.sequence) == (3, 4)
    assert second.start == START + timedelta(days=2)


def test_a_cancellation_takes_it_out_and_reminds_of_nothing() -> None:
    calendar, event = read(file(sequence=5, cancelled=True))
    assert (calendar["METHOD"], event["STATUS"], event.sequence) == ("CANCEL", "CANCELLED", 5)
    assert event.uid == "dossier-7f3a@zonnig-dorp.example"
    assert event.start == START
    assert event.subcomponents == []


def test_the_same_facts_make_the_same_bytes() -> None:
    assert file() == file()


def test_what_is_not_known_is_not_there() -> None:
    _, event = read(file(location=None))
    assert "LOCATION" not in event


@pytest.mark.parametrize(
    "utc",
    [
        "2026-01-15T09:00",
        "2026-03-28T09:00",
        "2026-03-29T00:30",
        "2026-03-29T01:00",
        "2026-03-29T01:30",
        "2026-03-29T12:00",
        "2026-07-01T09:00",
        "2026-10-24T23:00",
        "2026-10-25T00:30",
        "2026-10-25T01:30",
        "2026-10-25T02:00",
        "2026-10-25T12:00",
        "2049-03-28T01:15",
        "2049-07-01T09:00",
    ],
)
def test_a_moment_survives_for_who_knows_only_the_zone_in_the_file(utc: str) -> None:
    """Also in the hour that is skipped on 29 March, the hour that comes twice on 25 October, and after 2038."""
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    calendar, event = read(file(starts_at=moment))
    (rules,) = calendar.timezones
    zone = rules.to_tz(lookup_tzid=False)
    for value, expected in ((event["DTSTART"], moment), (event["DTEND"], moment + timedelta(minutes=90))):
        if value.params.get("TZID") == "Europe/Amsterdam":
            assert offset_by_rules(rules, value.dt.replace(tzinfo=None)) == value.dt.utcoffset()
        assert value.dt.astimezone(UTC) == expected
    assert zone is not None


def offset_by_rules(rules: Any, local: datetime) -> timedelta:
    """As RFC 5545 3.6.5 reads a VTIMEZONE: the last onset not after `local`, each in the offset before it."""
    onsets = []
    for part in (*rules.standard, *rules.daylight):
        rule = part["RRULE"]
        assert (rule["FREQ"], [str(day) for day in rule["BYDAY"]]) == (["YEARLY"], ["-1SU"])
        for year in (local.year - 1, local.year):
            day = datetime(year, int(rule["BYMONTH"][0]), 31)
            day -= timedelta(days=(day.weekday() + 1) % 7)
            onset = datetime.combine(day.date(), part.DTSTART.time())
            onsets.append((onset, part.TZOFFSETTO))
    return max(onset for onset in onsets if onset[0] <= local)[1]


def test_a_name_or_place_cannot_add_lines() -> None:
    evil = "Marie\r\nATTENDEE:mailto:boos@example.org\r\nX"
    content = file(summary=evil, location=evil, attendee=Address(evil, "marie@example.org"))
    calendar, event = read(content)
    assert len(event.attendees) == 1
    assert len(calendar.events) == 1
    lines = content.replace(b"\r\n ", b"").split(b"\r\n")
    assert [line for line in lines if line.startswith(b"ATTENDEE:")] == []


def test_lines_are_folded_and_end_as_the_standard_wants() -> None:
    content = file(summary="é" * 200)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(Refused):
        file(attendee=Address("Marie", "marie@example.org\r\nX-Y: z"))


@pytest.mark.parametrize(
    "text", ["9999-12-31 23:59:59", "9999-12-31 22:30:00", "9999-12-31T23:59:59Z", "0001-01-02 00:00:01"]
)
def test_an_appointment_at_either_end_of_the_calendar_can_be_read(text: str) -> None:
    """A coach types a year too far: an invitation can hold every moment that `from_amsterdam` reads."""
    with suppress(Problem):
        starts_at = from_amsterdam(text)
        _, event = read(file(starts_at=starts_at))
        assert event.start == starts_at
        assert event.start <= event.end <= datetime.max.replace(tzinfo=AMSTERDAM)


def test_what_a_mail_program_reads_more_of_is_encoded() -> None:
    content = file(attendee=Address("Marie", "a?bcc=evil%40evil.example&body=hoi@example.org"))
    (attendee,) = read(content)[1].attendees
    assert attendee == "mailto:a%3Fbcc=evil%2540evil.example&body=hoi@example.org"
