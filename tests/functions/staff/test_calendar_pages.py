"""The page with the addresses of calendars and of coaches' pages: shown, revoked, made anew, each with an audit line."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from functions.staff.csrf import make_token
from shared.work.calendar_addresses import ALL
from tests.world.functions_over_http import Machine

COORDINATOR, WORKER = "coordinator@zonnig-dorp.example", "werker@zonnig-dorp.example"
PAGE = "/zonnig-dorp/calendars"
COACH = "11"


def show(link: Machine, person: str = COORDINATOR, query: str = "") -> httpx.Response:
    return link.get("show-staff", PAGE + query, headers={"Cookie": f"dossierlink_as={person}"})


CALENDAR, COACH_PAGE = r'value="(http[^"]+\.ics)"', r'value="(http[^"]+/coach/[^"]+)"'


def addresses(link: Machine, form: str = CALENDAR) -> dict[str, str]:
    """Of each panel with an address: who it is of."""
    panels = re.findall(r'<h2 id="whose-\d+">([^<]+)</h2>(.*?)</section>', show(link).text, re.DOTALL)
    found = {name: re.search(form, panel) for name, panel in panels}
    assert len(found) >= 3
    return {name: it[1] for name, it in found.items() if it}


def send(link: Machine, action: str, calendar: str = COACH, generation: object = 1, **changes: str) -> httpx.Response:
    path = f"{PAGE}/{action}"
    form = {"token": make_token(COORDINATOR, path), "calendar": calendar, "generation": str(generation), **changes}
    return link.post("show-staff", path, data=form, headers={"Cookie": f"dossierlink_as={COORDINATOR}"})


def decided(link: Machine) -> list[tuple[str, str, int | None]]:
    lines = sorted(link.documents("audit").values(), key=lambda it: str(it["at"]))
    assert {it["by"] for it in lines} <= {COORDINATOR}
    return [(it["action"], it["about"], it.get("contact_id")) for it in lines]


def test_each_address_on_the_page_is_that_of_a_calendar(link: Machine) -> None:
    shown = addresses(link)
    assert "Alle coaches samen" in shown
    assert "Cora Coach" in shown
    assert len(set(shown.values())) == len(shown)
    for name, address in shown.items():
        answer = link.http.get(address)
        assert answer.status_code == 200, name
        assert (name in answer.text) == (name != "Alle coaches samen")


@pytest.mark.parametrize(
    ("form", "title"), [(CALENDAR, "Je huisbezoeken in je agenda"), (COACH_PAGE, "Je pagina met huisbezoeken")]
)
def test_a_letter_with_the_own_address_is_ready_for_each_coach(link: Machine, form: str, title: str) -> None:
    shown = addresses(link, form)
    letters = [urlsplit(unescape(it)) for it in re.findall(r'href="(mailto:[^"]+)"', show(link).text)]
    told = [(letter.path, parse_qs(letter.query)) for letter in letters if parse_qs(letter.query)["subject"] == [title]]
    assert len(told) == len(shown.keys() - {"Alle coaches samen"})
    for receiver, query in told:
        (body,) = query["body"]
        (name,) = re.findall(r"^Beste (.+),$", body, re.MULTILINE)
        assert f"\n\n{shown[name]}\n\n" in body
        assert receiver.removesuffix("@zonnig-dorp.example") in name.lower()


def test_it_says_how_late_an_agenda_looks(link: Machine) -> None:
    text = " ".join(show(link).text.split())
    assert "agenda’s om te volgen. Wie zo’n adres" in text
    for said in ("8 tot 24 uur", "3 tot 24 uur", "Via URL", "Abonneren via internet", "Voeg agenda-abonnement toe"):
        assert said in text


def test_an_address_is_revoked_and_made_anew(link: Machine) -> None:
    before = addresses(link)
    answer = send(link, "revoke")
    assert answer.status_code == 303
    said = link.http.get(
        httpx.URL(link.base).join(answer.headers["Location"]), headers={"Cookie": f"dossierlink_as={COORDINATOR}"}
    )
    assert "Cora Coach: Het adres is ingetrokken." in " ".join(said.text.split())
    assert addresses(link).keys() == before.keys() - {"Cora Coach"}
    assert link.http.get(before["Cora Coach"]).status_code == 404

    assert send(link, "remake", generation=-1).status_code == 303
    after = addresses(link)
    assert link.http.get(before["Cora Coach"]).status_code == 404
    assert link.http.get(after["Cora Coach"]).status_code == 200
    assert {name for name in before if before[name] != after[name]} == {"Cora Coach"}
    about = f"calendars/zonnig-dorp:{COACH}"
    assert decided(link) == [("revoke", about, 11), ("remake", about, 11)]


def test_the_page_of_a_coach_is_revoked_and_made_anew_by_itself(link: Machine) -> None:
    before, calendars = addresses(link, COACH_PAGE), addresses(link)
    assert "Alle coaches samen" not in before
    assert link.http.get(before["Cora Coach"]).status_code == 200
    assert "of=coach-page" in send(link, "revoke", purpose="coach-page").headers["Location"]
    assert addresses(link, COACH_PAGE).keys() == before.keys() - {"Cora Coach"}
    assert link.http.get(before["Cora Coach"]).status_code == 404
    assert send(link, "remake", generation=-1, purpose="coach-page").status_code == 303
    after = addresses(link, COACH_PAGE)
    assert link.http.get(before["Cora Coach"]).status_code == 404
    assert link.http.get(after["Cora Coach"]).status_code == 200
    assert {name for name in before if before[name] != after[name]} == {"Cora Coach"}
    assert addresses(link) == calendars
    about = f"coach_pages/zonnig-dorp:{COACH}"
    assert decided(link) == [("revoke", about, 11), ("remake", about, 11)]


@pytest.mark.parametrize("query", ["?said=revoked&about=99", "?said=revoked", "?about=11", "?said=x&about=11"])
def test_an_address_of_the_page_may_be_older_than_the_settings(link: Machine, query: str) -> None:
    """Who loads the page again after a coach left reads nothing of that coach."""
    answer = show(link, query=query)
    assert answer.status_code == 200
    assert 'class="said"' not in answer.text


def test_the_calendar_of_the_coordinator_names_no_contact(link: Machine) -> None:
    send(link, "remake", ALL)
    assert decided(link) == [("remake", "calendars/zonnig-dorp:all", None)]


@pytest.mark.parametrize("action", ["revoke", "remake"])
def test_to_send_the_same_page_twice_does_it_once(link: Machine, action: str) -> None:
    send(link, action)
    once = addresses(link)
    assert "said=already" in send(link, action).headers["Location"]
    assert addresses(link) == once
    assert len(decided(link)) == 1


@pytest.mark.parametrize(
    ("calendar", "generation"),
    [("99", "1"), ("", "1"), ("é", "1"), ("011", "1"), (COACH, ""), (COACH, "één"), (COACH, "9" * 30), (COACH, "1\n")],
)
def test_another_calendar_or_a_broken_form_changes_nothing(link: Machine, calendar: str, generation: str) -> None:
    before = addresses(link), link.versions()
    assert send(link, "revoke", calendar, generation).status_code == 404
    assert (addresses(link), link.versions()) == before


@pytest.mark.parametrize(("calendar", "purpose"), [(ALL, "coach-page"), (COACH, "page"), (COACH, "")])
def test_there_is_no_such_address(link: Machine, calendar: str, purpose: str) -> None:
    before = addresses(link), link.versions()
    assert send(link, "revoke", calendar, purpose=purpose).status_code == 404
    assert (addresses(link), link.versions()) == before


def test_only_who_manages_sees_an_address(link: Machine) -> None:
    answer = show(link, WORKER)
    assert answer.status_code == 403
    assert ".ics" not in answer.text
    other = link.get("show-staff", "/zonnig-dorp/", headers={"Cookie": f"dossierlink_as={WORKER}"}).text
    assert "/calendars" not in other
