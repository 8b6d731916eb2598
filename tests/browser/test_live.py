"""A page that stays open follows what happens, and loses nothing of what somebody does on it meanwhile."""

from __future__ import annotations

import itertools
import re
import time
from contextlib import suppress
from string import ascii_lowercase

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as TookTooLong

from tests.browser.visits import Visits

STAFF = "/functions/show-staff"
PERSON = "coordinator@zonnig-dorp.example"
PAGE = f"{STAFF}/zonnig-dorp/campaigns/1?as={PERSON}"
LOOK = re.compile("/campaigns/1")
TURN = 16_000  # milliseconds: a little longer than between two looks
numbers = itertools.count(1)


def opened(visits: Visits, path: str = PAGE) -> Page:
    """With a clock of its own, which the test moves."""
    page = visits.open("/")
    page.clock.install()
    page.goto(path)
    return page


def look_again(page: Page, turn: int = TURN) -> int:
    """The page looks whether something happened. Returns the status of the answer.

    It sets the time of its next look after it read an answer, so a turn of the clock may come too early for it.
    """
    for _ in range(5):
        with suppress(TookTooLong), page.expect_response(LOOK, timeout=2_000) as looked:
            page.clock.fast_forward(turn)
            return looked.value.status
    raise AssertionError("the page did not look")


def until_quiet(page: Page) -> None:
    """Returns when the last work of the resident who signed up is done, so that nothing happens any more."""
    quiet = 0
    for _ in range(60):
        quiet = quiet + 1 if look_again(page) == 304 else 0
        if quiet == 5:
            return
        time.sleep(0.2)
    raise AssertionError("there is always something new")


def sign_up(visits: Visits) -> None:
    """Returns when the resident stands in the campaign."""
    number = next(numbers)
    typed = {
        "voornaam": "Live", "achternaam": f"Volger{ascii_lowercase[number]}", "email": f"volger{number}@example.org",
        "postcode": "1234AB", "huisnummer": str(700 + number), "akkoord_privacybeleid": "ja",
    }  # fmt: skip
    answer = httpx.post(f"{visits.base}/functions/receive-webform/zonnig-dorp/aanmelden", json=typed)
    assert answer.status_code == 202, answer.text
    query = {"campaign": "1", "q": typed["email"], "as": PERSON}
    for _ in range(100):  # Until Econobis has it, and the resident stands in the campaign.
        if re.search(r"/residents/\d", httpx.get(f"{visits.base}{STAFF}/zonnig-dorp/residents", params=query).text):
            return
        time.sleep(0.1)
    raise AssertionError("the sign-up never arrived")


def cell(page: Page) -> Locator:
    """Where the page says how many signed up."""
    return page.locator("#funnel-heading ~ .two tbody tr:first-child td").first


def signed_up(page: Page) -> int:
    return int(cell(page).inner_text().split()[0])


def test_it_follows_without_losing_place_focus_or_what_is_open(visits: Visits) -> None:
    sign_up(visits)
    page = opened(visits)
    before = signed_up(page)
    page.get_by_text("Als tabel").click()
    page.get_by_role("link", name="Instellingen").scroll_into_view_if_needed()
    link = page.locator("#campaign a").first
    link.focus()
    place = page.evaluate("scrollY")
    sign_up(visits)
    assert look_again(page) == 200
    expect(page.get_by_role("status")).to_contain_text("Bijgewerkt om")
    expect(cell(page)).to_contain_text(str(before + 1))
    expect(page.locator("#weeks-table")).to_have_attribute("open", "")
    expect(link).to_be_focused()
    assert page.evaluate("scrollY") == place


@pytest.mark.parametrize(
    ("old", "fresh", "changed"),
    [("aab", "aab", False), ("a", "aa", True), ("aab", "baa", True), ("aba", "ab", True), ("abc", "ca", True)],
)
def test_rows_with_the_same_link_all_stay(visits: Visits, old: str, fresh: str, changed: bool) -> None:
    sign_up(visits)
    page = opened(visits)
    code = """([old, fresh]) => {
        const list = (links) => {
            const made = document.createElement("ul");
            made.innerHTML = [...links].map((link, n) => `<li><a href="${link}">${link}${n}</a></li>`).join("");
            return made;
        };
        const shown = list(old), changed = bring(shown, list(fresh));
        return [changed, shown.innerHTML === list(fresh).innerHTML];
    }"""
    assert page.evaluate(code, [old, fresh]) == [changed, True]


def test_a_filter_that_is_being_chosen_stays(visits: Visits) -> None:
    sign_up(visits)
    page = opened(visits)
    page.get_by_label("Aangemeld", exact=True).select_option("13")
    sign_up(visits)
    look_again(page)
    expect(page.get_by_label("Aangemeld", exact=True)).to_have_value("13")


def test_what_is_selected_is_not_taken_away(visits: Visits) -> None:
    sign_up(visits)
    page = opened(visits)
    before = signed_up(page)
    page.locator("#campaign .lead").select_text()
    sign_up(visits)
    look_again(page)
    assert signed_up(page) == before
    page.evaluate("getSelection().removeAllRanges()")
    page.wait_for_timeout(200)  # The page sets its clock for the next look when it is done with this one.
    look_again(page)
    expect(cell(page)).to_contain_text(str(before + 1))


def test_nothing_is_said_or_sent_when_nothing_happened(visits: Visits) -> None:
    sign_up(visits)
    page = opened(visits)
    until_quiet(page)
    page.evaluate("document.getElementById('told').textContent = ''")
    statuses = set()
    for _ in range(4):
        statuses.add(look_again(page, 61_000))
    assert 304 in statuses
    expect(page.get_by_role("status")).to_have_text("")


def test_who_is_signed_out_reads_so_and_keeps_the_page(visits: Visits) -> None:
    sign_up(visits)
    page = opened(visits)
    shown = page.locator("#campaign").inner_text()
    page.evaluate("history.replaceState(null, '', location.pathname)")
    page.context.clear_cookies()
    assert look_again(page) == 401
    told = page.get_by_role("status")
    expect(told).to_contain_text("U bent uitgelogd.")
    expect(told.get_by_role("link", name="Log opnieuw in")).to_be_visible()
    assert page.locator("#campaign").inner_text() == shown
    page.wait_for_timeout(200)
    assert look_again(page) == 401
    page.wait_for_timeout(200)
    assert told.get_by_role("link").count() == 1
    visits.expect("401")


@pytest.mark.timed
def test_a_connection_that_is_gone_and_comes_back(visits: Visits) -> None:
    sign_up(visits)
    page = opened(visits)
    shown = page.locator("#campaign").inner_text()
    page.context.set_offline(True)
    page.clock.fast_forward(TURN)
    expect(page.get_by_role("status")).to_contain_text("Geen verbinding. Dit is de stand van")
    assert page.locator("#campaign").inner_text() == shown
    page.context.set_offline(False)
    look_again(page)
    expect(page.get_by_role("status")).to_contain_text("Bijgewerkt om")
    visits.expect("ERR_INTERNET_DISCONNECTED")


def test_a_hidden_tab_asks_nothing(visits: Visits) -> None:
    sign_up(visits)
    page = opened(visits)
    asked = []
    page.on("request", lambda request: "/campaigns/1" in request.url and asked.append(request.url))
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    page.clock.fast_forward(10 * TURN)
    page.wait_for_timeout(200)
    assert asked == []
