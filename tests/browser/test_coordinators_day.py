"""The day of a coordinator who never saw these pages, by keyboard only, at 320 px, without JavaScript, in both languages.

How many residents have waited for a coach for longer than two weeks? Why has De Vries no dossier? And mend it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from tests.browser.checks import assert_fits
from tests.browser.keyboard import follow, go_to
from tests.browser.visits import NARROW, Visits

pytestmark = pytest.mark.xdist_group("campaign")

COOPERATION = "zonnig-dorp"
FIRST = f"/functions/show-staff/{COOPERATION}/?as=coordinator@{COOPERATION}.example"


@dataclass(frozen=True)
class Words:
    """What the buttons and links are called, in one language."""

    language: str
    waits: str
    found: str
    residents: str
    search: str
    exists: str
    letter: str
    account: str
    save: str
    settled: str


WORDS = (
    Words(
        language="nl",
        waits=r"(\d+) bewoners wachten op een coach",
        found=r"(\d+) bewoners wachten langer dan 14 dagen op een coach",
        residents="Bewoners",
        search="Zoek",
        exists="Dossier bestaat al",
        letter="De bewoner krijgt dan de welkomstbrief, als die nog niet verstuurd is.",
        account="Account-id in Hoomdossier",
        save="Account-id opslaan",
        settled="Het account-id staat erbij.",
    ),
    Words(
        language="en",
        waits=r"(\d+) residents wait for a coach",
        found=r"(\d+) residents have waited for a coach for longer than 14 days",
        residents="Residents",
        search="Search",
        exists="The dossier exists",
        letter="The resident then gets the welcome letter, if it was not sent yet.",
        account="Account id in Hoomdossier",
        save="Save the account id",
        settled="The account id was added.",
    ),
)


@pytest.mark.parametrize("words", WORDS, ids=[it.language for it in WORDS])
def test_the_coordinators_questions_are_answered_and_mended(campaign_visits: Visits, words: Words) -> None:
    page = campaign_visits.open(FIRST, width=NARROW, javascript=False, language=words.language)
    assert_fits(page)
    waiting = _number(page, words.waits)
    assert waiting > 1
    follow(page, re.search(words.waits + "[^\n]*", page.locator("main").inner_text())[0].strip())
    assert _number(page, words.found) == waiting  # The list has as many as the number that led to it.
    assert_fits(page)
    _mend(page, words)


def _mend(page: Page, words: Words) -> None:
    """A resident named De Vries for whom Hoomdossier refused a dossier; there are two, one for each language."""
    follow(page, words.residents)
    go_to(page, words.search)
    page.keyboard.type("De Vries")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    stuck = page.locator("tr", has=page.locator(".bad")).first.get_by_role("link").first
    follow(page, stuck.inner_text(), address=stuck.get_attribute("href") or "")
    assert "E-mailadres is al in gebruik." in page.locator("main").inner_text()  # Hoomdossier's own words
    assert_fits(page)
    follow(page, words.exists)
    assert words.letter in page.locator("main").inner_text()
    go_to(page, words.account)
    page.keyboard.type("987654" if words.language == "nl" else "987655")
    follow(page, words.save)
    said = page.get_by_role("status").filter(has_text=words.settled).first
    assert said.is_visible()


def _number(page: Page, pattern: str) -> int:
    found = re.search(pattern, " ".join(page.locator("main").inner_text().split()))
    assert found, page.locator("main").inner_text()
    return int(found[1])
