"""The page of a coach over real HTTP: who sees it, who may send, what is refused and how, and what a store away does."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from functions._security_headers import HEADERS
from shared import wiring
from shared.clock import utc_now
from shared.domain.ids import ContactId
from shared.domain.keys import of_building, of_contact
from shared.domain.local_time import day_of, from_amsterdam
from shared.domain.relay import Relay
from shared.domain.resident import Address, Milestones, Person, Resident
from shared.flows.enter_visit import HOURLY
from shared.store.port import Store
from shared.work.calendar_addresses import remake, revoke, token_of
from shared.work.feed_salt import salt_of
from tests.browser.sign_up import store_away
from tests.feed.feeding import COOPERATION, feeding, store_waiting
from tests.functions.routes import BROWSER
from tests.world.functions_over_http import Machine

COACH, OTHER = 11, 12
SIGNED_UP = utc_now() - timedelta(days=10)
DAY = day_of(utc_now() + timedelta(days=45)).isoformat()


@pytest.fixture
def link(in_store: dict[str, str], tmp_path: Path) -> Iterator[Machine]:
    with feeding(tmp_path, **in_store) as machine:
        yield machine


def store() -> Store:
    return wiring.services().store


def secret(coach: int = COACH, purpose: Any = "coach-page") -> str:
    found = token_of(salt_of(store(), COOPERATION), str(coach), purpose)
    assert found
    return found


def path(of: str = "") -> str:
    return f"/{COOPERATION}/coach/{of or secret()}"


def show(link: Machine, query: str = "", **headers: str) -> str:
    answer = link.get("serve-feed", path() + query, headers={**BROWSER, **headers})
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def enter(
    link: Machine, number: int = 1, *, of: str = "", headers: dict[str, str] | None = None, **typed: str
) -> httpx.Response:
    known = {"contact": str(1000 + number), "seen": "0", "entry": "date", "date": DAY, "time": "10:30"}
    fields = {name: text for name, text in {**known, **typed}.items() if text}
    return link.post("serve-feed", path(of), data=fields, headers={**BROWSER, **(headers or {})})


def resident(number: int = 1, **changes: Any) -> None:
    store_waiting(number, COACH, SIGNED_UP, **changes)


def dated(days: float, **changes: Any) -> dict[str, Any]:
    at = utc_now() + timedelta(days=days)
    return {"visit_at": at, "visit_version": 1, "visit_changed_at": SIGNED_UP, **changes}


def gone(days: float, ago: float) -> dict[str, Any]:
    return {"gone_visit_at": utc_now() + timedelta(days=days), "visit_changed_at": utc_now() - timedelta(days=ago)}


def visited(days_ago: float) -> dict[str, Any]:
    at = utc_now() - timedelta(days=days_ago)
    reached = Milestones(signed_up=at - timedelta(days=9), dossier=at, appointment_made=at, visited=at)
    return {"visit_at": at, "milestones": reached}


def appointment(number: int = 1) -> str | None:
    relay = wiring.services().records(Relay).get(of_building(COOPERATION, 500 + number))
    return relay.appointment if relay else None


# -- what stands on it ---------------------------------------------------------------------------------------------------


def test_the_residents_of_the_coach_by_how_their_visit_stands(link: Machine) -> None:
    resident(1, **dated(9))
    resident(2, **dated(2))
    resident(3)
    resident(4, **dated(-2))
    resident(5, **visited(3))
    resident(6, **gone(5, ago=1))
    resident(7, visit_coach=OTHER)
    shown = show(link)
    headings = re.findall("<h2>([^<]+)</h2>", shown)
    assert headings == [
        "Vertel hoe het ging", "Bezoeken die nog komen", "Wachten op een afspraak", "Afgezegd", "Geweest",
    ]  # fmt: skip
    names = re.findall(r'<h3 id="visit-\d+">Noor de Vries (\d)</h3>', shown)
    assert names == ["4", "2", "1", "3", "6", "5"]
    assert "Veldstraat 3, 1234AB Zonnig Dorp" in shown
    assert (
        "2 bezoeken komen nog, 1 bewoner wacht op een afspraak, van 1 bezoek weten we nog niet hoe het ging." in shown
    )
    assert "Wat je hier invult, ziet Hoomdossier niet." in shown


def test_nothing_that_a_coach_does_not_need(link: Machine) -> None:
    resident(1, person=Person(first_name="Noor", last_name="Vos", email="noor@example.org", phone="0612345678"))
    shown = show(link)
    assert "Noor Vos" in shown
    assert "noor@example.org" not in shown
    assert "0612345678" not in shown


@pytest.mark.parametrize(
    "changes",
    [
        visited(31), gone(5, ago=31), {"is_coach": True},
        {"milestones": Milestones(removed=SIGNED_UP), **gone(5, ago=1)},
        {"wants_visit": False}, {"visit_coach": None},
    ],
    ids=["long done", "long cancelled", "a coach", "removed", "wants no visit", "no coach"],
)  # fmt: skip
def test_who_is_not_there(link: Machine, changes: dict[str, Any]) -> None:
    resident(1, **changes)
    assert "Noor" not in show(link)


def test_without_name_and_address_the_number_is_left_and_a_web_address_never_shows(link: Machine) -> None:
    resident(1, person=Person(), address=Address())
    resident(2, person=Person(last_name="http://kwaad.example/x"), address=Address(street="www.kwaad.example"))
    shown = show(link)
    assert "Contact 1001" in shown
    assert "kwaad" not in shown


def test_a_name_is_text_and_no_html(link: Machine) -> None:
    resident(1, person=Person(first_name="<b>Noor", last_name="&"))
    assert "<b>Noor" not in show(link)


def test_it_is_never_kept_or_found_and_has_nothing_from_other_hosts(link: Machine) -> None:
    resident(1)
    answer = link.get("serve-feed", path(), headers=BROWSER)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    policy = answer.headers["Content-Security-Policy"]
    assert re.fullmatch(
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; style-src 'sha256-[^']+'",
        policy,
    )
    assert "http" not in re.sub(r'datetime="[^"]+"', "", answer.text)
    assert HEADERS.keys() <= {name.title() for name in answer.headers}


def test_it_speaks_english_too(link: Machine) -> None:
    resident(1, **dated(2))
    shown = show(link, "?lang=en")
    assert '<html lang="en">' in shown
    assert "Hoomdossier does not see what you enter here." in shown
    answer = link.post("serve-feed", path() + "?lang=en", data={"contact": "1001", "seen": "1", "entry": "cancel"})
    assert "Choose why the visit does not take place." in answer.text


# -- who ---------------------------------------------------------------------------------------------------------------


def test_the_address_of_a_calendar_opens_no_page_and_the_other_way_round(link: Machine) -> None:
    page, calendar = secret(), secret(purpose="calendar")
    assert page != calendar
    assert link.get("serve-feed", f"/{COOPERATION}/coach/{calendar}").status_code == 404
    assert link.get("serve-feed", f"/{COOPERATION}/calendar/{page}.ics").status_code == 404
    assert link.get("serve-feed", f"/{COOPERATION}/calendar/{calendar}.ics").status_code == 200


def test_only_who_knows_the_address_gets_in(link: Machine) -> None:
    resident(1)
    everybody = secret(purpose="calendar") and token_of(salt_of(store(), COOPERATION), "all", "coach-page")
    wrong = ("x", "x" * 22, "é", "%ED%A0%80", "%00", secret()[:-1], f"{secret()}é", str(everybody))
    for one, cooperation in (*((it, COOPERATION) for it in wrong), (secret(), "meer-energie"), ("é", "x")):
        for method in ("GET", "POST"):
            address = link.url("serve-feed", f"/{cooperation}/coach/{one}")
            answer = link.http.request(method, address, headers=BROWSER)
            assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
            assert "Noor" not in answer.text
            program = link.http.request(method, address)
            assert program.headers["Content-Type"] == "application/problem+json"


def test_of_another_cooperation_it_is_the_same_404(link: Machine) -> None:
    answers = {
        link.get("serve-feed", f"/{cooperation}/coach/{'x' * 22}").text for cooperation in (COOPERATION, "nergens")
    }
    assert len(answers) == 1


def test_a_page_that_was_revoked_while_it_was_open(link: Machine) -> None:
    resident(1)
    old = secret()
    revoke(store(), COOPERATION, str(COACH), "coach-page")
    assert enter(link, of=old).status_code == 404
    assert appointment() is None
    assert link.get("serve-feed", f"/{COOPERATION}/calendar/{secret(purpose='calendar')}.ics").status_code == 200
    remake(store(), COOPERATION, str(COACH), "coach-page")
    assert enter(link, of=old).status_code == 404
    assert enter(link).status_code == 303
    assert appointment() == f"{DAY} 10:30:00"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://kwaad.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://["},
    ],
)  # fmt: skip
def test_another_site_cannot_send_it(link: Machine, headers: dict[str, str]) -> None:
    resident(1)
    answer = enter(link, headers=headers)
    assert answer.status_code == 403
    assert "Dit kan vanaf hier niet" in answer.text
    assert appointment() is None


@pytest.mark.parametrize(
    "at", ["calendar/x.ics", "journeys.csv", "journeys.jsonl", "odata/", "odata/Journeys", "coach"]
)
def test_nothing_can_be_sent_anywhere_else(link: Machine, at: str) -> None:
    answer = link.post("serve-feed", f"/{COOPERATION}/{at}", data={"contact": "1001"})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_no_other_method(link: Machine, method: str) -> None:
    assert link.http.request(method, link.url("serve-feed", path())).status_code == 405


# -- what is sent --------------------------------------------------------------------------------------------------------


def test_after_a_change_the_page_can_be_loaded_again(link: Machine) -> None:
    resident(1)
    answer = enter(link)
    assert answer.status_code == 303
    shown = link.http.get(httpx.URL(link.base).join(answer.headers["Location"]), headers=BROWSER)
    assert "Noor de Vries 1: De afspraak is opgeslagen." in " ".join(shown.text.split())
    assert len(list(wiring.services().audit.records.all())) == 1


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"date": ""}, "date", "Vul de datum van het bezoek in."),
        ({"date": "2027-02-30"}, "date", "Deze datum bestaat niet"),
        ({"date": "morgen"}, "date", "Deze datum bestaat niet"),
        ({"date": "2099-01-01"}, "date", "Deze datum is meer dan twee jaar van nu."),
        ({"date": "0207-01-01"}, "date", "Deze datum is meer dan twee jaar van nu."),
        ({"time": ""}, "time", "Vul de tijd in."),
        ({"time": "25:00"}, "time", "Deze tijd is niet te lezen."),
        ({"time": "half elf"}, "time", "Deze tijd is niet te lezen."),
        ({"time": "00:00"}, "time", "Middernacht kan niet."),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_stored(
    link: Machine, typed: dict[str, str], field: str, told: str
) -> None:
    resident(1)
    answer = enter(link, **typed)
    assert answer.status_code == 422
    shown = " ".join(answer.text.split())
    assert "<title>Fout: " in shown
    assert re.search(rf'role="alert"[^>]*>.*<a href="#{field}-1001">{re.escape(told)}', shown)
    assert f'id="{field}-1001-wrong">{told}' in shown
    assert re.search(rf'<input[^>]* id="{field}-1001"[^>]* aria-invalid="true"', shown)
    assert "<details open>" in shown
    kept = {"date": DAY, "time": "10:30"} | typed
    assert all(f'value="{text}"' in shown for text in kept.values())
    assert appointment() is None


def test_a_reason_has_to_be_chosen(link: Machine) -> None:
    resident(1, **dated(2))
    for reason in ("", "omdat"):
        answer = enter(link, entry="cancel", reason=reason, seen="1")
        assert answer.status_code == 422
        assert "Kies waarom het bezoek niet doorgaat." in answer.text


@pytest.mark.parametrize(
    ("text", "building"),
    [
        ("501", 501), ("https://x.hoomdossier.nl/buildings/show/501", 501), ("/buildings/show/501/", 501),
        ("https://x.hoomdossier.nl/nl/cooperatie/coach/buildings/show/501?tab=2#x", 501), (" 501 ", 501),
        ("", None), ("https://x.hoomdossier.nl/buildings/501", None), ("nul", None), ("0", None), ("9" * 17, None),
        ("https://x.hoomdossier.nl/buildings/show/", None),
    ],
)  # fmt: skip
def test_the_home_is_asked_once(link: Machine, text: str, building: int | None) -> None:
    resident(1, building_id=None)
    assert "Plak hier het internetadres van dit dossier in Hoomdossier" in show(link)
    answer = enter(link, building=text)
    assert answer.status_code == (303 if building else 422)
    known = wiring.services().records(Resident).get(of_contact(COOPERATION, ContactId(1001)))
    assert known
    assert known.building_id == building
    assert ("Plak hier het internetadres van dit dossier" in show(link)) == (building is None)


def test_a_home_of_somebody_else_is_refused(link: Machine) -> None:
    """As far as a resident, or the events of that home, say so."""
    resident(1, building_id=None)
    resident(2)
    store_home(503, contact_id=ContactId(1003), account_id=None)
    store_home(504, contact_id=None, account_id=704)
    for building in ("502", "503", "504"):
        answer = enter(link, building=building)
        assert answer.status_code == 422
        assert "Deze woning hoort bij een andere bewoner." in answer.text
    store_home(505, contact_id=ContactId(1001), account_id=701)
    assert "said=date" in enter(link, building="505").headers["Location"]


def test_after_a_dossier_that_was_removed_the_new_one_begins_anew(link: Machine) -> None:
    resident(1, building_id=None, visit_building_id=499, visit_version=3)
    assert 'name="seen" value="0"' in show(link)
    assert "said=date" in enter(link, building="501").headers["Location"]


def test_econobis_gets_this_coach_first_and_then_those_who_are_linked(link: Machine) -> None:
    resident(1, visit_coach=None, named_coach=COACH)
    store_home(501, contact_id=ContactId(1001), account_id=701, coaches=[3, COACH])
    assert enter(link).status_code == 303
    relay = wiring.services().records(Relay).get(of_building(COOPERATION, 501))
    assert relay
    sent = relay.items["appointment"].payload or {}
    assert [coach["contact_id"] for coach in sent["coaches"]] == [COACH, 3]


def store_home(building_id: int, **known: Any) -> None:
    relay = Relay(cooperation=COOPERATION, building_id=building_id, state="done", accepted_at=SIGNED_UP, **known)
    wiring.services().records(Relay).create(of_building(COOPERATION, building_id), relay)


@pytest.mark.parametrize("text", ["3-3-2027", "03/03/2027", "3.3.2027"])
def test_a_browser_without_a_field_for_dates(link: Machine, text: str) -> None:
    resident(1)
    assert enter(link, date=text, time="9.05").status_code == 303
    assert appointment() == "2027-03-03 09:05:00"


def test_an_hour_that_the_clock_skips(link: Machine) -> None:
    resident(1)
    assert enter(link, date="2027-03-28", time="02:30").status_code == 303
    assert appointment() == "2027-03-28 03:30:00"


def test_with_the_tick_the_time_does_not_count(link: Machine) -> None:
    resident(1)
    assert enter(link, no_time="1", time="onzin").status_code == 303
    assert appointment() == f"{DAY} 00:00:00"
    assert "Tijd nog niet bekend</p>" in show(link)


@pytest.mark.parametrize(
    "typed",
    [
        {"contact": ""}, {"contact": "x"}, {"contact": "1001 or 1"}, {"seen": ""}, {"seen": "-1"}, {"seen": "1" * 99},
        {"entry": ""}, {"entry": "delete"},
    ],
)  # fmt: skip
def test_what_is_no_form_of_ours(link: Machine, typed: dict[str, str]) -> None:
    resident(1)
    answer = enter(link, **typed)
    assert answer.status_code == 400
    assert "Dit formulier kunnen we niet lezen." in answer.text
    assert appointment() is None


def test_a_large_body_is_refused_in_words(link: Machine) -> None:
    resident(1)
    answer = enter(link, building="x" * 5000)
    assert answer.status_code == 413
    assert "Dit is te groot" in answer.text


def test_who_has_the_address_cannot_flood_econobis(link: Machine) -> None:
    resident(1)
    for number in range(HOURLY.most):
        answer = enter(link, seen=str(number), time=f"10:{number % 60:02}")
        assert answer.status_code == 303
    last = enter(link, time="11:00")
    assert last.status_code == 429
    assert "Nu even te veel" in last.text
    assert int(last.headers["Retry-After"]) > 0
    assert show(link)  # Reading goes on.
    resident(2, visit_coach=OTHER)
    assert enter(link, 2, of=secret(OTHER)).status_code == 303


# -- at once, and while the store is away --------------------------------------------------------------------------------


def test_two_tabs_at_the_same_moment(link: Machine) -> None:
    """One is stored; the other hears that something changed, or that it stood there already."""
    resident(1)
    said: list[str] = []

    def send(time: str) -> None:
        said.append(enter(link, time=time).headers.get("Location", "").partition("said=")[2].partition("&")[0])

    for times, expected in ((("10:00", "11:00"), ["date", "newer"]), (("10:00", "10:00"), [])):
        threads = [threading.Thread(target=send, args=(time,)) for time in times]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not expected or sorted(said) == expected
    audit = list(wiring.services().audit.records.all())
    assert len([line for _, line in audit if line.action == "enter_visit"]) == 1


@pytest.mark.parametrize("in_store", ["sqlite"], indirect=True)
def test_a_store_that_is_away_loses_nothing_silently(link: Machine) -> None:
    """What was typed stands in the page, to send again with one button."""
    resident(1)
    show(link)
    with store_away(link):
        answer = enter(link)
    assert answer.status_code == 503
    shown = " ".join(answer.text.split())
    assert "Dit lukt nu even niet" in shown
    assert "Misschien is het niet opgeslagen." in shown
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown))
    assert again == {"contact": "1001", "seen": "0", "entry": "date", "date": DAY, "time": "10:30"}
    assert appointment() is None
    assert link.post("serve-feed", path(), data=again).status_code == 303
    assert appointment() == f"{DAY} 10:30:00"


def test_a_moment_in_the_past_waits_for_how_it_went(link: Machine) -> None:
    resident(1)
    yesterday = day_of(utc_now() - timedelta(days=1)).isoformat()
    assert enter(link, date=yesterday).status_code == 303
    assert "<h2>Vertel hoe het ging</h2>" in show(link)
    assert enter(link, entry="tell", seen="1").status_code == 303
    assert "<h2>Geweest</h2>" in show(link)
    relay = wiring.services().records(Relay).get(of_building(COOPERATION, 501))
    assert relay
    assert relay.executed
    assert from_amsterdam(relay.appointment or "") < utc_now()


def test_a_visit_to_come_cannot_be_told(link: Machine) -> None:
    resident(1)
    enter(link)
    assert "said=newer" in enter(link, entry="tell", seen="1").headers["Location"]
    assert "Hoe ging het?" not in show(link)


# -- what the coordinator reads of it --------------------------------------------------------------------------------------

STAFF = {"Cookie": "dossierlink_as=coordinator@zonnig-dorp.example"}


def test_the_coordinator_reads_who_entered_what_and_why_a_visit_was_cancelled(link: Machine) -> None:
    resident(1)
    enter(link)
    enter(link, entry="cancel", reason="unreachable", seen="1")
    shown = {
        page: " ".join(link.get("show-staff", f"/{COOPERATION}/{page}", headers=STAFF).text.split())
        for page in ("audit", "residents/1001")
    }
    assert "vulde op de coachpagina een bezoek in: " in shown["audit"]
    assert "zegde op de coachpagina een bezoek af: bewoner niet bereikbaar" in shown["audit"]
    assert ">cora@zonnig-dorp.example</a>" in shown["audit"]
    story = shown["residents/1001"]
    assert "cora@zonnig-dorp.example vulde op de coachpagina een bezoek in: " in story
    assert "cora@zonnig-dorp.example zegde op de coachpagina het bezoek af: bewoner niet bereikbaar." in story
    assert "Uit Hoomdossier kwam" not in story
