"""The page with the addresses of the calendars: at both widths, light and dark, by keyboard, without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import assert_accessible, assert_at_each_width
from tests.browser.keyboard import go_to
from tests.browser.visits import Visits

CALENDARS = "/functions/show-staff/meer-energie/calendars?as=coordinator@meer-energie.example"
ALL = "Alle coaches samen"


def opened(page: Page, name: str = ALL) -> str:
    """The address in the panel of this name, whose choices are open now."""
    panel = page.get_by_role("region", name=name)
    panel.get_by_text("Intrekken of vernieuwen").press("Enter")
    return panel.get_by_label("Adres om te volgen").input_value()


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_is_accessible_at_each_width(visits: Visits, dark: bool) -> None:
    for lang in ("nl", "en"):
        page = visits.open(f"{CALENDARS}&lang={lang}", dark=dark)
        assert_at_each_width(page, f"agendas-{lang}{'-donker' if dark else ''}")


def test_an_address_is_copied_by_keyboard(visits: Visits) -> None:
    page = visits.open(CALENDARS)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go_to(page, f"Kopieer het adres van {ALL}")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text("Gekopieerd")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == page.get_by_role("region", name=ALL).get_by_label("Adres om te volgen").input_value()
    assert page.request.get(copied).text().startswith("BEGIN:VCALENDAR")


@pytest.mark.parametrize("javascript", [True, False])
def test_an_address_is_revoked_and_made_anew_by_keyboard(visits: Visits, javascript: bool) -> None:
    page = visits.open(CALENDARS, javascript=javascript)
    old = opened(page)
    page.get_by_role("region", name=ALL).get_by_role("button", name="Adres intrekken").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Het adres is ingetrokken.")).to_be_visible()
    assert page.request.get(old).status == 404
    if javascript:  # axe is a script.
        assert_accessible(page)
    page.get_by_role("region", name=ALL).get_by_role("button", name="Nieuw adres maken").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Er is een nieuw adres.")).to_be_visible()
    new = opened(page)
    assert new != old
    assert page.request.get(old).status == 404
    assert page.request.get(new).ok
