"""Every staff page, in a full campaign: no barriers, wide and narrow, light and dark, in both languages, by keyboard."""

from __future__ import annotations

import pytest

from tests.browser.checks import assert_accessible, assert_fits, at_width, screenshot
from tests.browser.keyboard import stops
from tests.browser.visits import NARROW, Visits

pytestmark = pytest.mark.xdist_group("campaign")

STAFF = "/functions/show-staff"
COOPERATION = "zonnig-dorp"
PAGES = {
    "needs-now": "",
    "campaigns": "campaigns",
    "campaign": "campaigns/1",
    "residents": "residents",
    "residents-found": "residents?q=jan",
    "residents-none": "residents?q=niemand",
    "resident": "residents/1100",
    "trouble": "trouble",
    "audit": "audit",
    "settings": "settings",
    "trial": "settings/forms/aanmelden",
}
LANGUAGES = ("nl", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_staff_page_works_for_everybody(campaign_visits: Visits, name: str, language: str) -> None:
    page = campaign_visits.open(f"{STAFF}/{COOPERATION}/?as=coordinator@{COOPERATION}.example", language=language)
    answer = page.goto(f"{STAFF}/{COOPERATION}/{PAGES[name]}")
    assert answer
    assert answer.status == 200
    assert page.locator("html").get_attribute("lang") == language
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"staff-{name}-{language}-wide")
    assert stops(page)
    at_width(page, NARROW)
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)
    screenshot(page, f"staff-{name}-{language}-narrow-dark")
