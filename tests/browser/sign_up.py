"""What the tests of the sign-up page and of its script share: forms, web sites around them, and residents.

The functions run in this process, so that a test can look in the store, lock it, and spoil the register of addresses.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from string import Template
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from werkzeug.wrappers import Response

from infra.standins.server import serving
from shared import wiring
from tests.browser.visits import Visits, watched
from tests.world.functions_over_http import Machine, running

NL, BE, FRAMED = "/zonnig-dorp/aanmelden", "/meer-energie/aanmelden", "/zonnig-dorp/ingesloten"
ANNA = {
    "voornaam": "Anna", "tussenvoegsel": "van den", "achternaam": "Berg", "email": "anna@voorbeeld.nl",
    "telefoonnummer": "06 12345678", "adres_postcode": "1234 AB", "adres_huisnummer": "12", "adres_toevoeging": "A",
}  # fmt: skip
LIEN = {
    "voornaam": "Lien", "achternaam": "Peeters", "emailadres": "lien@voorbeeld.be", "telefoonnummer": "0470 12 34 56",
    "adres_straat": "Meir", "adres_huisnummer": "5", "adres_postcode": "2000", "adres_plaats": "Antwerpen",
}  # fmt: skip
SETTINGS = """
cooperations:
  zonnig-dorp:
    name: Zonnig Dorp
    country: NL
    econobis: {url: "http://127.0.0.1:1/econobis", webform_key: env:ZONNIG_WEBFORM, event_key: env:ZONNIG_EVENTS}
    hoomdossier: {url: "http://127.0.0.1:1/api/v1", token: env:ZONNIG_REGISTER}
    callers: {econobis: [env:ZONNIG_ECONOBIS_NEW], hoomdossier: [env:ZONNIG_HOOMDOSSIER_NEW]}
    campaigns: {1: {name: Isolatie 2027}}
    forms:
      aanmelden:
        campaign: 1
        measures: [1]
        mapping: {email: emailadres}
        fields: [intake_motivatie_ids, contact_opmerkingen]
        honeypot: website
        websites: [127.0.0.1]
        limits: {per_form: 100000, per_email: 100000}
        page:
          intro: Samen maken we uw huis warm.
          privacy_page: https://www.zonnig-dorp.example/privacy
          contact: Bel 020 123 45 67, elke werkdag.
          questions:
            - field: intake_motivatie_ids
              label: Waarom doet u mee?
              choices: {"1": Lagere kosten, "2": Beter voor het klimaat}
            - field: contact_opmerkingen
              label: Wilt u nog iets kwijt?
              hint: Bijvoorbeeld wanneer u thuis bent.
          english: {intro: Together we make your home warm.}
      ingesloten:
        campaign: 1
        measures: [1]
        mapping: {email: emailadres}
        honeypot: website
        websites: [127.0.0.1]
        limits: {per_form: 100000, per_email: 100000}
        origins: ["$allowed"]
        page: {embed: true}
  meer-energie:
    name: Meer Energie
    country: BE
    econobis: {url: "http://127.0.0.1:1/econobis", webform_key: env:MEER_WEBFORM, event_key: env:MEER_EVENTS}
    hoomdossier: {url: "http://127.0.0.1:1/api/v1", token: env:MEER_REGISTER}
    callers: {econobis: [env:MEER_ECONOBIS], hoomdossier: [env:MEER_HOOMDOSSIER]}
    campaigns: {1: {name: Warme wijk}}
    forms:
      aanmelden:
        campaign: 1
        measures: [1]
        honeypot: website
        websites: [127.0.0.1]
        limits: {per_form: 100000, per_email: 100000}
"""


class Sites:
    """Two web sites that show the page in a frame: `allowed` is in the settings, `other` is not."""

    def __init__(self, allowed: str, other: str) -> None:
        self.allowed, self.other = allowed, other


def site(address: list[str]) -> Any:
    """A page with a link to the form, and with the form in a frame."""

    def answer(environ: Any, start: Any) -> Any:
        link = f'<a href="{address[0]}">Meld u aan</a>'
        frame = f'<iframe src="{address[0]}" title="Aanmelden" width="600" height="2000"></iframe>'
        page = f'<!doctype html><html lang="nl"><title>Zonnig Dorp</title><h1>Onze site</h1>{link}{frame}'
        return Response(page if environ["PATH_INFO"] == "/" else "", mimetype="text/html")(environ, start)

    return answer


@pytest.fixture(scope="module")
def running_link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, Sites]]:
    folder, framed = tmp_path_factory.mktemp("sign-up-page"), [""]
    with serving(site(framed)) as allowed, serving(site(framed)) as other:
        config = folder / "settings.yaml"
        config.write_text(Template(SETTINGS).substitute(allowed=allowed), encoding="utf-8")
        with running(folder, LINK_CONFIG=str(config)) as machine:
            framed[0] = machine.url("receive-webform", FRAMED)
            yield machine, Sites(allowed, other)


@pytest.fixture
def link(running_link: tuple[Machine, Sites]) -> Machine:
    """Every test starts with an empty store, and with a register of addresses that is there."""
    machine, _ = running_link
    wiring.address_register.cache_clear()
    with closing(sqlite3.connect(machine.state / "link.sqlite", isolation_level=None)) as store:
        if store.execute("SELECT 1 FROM sqlite_master WHERE name = 'documents'").fetchone():
            store.execute("DELETE FROM documents")
    machine.http.post(f"{machine.base}/pdok/_faults", json=[]).raise_for_status()
    return machine


@pytest.fixture
def residents(browser: Browser, link: Machine) -> Iterator[Visits]:
    """Residents with a browser. Afterwards no page may have asked another host, or written an error to the console."""
    yield from watched(Visits(browser, f"{link.base}/functions/receive-webform"))


def field(page: Page | Any, name: str) -> Locator:
    found: Locator = page.locator(f"[name='{name}']")
    return found


def fill_in(page: Page | Any, typed: dict[str, str], *, consent: bool = True) -> None:
    for name, value in typed.items():
        field(page, name).fill(value)
    if consent:
        field(page, "akkoord_privacybeleid").check()


def send(page: Page | Any) -> None:
    page.locator("main button[type=submit]").click()


def kept(link: Machine) -> list[dict[str, Any]]:
    """The sign-ups in the store."""
    return [it["sign_up"] for it in link.documents("submissions").values()]


def spoil(link: Machine, **fault: Any) -> None:
    link.http.post(f"{link.base}/pdok/_faults", json=[fault]).raise_for_status()


@contextmanager
def store_away(link: Machine) -> Iterator[None]:
    """Nobody else can write in the store."""
    with closing(sqlite3.connect(link.state / "link.sqlite", isolation_level=None)) as store:
        store.execute("BEGIN IMMEDIATE")
        yield


def assert_the_way_back_keeps_it(page: Page, link: Machine) -> None:
    """Who goes back after signing up finds what was typed, and may send it once more: it stays one sign-up."""
    fill_in(page, ANNA)
    send(page)
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    page.go_back()
    for name, value in ANNA.items():
        expect(field(page, name)).to_have_value(value)
    expect(page.locator("main button[type=submit]")).not_to_have_attribute("aria-disabled", "true")
    field(page, "telefoonnummer").fill("06 87654321")
    send(page)
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    assert len(kept(link)) == 1
