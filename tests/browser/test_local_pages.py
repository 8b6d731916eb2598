"""The pages of a local run: the first page, the form, the stand-ins of both peers, the mailbox and the queue."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.demo.client import Client, eventually
from tests.browser.checks import assert_accessible, at_width, screenshot
from tests.browser.keyboard import stops
from tests.browser.visits import NARROW, Visits

COOPERATION = "zonnig-dorp"
EMAIL = "geertruida@example.org"
SIGN_UP = {
    "voornaam": "Geertruida", "tussenvoegsel": "van den", "achternaam": "Oosterbroek-Wijngaarden", "emailadres": EMAIL,
    "telefoonnummer": "0612345678", "adres_postcode": "1234 AB", "adres_huisnummer": "5",
    "intake_opmerkingen_bewoner": "Mijn zolder is koud en de kruipruimte staat soms onder water.",
    "akkoord_privacybeleid": "ja",
}  # fmt: skip
COACH = 11


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
    letter = eventually("no letter about the appointment", appointment_letter, client)
    client.http.close()
    return {
        "first": "/",
        "form": f"/aanmelden/{COOPERATION}",
        "form-belgium": "/aanmelden/meer-energie",
        "thanks": "/bedankt",
        "corrections": "/nog-niet-goed?velden=adres_postcode,emailadres",
        "econobis": f"/econobis/{COOPERATION}/",
        "econobis-contact": f"/econobis/{COOPERATION}/contacts/{contact}",
        "hoomdossier": f"/hoomdossier/{COOPERATION}/",
        "hoomdossier-empty": "/hoomdossier/meer-energie/",
        "hoomdossier-building": buildings,
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


def appointment_letter(client: Client) -> int | None:
    return next((letter["id"] for letter in client.letters_to(EMAIL) if letter["calendar"]), None)


NAMES = (
    "first", "form", "form-belgium", "thanks", "corrections", "econobis", "econobis-contact", "hoomdossier",
    "hoomdossier-empty", "hoomdossier-building", "mailbox", "mailbox-letter", "queue",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_page_works_for_everybody(visits: Visits, pages: dict[str, str], name: str) -> None:
    """On a light and a dark screen, wide and narrow: axe finds nothing, and nothing scrolls sideways."""
    for dark in (False, True):
        page = visits.open(pages[name], dark=dark)
        theme = "dark" if dark else "light"
        screenshot(page, f"{name}-1280-{theme}")
        assert_accessible(page)
        at_width(page, NARROW)
        screenshot(page, f"{name}-320-{theme}")
        assert_accessible(page)
