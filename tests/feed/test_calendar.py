"""A coach's agenda follows the visits: over real HTTP, as three readers of others see them too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from shared import wiring
from shared.clock import utc_now
from shared.domain.resident import Address, Milestones, Person
from shared.feed.visits import CANCELLED_SHOWN, PAST_SHOWN
from shared.mail.calendar import Visit, followed_calendar
from shared.work.calendar_addresses import ALL, remake, revoke, token_of
from shared.work.feed_salt import salt_of
from tests.feed import libical
from tests.feed.feeding import COOPERATION, feeding, store_resident
from tests.feed.node import run
from tests.world.functions_over_http import Machine

COACH, OTHER = 11, 12
SOON = (utc_now() + timedelta(days=45)).replace(hour=9, minute=30, second=0, microsecond=0)
"""Not a fixed day: a calendar leaves old visits out."""


@pytest.fixture
def link(in_store: dict[str, str], tmp_path: Path) -> Iterator[Machine]:
    with feeding(tmp_path, **in_store) as machine:
        yield machine


def token(calendar: int | str = COACH) -> str:
    found = token_of(salt_of(wiring.services().store, COOPERATION), str(calendar))
    assert found
    return found


def ask(link: Machine, secret: str, cooperation: str = COOPERATION, **headers: str) -> httpx.Response:
    return link.get("serve-feed", f"/{cooperation}/calendar/{secret}.ics", headers=headers)


def events(link: Machine, calendar: int | str = COACH) -> list[Any]:
    answer = ask(link, token(calendar))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def visit(number: int = 1, coach: int = COACH, **changes: Any) -> None:
    known = {
        "visit_coach": coach,
        "visit_at": SOON,
        "visit_changed_at": utc_now() - timedelta(days=1),
        "visit_version": 1,
        "building_id": 500 + number,
        "milestones": Milestones(signed_up=SOON, appointment_made=SOON),
    }
    store_resident(number, **{**known, **changes})


def test_a_visit_stands_in_the_calendar_of_its_coach_and_of_the_coordinator(link: Machine) -> None:
    visit(1)
    (event,) = events(link)
    assert (event["UID"], event["SEQUENCE"]) == (f"appointment-{COOPERATION}-501@dossierlink", 1)
    assert event.start.astimezone(UTC) == SOON
    assert event["SUMMARY"] == "Huisbezoek Noor de Vries 1"
    assert event["LOCATION"] == "Veldstraat 1, 1234AB Zonnig Dorp"
    assert event["STATUS"] == "CONFIRMED"
    assert event.end - event.start == timedelta(minutes=90)
    assert abs(event["DTSTAMP"].dt - (utc_now() - timedelta(days=1))) < timedelta(minutes=5)  # when it changed last
    assert not {"ORGANIZER", "ATTENDEE", "DESCRIPTION", "CONTACT"} & set(event)
    (same,) = events(link, ALL)
    assert same["UID"] == event["UID"]
    assert str(same["SUMMARY"]).startswith("Huisbezoek Noor de Vries 1 (")
    assert events(link, OTHER) == []


def test_a_visit_that_moves_stays_the_same_event(link: Machine) -> None:
    visit(1)
    (before,) = events(link)
    visit(1, visit_at=SOON + timedelta(days=3), visit_version=2)
    (after,) = events(link)
    assert after["UID"] == before["UID"]
    assert (after["SEQUENCE"], after.start.astimezone(UTC)) == (2, SOON + timedelta(days=3))


def test_a_visit_that_goes_is_cancelled_for_a_month(link: Machine) -> None:
    gone: dict[str, Any] = {"visit_at": None, "gone_visit_at": SOON, "visit_version": 2}
    visit(1, **gone)
    (event,) = events(link)
    assert (event["STATUS"], event["SEQUENCE"], event.start.astimezone(UTC)) == ("CANCELLED", 2, SOON)
    visit(1, **gone, visit_changed_at=utc_now() - CANCELLED_SHOWN - timedelta(minutes=1))
    assert events(link) == []


def test_a_visit_that_took_place_stays_when_its_date_is_removed(link: Machine) -> None:
    went = utc_now() - timedelta(days=2)
    visit(1, visit_at=None, gone_visit_at=went, visit_version=2, milestones=Milestones(signed_up=went, visited=went))
    (event,) = events(link)
    assert (event["STATUS"], event.start.astimezone(UTC)) == ("CONFIRMED", went.replace(microsecond=0))


def test_a_second_visit_that_goes_did_not_take_place(link: Machine) -> None:
    went = utc_now() - timedelta(days=9)
    visit(1, visit_at=None, gone_visit_at=SOON, visit_version=4, milestones=Milestones(signed_up=went, visited=went))
    (event,) = events(link)
    assert (event["STATUS"], event.start.astimezone(UTC)) == ("CANCELLED", SOON)


def test_old_visits_and_those_of_another_coach_are_left_out(link: Machine) -> None:
    visit(1, visit_at=utc_now() - PAST_SHOWN - timedelta(minutes=1))
    visit(2, visit_at=utc_now() - PAST_SHOWN + timedelta(hours=1))
    visit(3, coach=OTHER)
    assert [it["UID"] for it in events(link)] == [f"appointment-{COOPERATION}-502@dossierlink"]


def test_visits_come_by_time_those_of_the_same_moment_too(link: Machine) -> None:
    for number, hours in ((1, 4), (2, 2), (3, 4), (4, 0)):
        visit(number, visit_at=SOON + timedelta(hours=hours))
    expected = [f"appointment-{COOPERATION}-50{number}@dossierlink" for number in (4, 2, 1, 3)]
    assert [it["UID"] for it in events(link)] == [it["UID"] for it in events(link, ALL)] == expected


def test_without_name_and_address_the_number_is_left(link: Machine) -> None:
    visit(1, person=Person(), address=Address())
    (event,) = events(link)
    assert event["SUMMARY"] == "Huisbezoek contact 1001"
    assert "LOCATION" not in event


def test_a_web_address_does_not_reach_the_agenda(link: Machine) -> None:
    visit(
        1,
        person=Person(first_name="Noor", last_name="http://kwaad.example/x"),
        address=Address(street="www.kwaad.example", number=1, postal_code="1234AB", city="Zonnig Dorp"),
    )
    (event,) = events(link)
    assert "kwaad" not in str(event["SUMMARY"]) + str(event["LOCATION"])


def test_a_removed_dossier_cancels_the_event_that_the_agenda_has(link: Machine) -> None:
    visit(1, visit_building_id=501)
    (before,) = events(link)
    gone = {"visit_at": None, "gone_visit_at": SOON, "visit_version": 2}
    visit(1, **gone, visit_building_id=501, building_id=None)
    (after,) = events(link)
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")


def test_an_agenda_that_asks_again_gets_nothing_new(link: Machine) -> None:
    visit(1)
    first, again = ask(link, token()), ask(link, token())
    assert first.content == again.content
    assert "private" in first.headers["Cache-Control"]
    assert ask(link, token(), **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    visit(1, visit_version=2)
    assert ask(link, token(), **{"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_only_who_knows_the_address_reads(link: Machine) -> None:
    visit(1)
    known = ask(link, token())
    assert known.status_code == 200
    wrong = ("x", "x" * 22, "é", "%ED%A0%80", "%00", token()[:-1], f"{token()}é")
    for secret, cooperation in (*((it, COOPERATION) for it in wrong), (token(), "meer-energie"), ("é", "x")):
        answer = ask(link, secret, cooperation)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_an_address_is_revoked_and_made_again_and_never_comes_back(link: Machine) -> None:
    store = wiring.services().store
    seen = [token()]
    revoke(store, COOPERATION, str(COACH))
    assert token_of(salt_of(store, COOPERATION), str(COACH)) is None
    assert {ask(link, secret).status_code for secret in (seen[0], "")} == {404}
    for _ in range(3):
        remake(store, COOPERATION, str(COACH))
        assert token() not in seen
        assert ask(link, token()).status_code == 200
        assert {ask(link, old).status_code for old in seen} == {404}
        seen.append(token())
        revoke(store, COOPERATION, str(COACH))
        revoke(store, COOPERATION, str(COACH))
        remake(store, COOPERATION, str(COACH))
        seen.append(token())
    assert len(set(seen)) == len(seen)
    assert ask(link, token(OTHER)).status_code == 200


# -- other readers -----------------------------------------------------------------------------------------------------

MOMENTS = {
    "winter": datetime(2027, 1, 14, 9, 30, tzinfo=UTC),
    "summer": datetime(2027, 7, 14, 9, 30, tzinfo=UTC),
    "spring-before": datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
    "spring-after": datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
    "autumn-first": datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
    "autumn-second": datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
}
ICAL_JS = """
const ICAL = require("ical.js").default || require("ical.js");
const calendar = new ICAL.Component(ICAL.parse(given.text));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
tell(calendar.getAllSubcomponents("vevent").map((it) => {
  const event = new ICAL.Event(it);
  return [event.uid, event.startDate.toUnixTime(), event.endDate.toUnixTime(), event.summary, event.location,
    event.sequence, it.getFirstPropertyValue("status")];
}));
"""
LONG = "Huisbezoek Zoë Müller, de \N{LATIN SMALL LETTER A WITH RING ABOVE}se; 2e \\ verdieping " + "lang " * 40


def ical_js(text: str) -> Any:
    return run(ICAL_JS, {"text": text})


def icalendar(text: str) -> Any:
    """As the other two. A moment has its time zone from the file."""
    found: list[Any] = Calendar.from_ical(text).walk("VEVENT")
    return [
        [
            str(it["UID"]),
            int(it.start.timestamp()),
            int(it.end.timestamp()),
            str(it["SUMMARY"]),
            str(it["LOCATION"]) if "LOCATION" in it else None,
            it["SEQUENCE"],
            str(it["STATUS"]),
        ]
        for it in found
    ]


@pytest.mark.parametrize("read", [ical_js, libical.events, icalendar])
def test_every_reader_sees_the_same_moments(read: Callable[[str], Any]) -> None:
    """Summer and winter, both nights of the change, an hour that comes twice."""
    made = [
        Visit(name, number, SOON, at, 90, LONG.strip(), "Veldstraat 12 bus 3, 9000 Gent", cancelled=number == 3)
        for number, (name, at) in enumerate(MOMENTS.items(), 1)
    ]
    text = followed_calendar("Huisbezoeken Cora", made).decode()
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert read(text) == [
        [
            it.uid,
            int(MOMENTS[it.uid].timestamp()),
            int(MOMENTS[it.uid].timestamp()) + 90 * 60,
            it.summary,
            it.location,
            it.sequence,
            "CANCELLED" if it.cancelled else "CONFIRMED",
        ]
        for it in made
    ]


def test_a_followed_calendar_has_no_method() -> None:
    """With PUBLISH it would need an organizer: the check of libical within `events` is not empty."""
    text = followed_calendar("Huisbezoeken Cora", [Visit("one", 1, SOON, SOON, 90, "Huisbezoek")]).decode()
    assert libical.events(text)
    with pytest.raises(AssertionError):
        libical.events(text.replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:PUBLISH"))
