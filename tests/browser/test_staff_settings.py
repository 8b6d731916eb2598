"""The settings page and a sign-up on trial in a browser: at all widths, by keyboard, with and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import assert_accessible, assert_at_each_width, at_width, screenshot
from tests.browser.keyboard import go_to, stops
from tests.browser.visits import Visits

AS = "?as=coordinator@zonnig-dorp.example"
SETTINGS = f"/functions/show-staff/zonnig-dorp/settings{AS}"
TRIAL = f"/functions/show-staff/zonnig-dorp/settings/forms/aanmelden{AS}"
TYPED = {
    "Voornaam": "Anna", "Achternaam": "Berg", "E-mailadres": "anna@example.org", "Postcode": "1234ab",
    "Huisnummer": "12 a",
}  # fmt: skip


def fill_in(page: Page, **changes: str) -> None:
    for label, value in {**TYPED, **changes}.items():
        page.get_by_label(label).first.fill(value)
    page.get_by_label("Akkoord met het privacybeleid").check()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("path", "name"), [(SETTINGS, "instellingen"), (TRIAL, "proef")])
def test_the_pages_are_accessible_at_each_width(visits: Visits, path: str, name: str, dark: bool) -> None:
    for lang in ("nl", "en"):
        page = visits.open(f"{path}&lang={lang}", dark=dark)
        assert_at_each_width(page, f"{name}-{lang}{'-donker' if dark else ''}")


def test_an_address_is_copied_by_keyboard_and_that_is_said(visits: Visits) -> None:
    page = visits.open(SETTINGS)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    field = page.get_by_label("Hoom link")
    go_to(page, "Kopieer Hoom link")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text("Gekopieerd")
    assert page.evaluate("() => navigator.clipboard.readText()") == field.input_value()
    assert field.input_value().endswith("/create-dossier/zonnig-dorp")


def test_without_javascript_an_address_can_be_selected(visits: Visits) -> None:
    page = visits.open(SETTINGS, javascript=False)
    assert page.get_by_role("button", name="Kopieer").count() == 0
    field = page.get_by_label("Hoom link")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("x")  # It cannot be changed.
    assert field.input_value().endswith("/create-dossier/zonnig-dorp")


def test_every_place_of_the_settings_shows_its_focus(visits: Visits) -> None:
    names = stops(visits.open(SETTINGS))
    assert "Probeer een aanmelding met aanmelden" in names
    assert "Kopieer Hoom bewoner/coach link" in names


@pytest.mark.parametrize("javascript", [True, False])
def test_a_sign_up_is_tried_from_the_settings_by_keyboard(visits: Visits, javascript: bool) -> None:
    page = visits.open(SETTINGS, javascript=javascript)
    page.get_by_role("link", name="Probeer een aanmelding met aanmelden").press("Enter")
    fill_in(page)
    page.get_by_role("button", name="Laat zien").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Er is niets verstuurd of bewaard.")).to_be_visible()
    expect(page.get_by_role("row", name="adres_toevoeging")).to_contain_text("uit een ander veld")
    if javascript:  # axe is a script.
        assert_accessible(page)
        screenshot(page, "proef-goed")
        at_width(page)


def test_a_mistake_is_reached_from_the_list_above(visits: Visits) -> None:
    page = visits.open(TRIAL)
    fill_in(page, Postcode="12")
    page.get_by_role("button", name="Laat zien").click()
    expect(page).to_have_title("Fout: Probeer een aanmelding · Zonnig Dorp")
    visits.expect("status of 422")
    assert_accessible(page)
    screenshot(page, "proef-fout")
    page.get_by_role("alert").get_by_role("link", name="Postcode").press("Enter")
    expect(page.get_by_label("Postcode")).to_be_focused()
    assert page.get_by_label("Postcode").get_attribute("aria-invalid") == "true"
    page.get_by_label("Postcode").fill("1234ab")
    page.get_by_role("button", name="Laat zien").click()
    expect(page.get_by_role("alert")).to_have_count(0)
