"""What a coach enters on the page, on its way: into Econobis, into the agenda, to the resident, and into the story."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from shared.domain.ids import ContactId
from shared.domain.keys import of_building, of_contact
from shared.domain.local_time import AMSTERDAM
from shared.domain.relay import Relay
from shared.domain.resident import Resident as StoredResident
from shared.erasure.erase import erase
from shared.work.audit import AuditLine
from shared.work.calendar_addresses import token_of
from shared.work.feed_salt import salt_of
from tests.world.fixtures import adjusted, resident, world
from tests.world.letters import FIRST, SECOND, appointment, event, told
from tests.world.residents import COOPERATION, Resident, check_whole, dead_letters
from tests.world.sent import events, forms
from tests.world.world import World

__all__ = ["adjusted", "resident", "world"]

MADE, DONE, CANCELLED = 8, 9, 14  # Econobis' statuses of a visit
COACH = 21
PAST = "2026-11-20"  # The world begins on the 23rd.


def secret(world: World, purpose: Any = "coach-page") -> str:
    found = token_of(salt_of(world.observer.store, COOPERATION), str(COACH), purpose)
    assert found
    return found


def address(world: World) -> str:
    return f"{world.base}/functions/serve-feed/{COOPERATION}/coach/{secret(world)}"


def page(world: World) -> str:
    answer = world.http.get(address(world))
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def seen(world: World, resident: Resident) -> str:
    """The version that the forms of this resident carry."""
    found = re.search(
        rf'name="contact" value="{resident.contact_id}"><input type="hidden" name="seen" value="(\d+)"', page(world)
    )
    assert found
    return found[1]


def enter(world: World, resident: Resident, entry: str = "date", **typed: str) -> httpx.Response:
    world.clock.advance(1)
    fields = {"contact": str(resident.contact_id), "entry": entry, **typed}
    return world.http.post(address(world), data={"seen": typed.get("seen") or seen(world, resident), **fields})


def said(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    found = re.search(r"said=(\w+)", answer.headers["Location"])
    assert found
    return found[1]


def set_date(world: World, resident: Resident, moment: str = FIRST, **more: str) -> str:
    outcome = said(enter(world, resident, date=moment[:10], time=moment[11:16], **more))
    world.settle()
    return outcome


def building(resident: Resident) -> dict[str, str]:
    return {"building": f"https://zonnig.hoomdossier.nl/cooperatie/coach/buildings/show/{resident.building_id}"}


def in_agenda(world: World) -> Any:
    answer = world.http.get(f"{world.base}/functions/serve-feed/{COOPERATION}/calendar/{secret(world, 'calendar')}.ics")
    (found,) = Calendar.from_ical(answer.content).walk("VEVENT")
    return found


def lines(world: World) -> list[AuditLine]:
    return sorted((line for _, line in world.observer.audit.records.all()), key=lambda it: it.at)


def test_a_date_goes_to_econobis_the_agenda_and_the_resident(world: World, resident: Resident) -> None:
    assert "Plak hier het internetadres van dit dossier" in page(world)
    assert set_date(world, resident, **building(resident)) == "date"
    assert (resident.visit["status_id"], resident.visit["date_planned"]) == (MADE, FIRST)
    assert events(world, "afspraak")[-1]["coaches"][0]["contact_id"] == COACH
    assert in_agenda(world).start.astimezone(AMSTERDAM).isoformat() == "2027-03-05T10:00:00+01:00"
    (letter,) = told(resident)
    assert event(letter)[1]["DTSTART"].dt.strftime("%Y-%m-%d %H:%M:%S") == FIRST
    shown = page(world)
    assert "vrijdag 5 maart 2027 om 10:00 uur" in shown
    assert "Plak hier" not in shown
    check_whole(world)


def test_a_visit_is_moved_and_cancelled_with_the_reason(world: World, resident: Resident) -> None:
    set_date(world, resident, **building(resident))
    assert set_date(world, resident, SECOND) == "date"
    assert resident.visit["date_planned"] == SECOND
    assert said(enter(world, resident, "cancel", reason="resident_cannot")) == "cancel"
    assert "<h2>Afgezegd</h2>" in page(world)  # At once, before Econobis has it.
    world.settle()
    assert resident.visit["status_id"] == CANCELLED
    assert in_agenda(world)["STATUS"] == "CANCELLED"
    assert [event(it)[0] for it in told(resident)] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [(it.action, it.by, it.reason, it.contact_id) for it in lines(world)] == [
        ("enter_visit", "lien@meer-energie.example", "", resident.contact_id),
        ("enter_visit", "lien@meer-energie.example", "", resident.contact_id),
        ("cancel_visit", "lien@meer-energie.example", "resident_cannot", resident.contact_id),
    ]
    check_whole(world)
    assert set_date(world, resident, FIRST) == "date"  # After all, on another day.
    assert (resident.visit["status_id"], resident.visit["date_planned"]) == (MADE, FIRST)


def test_a_visit_that_was_is_told(world: World, resident: Resident) -> None:
    assert set_date(world, resident, f"{PAST} 10:00:00", **building(resident)) == "date"
    assert "<h2>Vertel hoe het ging</h2>" in page(world)
    assert told(resident) == []
    assert said(enter(world, resident, "tell")) == "tell"
    assert "<h2>Geweest</h2>" in page(world)
    world.settle()
    assert resident.visit["status_id"] == DONE
    assert in_agenda(world)["STATUS"] == "CONFIRMED"
    check_whole(world)


def test_nobody_was_home(world: World, resident: Resident) -> None:
    set_date(world, resident, f"{PAST} 10:00:00", **building(resident))
    assert said(enter(world, resident, "cancel", reason="nobody_home")) == "cancel"
    world.settle()
    assert resident.visit["status_id"] == CANCELLED
    assert told(resident) == []
    assert lines(world)[-1].reason == "nobody_home"


def test_a_day_without_a_time_is_midnight(world: World, resident: Resident) -> None:
    answer = enter(world, resident, date="2027-03-05", time="10:00", no_time="1", **building(resident))
    assert said(answer) == "date"
    world.settle()
    assert resident.visit["date_planned"] == "2027-03-05 00:00:00"
    shown = page(world)
    assert "vrijdag 5 maart 2027</time>" in shown
    assert "Tijd nog niet bekend</p>" in shown


def test_of_a_visit_today_without_a_time_the_coach_can_tell_how_it_went(world: World, resident: Resident) -> None:
    enter(world, resident, date="2026-11-23", no_time="1", **building(resident))
    shown = page(world)
    assert "<h2>Bezoeken die nog komen</h2>" in shown
    assert "Hoe ging het?" in shown
    assert said(enter(world, resident, "tell")) == "tell"
    assert "<h2>Geweest</h2>" in page(world)


# -- twice, late, and at once --------------------------------------------------------------------------------------------


def sent(world: World) -> tuple[int, int, int]:
    return len(events(world, "afspraak")), len(events(world, "woning-status")), len(forms(world))


@pytest.mark.parametrize("entry", ["date", "cancel", "tell"])
def test_the_same_form_sent_twice_has_one_effect(world: World, resident: Resident, entry: str) -> None:
    set_date(world, resident, f"{PAST} 10:00:00", **building(resident))
    typed = {"date": "2027-03-05", "time": "10:00", "reason": "other", "seen": seen(world, resident)}
    assert said(enter(world, resident, entry, **typed)) == entry
    assert said(enter(world, resident, entry, **typed)) == "already"
    world.settle()
    before, letters = sent(world), len(told(resident))
    assert said(enter(world, resident, entry, **typed)) == "already"
    world.settle()
    assert (sent(world), len(told(resident))) == (before, letters)
    assert len(lines(world)) == 2


@pytest.mark.parametrize("entry", ["date", "cancel", "tell"])
def test_an_older_page_does_not_change_what_is_newer(world: World, resident: Resident, entry: str) -> None:
    """Hoomdossier pushed meanwhile, and its task did not run yet. Afterwards the page shows the newer date."""
    set_date(world, resident, f"{PAST} 10:00:00", **building(resident))
    typed = {"date": "2027-03-05", "time": "10:00", "reason": "other", "seen": seen(world, resident)}
    assert resident.set_appointment(SECOND)
    assert said(enter(world, resident, entry, **typed)) == "newer"
    assert "zaterdag 6 maart 2027 om 11:30 uur" in page(world)
    world.settle()
    assert resident.visit["date_planned"] == SECOND
    assert len(lines(world)) == 1


def test_of_two_tabs_the_second_sees_what_the_first_did(world: World, resident: Resident) -> None:
    set_date(world, resident, **building(resident))
    both = seen(world, resident)
    assert said(enter(world, resident, "cancel", reason="other", seen=both)) == "cancel"
    assert said(enter(world, resident, date="2027-03-06", time="11:30", seen=both)) == "newer"
    world.settle()
    assert resident.visit["status_id"] == CANCELLED


def test_what_hoomdossier_says_later_counts(world: World, resident: Resident) -> None:
    """Events may pass through the link as well: the newest wins."""
    set_date(world, resident, **building(resident))
    appointment(resident, SECOND)
    assert resident.visit["date_planned"] == SECOND
    assert set_date(world, resident, FIRST) == "date"
    assert resident.visit["date_planned"] == FIRST
    check_whole(world)


# -- whose it is ---------------------------------------------------------------------------------------------------------


def test_a_home_of_somebody_else_is_refused(world: World, resident: Resident) -> None:
    other = Resident(world, 3)
    other.sign_up()
    world.settle()
    set_date(world, resident, **building(resident))
    answer = enter(world, other, date="2027-03-06", time="11:30", **building(resident))
    assert answer.status_code == 422
    assert "Deze woning hoort bij een andere bewoner." in answer.text
    world.settle()
    assert dead_letters(world) == []
    assert set_date(world, other, **building(other)) == "date"


def test_a_home_is_refused_by_the_events_of_somebody_else(world: World, resident: Resident) -> None:
    """Also when the resident does not have it yet: the relay knows whose it is."""
    other = Resident(world, 3)
    other.sign_up()
    world.settle()
    assert other.set_appointment(FIRST)
    answer = enter(world, resident, date="2027-03-06", time="11:30", **building(other))
    assert answer.status_code == 422


def test_a_home_whose_dossier_was_removed_is_refused(world: World, resident: Resident) -> None:
    other = Resident(world, 3)
    other.sign_up()
    world.settle()
    gone = building(other)
    assert other.tell("delete") == 200
    world.settle()
    assert "Dit dossier is verwijderd" in enter(world, resident, date="2027-03-06", time="11:30", **gone).text


def test_without_a_dossier_the_page_says_why(world: World, resident: Resident) -> None:
    key = of_contact(COOPERATION, ContactId(resident.contact_id))
    version = seen(world, resident)

    def without(record: StoredResident) -> None:
        record.account_id = None

    world.observer.records(StoredResident).edit(key, without)
    shown = page(world)
    assert "Het dossier van deze bewoner is er nog niet" in shown
    assert "<form" not in shown
    assert (
        said(enter(world, resident, date="2027-03-06", time="11:30", seen=version, **building(resident)))
        == "no_dossier"
    )


def test_an_erased_resident_is_gone_from_the_page(world: World, resident: Resident) -> None:
    version, home = seen(world, resident), building(resident)
    contact = resident.contact_id
    assert "Naamb" in page(world)
    erase(world.observer, COOPERATION, ContactId(contact), "anna")
    shown = page(world)
    assert "Naamb" not in shown
    assert "er staan nu geen bewoners op je lijst" in shown
    assert said(enter(world, resident, date="2027-03-06", time="11:30", seen=version, **home)) == "gone"
    world.settle()
    assert world.observer.records(Relay).get(of_building(COOPERATION, resident.building_id)) is None


def test_somebody_elses_resident_is_not_there(world: World, resident: Resident) -> None:
    version, key = seen(world, resident), of_contact(COOPERATION, ContactId(resident.contact_id))

    def with_another(record: StoredResident) -> None:
        record.visit_coach = record.named_coach = ContactId(99)

    world.observer.records(StoredResident).edit(key, with_another)
    assert "Naamb" not in page(world)
    assert said(enter(world, resident, date="2027-03-06", time="11:30", seen=version, **building(resident))) == "gone"
    world.settle()
    assert events(world, "afspraak") == []


def test_a_second_visit_after_one_that_was_has_a_day_to_come(world: World, resident: Resident) -> None:
    """In a next journey the home still knows the visit before; with a day that was, it would count as done at once."""
    set_date(world, resident, f"{PAST} 10:00:00", **building(resident))
    enter(world, resident, "tell")
    world.settle()
    key = of_contact(COOPERATION, ContactId(resident.contact_id))

    def again(record: StoredResident) -> None:
        record.begin_journey(2, "aanmelden", world.clock(), coach=ContactId(COACH), dossier=True, visit=True)

    world.observer.records(StoredResident).edit(key, again)
    answer = enter(world, resident, date=PAST, time="11:00")
    assert answer.status_code == 422
    assert "Vul voor nog een bezoek een dag in die nog komt." in answer.text
    assert set_date(world, resident, SECOND) == "date"
    assert "zaterdag 6 maart 2027" in page(world)
