"""The pages of a local run: the first page, the sign-up pages, the stand-ins of both peers, the mailbox and the queue."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from infra.local.demo.client import Client, eventually
from tests.browser.checks import assert_accessible, assert_fits, at_width, screenshot
from tests.browser.keyboard import follow, go_to, stops
from tests.browser.visits import NARROW, Visits

COOPERATION = "zonnig-dorp"
EMAIL = "geertruida@example.org"
SIGN_UP = {
    "voornaam": "Geertruida", "tussenvoegsel": "van den", "achternaam": "Oosterbroek-Wijngaarden", "emailadres": EMAIL,
    "telefoonnummer": "0612345678", "adres_postcode": "1234 AB", "adres_huisnummer": "5",
    "intake_opmerkingen_bewoner": "Mijn zolder is koud en de kruipruimte staat soms onder water.",
    "akkoord_privacybeleid": "ja",
}  # fmt: skip
BELGIAN = {
    **SIGN_UP, "emailadres": "lotte@example.org", "telefoonnummer": "0470123456", "adres_straat": "Meir",
    "adres_postcode": "2000", "adres_plaats": "Antwerpen",
}  # fmt: skip
SJOERD = {
    "Voornaam": "Sjoerd", "Achternaam": "Dijkstra", "E-mailadres": "sjoerd@example.org", "Postcode": "1234 AB",
    "Huisnummer": "7",
}  # fmt: skip
BETWEEN = 900  # CSS pixels: the narrowest on which tables are not yet cards
COACH, COACH_USER = 11, 8011  # Econobis' contact, Hoomdossier's user
SIGN_UP_PAGE = f"/functions/receive-webform/{COOPERATION}/aanmelden"
HREFS = "(links) => links.map((link) => link.href)"


@pytest.fixture(scope="module")
def pages(base: str) -> dict[str, str]:
    """Name → address of every page, filled by one resident with a coach, an appointment, a plan and letters."""
    client = Client(base)
    client.http.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", json=SIGN_UP).raise_for_status()
    contact = eventually("no contact", client.contact_id, COOPERATION, EMAIL)
    eventually("no dossier", client.account_id, COOPERATION, contact)
    building = dossier(client, contact)["building"]
    visit(client, contact)
    eventually("no coach", client.is_linked, COOPERATION, building, COACH)
    buildings = f"/hoomdossier/{COOPERATION}/buildings/{building}"
    client.http.post(f"{buildings}/appointment", data={"appointment_date": "2030-12-01T10:00"})
    client.http.post(f"{buildings}/plan", data={"measure": ["crack-sealing"], "comment_coach": "Kruipruimte is droog"})
    wait_in_queue(client)
    letter = eventually("no letter about the appointment", appointment_letter, client, EMAIL)
    client.http.close()
    return {
        "first": "/",
        "form": SIGN_UP_PAGE,
        "form-market": f"/functions/receive-webform/{COOPERATION}/wijkmarkt",
        "form-belgium": "/functions/receive-webform/meer-energie/aanmelden",
        "thanks": f"{SIGN_UP_PAGE}/thanks",
        "econobis": f"/econobis/{COOPERATION}/",
        "econobis-contact": f"/econobis/{COOPERATION}/contacts/{contact}",
        "hoomdossier": f"/hoomdossier/{COOPERATION}/",
        "hoomdossier-empty": "/hoomdossier/meer-energie/",
        "hoomdossier-building": buildings,
        "hoomdossier-coaches": f"/hoomdossier/{COOPERATION}/coaches",
        "hoomdossier-coach": f"/hoomdossier/{COOPERATION}/coaches/{COACH_USER}",
        "hoomdossier-coach-list": f"/hoomdossier/{COOPERATION}/coaches/{COACH_USER}/buildings",
        "hoomdossier-reports": f"/hoomdossier/{COOPERATION}/reports",
        "mailbox": "/mail/",
        "mailbox-letter": f"/mail/{letter}",
        "queue": "/queue/",
    }


def dossier(client: Client, contact: int) -> dict[str, Any]:
    return eventually("no building", client.dossier, COOPERATION, contact)


def visit(client: Client, contact: int) -> None:
    """An employee plans a visit, which links the coach."""
    state = client.econobis(COOPERATION)
    (intake,) = [row["id"] for row in state["intakes"] if row["contact_id"] == contact]
    (opportunity,) = [row["id"] for row in state["opportunities"] if row["intake_id"] == intake]
    form = {"opportunity_id": opportunity, "coach_id": COACH, "date": "2030-12-01", "time": "10:00"}
    assert client.http.post(f"/econobis/{COOPERATION}/contacts/{contact}/visit", data=form).status_code == 303


def wait_in_queue(client: Client) -> None:
    """A sign-up waits, because Econobis is away for a while."""
    other = "meer-energie"
    client.add_fault("econobis", other, {"match": "webform", "kind": "status", "status": 503, "times": 1000})
    client.http.post(f"/functions/receive-webform/{other}/aanmelden", json=BELGIAN).raise_for_status()
    eventually("the sign-up does not wait", lambda: "submissions-" in client.http.get("/queue/").text)


def appointment_letter(client: Client, email: str) -> int | None:
    return next((letter["id"] for letter in client.letters_to(email) if letter["calendar"]), None)


PLAYED = (
    "first", "econobis", "econobis-contact", "hoomdossier", "hoomdossier-empty", "hoomdossier-building",
    "hoomdossier-coaches", "hoomdossier-coach", "hoomdossier-coach-list", "hoomdossier-reports", "mailbox",
    "mailbox-letter", "queue",
)  # fmt: skip
OURS = ("form", "form-market", "form-belgium", "thanks")


@pytest.mark.parametrize("name", PLAYED + OURS)
def test_a_page_works_on_every_screen(visits: Visits, pages: dict[str, str], name: str) -> None:
    """Wide and light, narrow and dark: axe finds nothing, and nothing scrolls sideways, between them neither."""
    page = visits.open(pages[name])
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"local-{name}-wide")
    at_width(page, BETWEEN)
    at_width(page, NARROW)
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)
    screenshot(page, f"local-{name}-narrow-dark")


@pytest.mark.parametrize("name", PLAYED)
def test_a_page_works_by_keyboard(visits: Visits, pages: dict[str, str], name: str) -> None:
    """Tab comes to every link, field and button in turn, and shows where it is."""
    page = visits.open(pages[name])
    places = page.locator(
        ":is(a, button, input, select, textarea, summary, iframe):visible:not([tabindex='-1'])"
    ).count()
    reached = stops(page)
    assert reached[:2] == ["Naar de inhoud", "Begin"]
    assert len(reached) >= places


@pytest.mark.xdist_group("campaign")
@pytest.mark.parametrize("place", [f"/econobis/{COOPERATION}/", f"/hoomdossier/{COOPERATION}/"])
def test_a_long_list_is_searched_and_leafed_through_by_keyboard(campaign_visits: Visits, place: str) -> None:
    page = campaign_visits.open(place, width=NARROW, javascript=False)
    rows = page.locator("table").first.locator("tbody tr")
    addresses = set(rows.locator("a").evaluate_all(HREFS))
    assert len(addresses) == 50
    follow(page, "Volgende")
    following = set(rows.locator("a").evaluate_all(HREFS))
    assert len(following - addresses) == 50
    go_to(page, page.locator("label[for=q]").inner_text())
    page.keyboard.type("1234")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert rows.count() == 1
    assert_fits(page)
    page = campaign_visits.open(place)
    assert_accessible(page)
    screenshot(page, f"local-campaign-{place.split('/')[1]}-wide")


def test_the_addresses_for_programs_on_the_first_page_open(base: str) -> None:
    with httpx.Client(auth=("powerbi", f"demo-{COOPERATION}-feed"), trust_env=False) as program:
        shown = re.findall(f"<code>(http[^<]+/{COOPERATION}/[^<]+)</code>", program.get(base).text)
        assert len(shown) > 4
        assert {program.get(address).status_code for address in shown} == {200}


def test_the_first_page_leads_with_the_staff_pages(visits: Visits, pages: dict[str, str]) -> None:
    page = visits.open(pages["first"])
    first = page.locator("main a").first
    assert first.get_attribute("href") == f"/functions/show-staff/{COOPERATION}/?as=coordinator@{COOPERATION}.example"


def test_the_sign_up_page_asks_the_stand_in_of_the_register_of_addresses(visits: Visits, client: Client) -> None:
    page = visits.open(SIGN_UP_PAGE)
    page.get_by_label("Postcode").fill("1234 AC")
    page.get_by_label("Huisnummer").fill("3")
    expect(page.get_by_label("Straat")).to_have_value("Windhof")
    expect(page.get_by_label("Woonplaats")).to_have_value("Zonnig Dorp")
    assert "postcode:1234AC and huisnummer:3" in client.http.get("/pdok/_received").json()


def test_the_belgian_page_speaks_of_bus_and_municipality(visits: Visits, pages: dict[str, str]) -> None:
    page = visits.open(pages["form-belgium"])
    for label in ("Bus", "Straat", "Gemeente", "Is uw woning uw eigendom?"):
        assert page.get_by_text(label).first.is_visible(), label
    assert page.get_by_label("Gemeente").get_attribute("required") is not None
    assert page.get_by_label("Tussenvoegsel").count() == 0


def test_a_letter_has_no_barriers(visits: Visits, pages: dict[str, str], client: Client) -> None:
    """The letter alone: in the mailbox it is in a frame in which no script runs, so axe neither."""
    for letter in client.letters_to(EMAIL):
        page = visits.open("about:blank")
        page.set_content(letter["html"])
        assert_accessible(page, also=())
        at_width(page, NARROW)


def test_the_story_by_keyboard_on_a_narrow_screen_without_javascript(visits: Visits, client: Client) -> None:
    """A resident signs up, an employee links a coach, the coach makes an appointment, and the resident gets a letter."""
    page = visits.open(SIGN_UP_PAGE, width=NARROW, javascript=False)
    for label, text in SJOERD.items():
        go_to(page, label)
        page.keyboard.type(text)
    go_to(page, "Lagere kosten")
    page.keyboard.press("Space")
    go_to(page, "Wilt u nog iets vertellen? (niet verplicht)")
    page.keyboard.type("Bel na zes uur.")
    go_to(page, "Ja, Zonnig Dorp mag mijn gegevens gebruiken voor het energieadvies.")
    page.keyboard.press("Space")
    follow(page, "Aanmelden")
    assert page.locator("h1").inner_text() == "Bedankt voor uw aanmelding"
    assert page.get_by_text("Fijn dat u meedoet!").is_visible()

    contact = eventually("no contact", client.contact_id, COOPERATION, SJOERD["E-mailadres"])
    building = dossier(client, contact)["building"]
    page.goto(f"/econobis/{COOPERATION}/")
    follow(page, "Dijkstra, Sjoerd")
    assert page.get_by_text("Bel na zes uur.").first.is_visible()
    go_to(page, "Coach")
    page.keyboard.type("Coach, Cora")
    follow(page, "Kansactie opslaan")
    assert page.get_by_role("cell", name="Coach, Cora").is_visible()

    eventually("no coach", client.is_linked, COOPERATION, building, COACH)
    page.goto(f"/hoomdossier/{COOPERATION}/")
    follow(page, "Sjoerd Dijkstra")
    # By keyboard its parts stand in the order of the person's language, so this field is filled in at once.
    page.get_by_label("Datum en tijd").fill("2030-12-02T14:30")
    follow(page, "Bewaar afspraak")
    assert page.get_by_role("cell", name="02-12-2030 14:30").is_visible()

    eventually("no letter", appointment_letter, client, SJOERD["E-mailadres"])
    page.goto("/mail/")
    follow(page, page.get_by_role("link", name="maandag 2 december 2030").first.inner_text())
    assert "maandag 2 december 2030" in page.locator("h1").inner_text()
    assert_fits(page)
