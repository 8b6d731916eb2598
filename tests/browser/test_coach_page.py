"""The page of a coach in a browser: by keyboard, on a telephone, without JavaScript, light and dark, in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from shared import wiring
from shared.clock import utc_now
from shared.domain.keys import of_building
from shared.domain.local_time import AMSTERDAM, day_of
from shared.domain.relay import Relay
from shared.domain.resident import Milestones
from shared.work.calendar_addresses import remake, token_of
from shared.work.feed_salt import salt_of
from tests.browser.checks import assert_accessible, assert_at_each_width, assert_fits
from tests.browser.keyboard import follow, go_to, stops
from tests.browser.sign_up import store_away
from tests.browser.visits import NARROW, Visits, watched
from tests.feed.feeding import COOPERATION, feeding, store_waiting
from tests.world.functions_over_http import Machine

COACH = 11
SIGNED_UP = utc_now() - timedelta(days=10)
DAY = day_of(utc_now() + timedelta(days=45))
WAITS, AHEAD, TO_TELL, WITHOUT_HOME = 1, 2, 3, 4


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Machine]:
    """With a resident in each of the places of the page."""
    with feeding(tmp_path) as machine:
        soon = (
            (utc_now() + timedelta(days=3)).astimezone(AMSTERDAM).replace(hour=10, minute=30, second=0, microsecond=0)
        )
        resident(WAITS)
        resident(AHEAD, visit_at=soon, visit_version=0)
        resident(TO_TELL, visit_at=utc_now() - timedelta(days=2), visit_version=0)
        resident(WITHOUT_HOME, building_id=None)
        resident(5, account_id=None, building_id=None)
        resident(6, gone_visit_at=soon, visit_changed_at=utc_now())
        was = utc_now() - timedelta(days=4)
        resident(7, visit_at=was, milestones=Milestones(signed_up=SIGNED_UP, dossier=SIGNED_UP, visited=was))
        yield machine


def resident(number: int, **changes: Any) -> None:
    store_waiting(number, COACH, SIGNED_UP, **changes)


@pytest.fixture
def coaches(browser: Browser, link: Machine) -> Iterator[Visits]:
    """Coaches with a browser. No page may ask another host, or write an error to the console."""
    yield from watched(Visits(browser, link.base))


def opened(coaches: Visits, lang: str = "", **how: Any) -> Page:
    secret = token_of(salt_of(wiring.services().store, COOPERATION), str(COACH), "coach-page")
    path = f"{coaches.base}/functions/serve-feed/{COOPERATION}/coach/{secret}"
    return coaches.open(f"{path}{f'?lang={lang}' if lang else ''}", **how)


def card(page: Page, number: int) -> Locator:
    return page.locator(".visits > li").filter(has=page.get_by_role("heading", name=f"Noor de Vries {number}"))


def relay(number: int) -> Relay:
    found = wiring.services().records(Relay).get(of_building(COOPERATION, 500 + number))
    assert found
    return found


def fill(page: Page, number: int, *, day: str = DAY.isoformat(), time: str = "10:30") -> None:
    card(page, number).get_by_text(re.compile("Afspraak invullen|Verzetten")).click()
    card(page, number).get_by_label("Datum").fill(day)
    card(page, number).get_by_label("Tijd", exact=True).fill(time)


def save(page: Page, number: int) -> None:
    with page.expect_navigation():
        card(page, number).get_by_role("button", name=re.compile("opslaan")).click()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_page_has_no_barriers_in_any_state(coaches: Visits, lang: str, dark: bool) -> None:
    """As it opens, with a mistake, and after a change."""
    page, name = opened(coaches, lang, dark=dark), f"coach-{lang}{'-donker' * dark}"
    assert_at_each_width(page, name)
    page.locator(f"#visit-{1000 + WAITS} ~ details button").click()
    expect(page).to_have_title(re.compile("^(Fout|Error): "))
    coaches.expect("status of 422")
    expect(page.locator("[role=alert]")).to_be_focused()
    assert_at_each_width(page, f"{name}-fout")
    page.locator(f"#date-{1000 + WAITS}").fill(DAY.isoformat())
    page.locator(f"#time-{1000 + WAITS}").fill("10:30")
    page.locator(f"#visit-{1000 + WAITS} ~ details button").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert_at_each_width(page, f"{name}-opgeslagen")
    assert page.locator("html").get_attribute("lang") == lang


@pytest.mark.parametrize("javascript", [True, False])
def test_an_appointment_is_entered_by_keyboard_on_a_telephone(coaches: Visits, javascript: bool) -> None:
    page = opened(coaches, width=NARROW, javascript=javascript)
    go_to(page, f"Afspraak invullen: Noor de Vries {WAITS}")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(f"{DAY:%m%d%Y}")  # Headless Chromium asks for dates and times as Americans write them.
    go_to(page, "Tijd")
    page.keyboard.type("1030A")
    follow(page, "Afspraak opslaan")
    expect(page.get_by_role("status")).to_have_text(f"Noor de Vries {WAITS}: De afspraak is opgeslagen.")
    expect(card(page, WAITS).locator("time")).to_contain_text("om 10:30 uur")
    assert relay(WAITS).appointment == f"{DAY.isoformat()} 10:30:00"
    assert_fits(page)


def test_every_place_on_the_page_shows_its_focus(coaches: Visits) -> None:
    page = opened(coaches, width=NARROW)
    assert len(stops(page)) >= page.locator(":is(a, button, summary, input):visible").count()


def test_a_thumb_finds_what_it_presses(coaches: Visits) -> None:
    """WCAG 2.5.5: 44 pixels."""
    page = opened(coaches, width=NARROW)
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true })")
    for one in page.locator(":is(summary, button, input:not([type=hidden], [type=checkbox], [type=radio]))").all():
        box = one.bounding_box()
        assert box
        assert box["height"] >= 44, one.evaluate("(one) => one.outerHTML")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_visit_is_told_and_another_cancelled(coaches: Visits, javascript: bool) -> None:
    page = opened(coaches, width=NARROW, javascript=javascript)
    fill(page, WAITS)
    save(page, WAITS)
    card(page, WAITS).locator("summary", has_text="Afzeggen").click()
    card(page, WAITS).get_by_label("Bewoner niet bereikbaar").check()
    with page.expect_navigation():
        card(page, WAITS).get_by_role("button", name="Bezoek afzeggen").click()
    expect(page.get_by_role("status")).to_contain_text("Het bezoek is afgezegd.")
    assert relay(WAITS).appointment is None
    fill(page, WAITS, day=day_of(utc_now() - timedelta(days=1)).isoformat())
    save(page, WAITS)
    card(page, WAITS).get_by_text("Hoe ging het?").click()
    with page.expect_navigation():
        card(page, WAITS).get_by_role("button", name="Het bezoek is geweest").click()
    expect(page.get_by_role("status")).to_contain_text("Opgeslagen: het bezoek is geweest.")
    assert relay(WAITS).executed


def test_to_load_again_and_to_go_back_repeats_nothing(coaches: Visits) -> None:
    page = opened(coaches)
    fill(page, WAITS)
    save(page, WAITS)
    page.reload()
    assert relay(WAITS).items["appointment"].version == 1
    page.go_back()
    if not card(page, WAITS).get_by_label("Datum").is_visible():
        card(page, WAITS).get_by_text(re.compile("Afspraak invullen|Verzetten")).click()
    card(page, WAITS).get_by_label("Datum").fill(DAY.isoformat())
    card(page, WAITS).get_by_label("Tijd", exact=True).fill("10:30")
    save(page, WAITS)
    assert relay(WAITS).items["appointment"].version == 1


def test_a_double_click_is_one_change(coaches: Visits) -> None:
    page = opened(coaches)
    fill(page, WAITS)
    with page.expect_navigation():
        card(page, WAITS).get_by_role("button", name=re.compile("opslaan")).dblclick()
    page.wait_for_load_state()
    page.reload()
    expect(card(page, WAITS).locator("time")).to_contain_text("om 10:30 uur")
    assert relay(WAITS).items["appointment"].version == 1


def test_two_tabs(coaches: Visits) -> None:
    first, second = opened(coaches), opened(coaches)
    fill(first, WAITS)
    fill(second, WAITS, time="15:00")
    save(first, WAITS)
    save(second, WAITS)
    expect(second.get_by_role("alert")).to_contain_text("er is intussen iets veranderd")
    expect(card(second, WAITS).locator("time")).to_contain_text("om 10:30 uur")
    assert_accessible(second)
    assert relay(WAITS).appointment == f"{DAY.isoformat()} 10:30:00"


def test_the_home_is_pasted_once(coaches: Visits) -> None:
    page = opened(coaches, width=NARROW)
    fill(page, WITHOUT_HOME)
    address = card(page, WITHOUT_HOME).get_by_label("Plak hier het internetadres van dit dossier in Hoomdossier")
    save(page, WITHOUT_HOME)
    coaches.expect("status of 422")
    expect(page.get_by_role("alert")).to_contain_text("Plak hier het adres van het dossier")
    address.fill(f"https://zonnig.hoomdossier.nl/buildings/show/{500 + AHEAD}")
    save(page, WITHOUT_HOME)
    coaches.expect("status of 422")
    expect(page.get_by_role("alert")).to_contain_text("Deze woning hoort bij een andere bewoner.")
    address.fill("https://zonnig.hoomdossier.nl/buildings/show/504")
    save(page, WITHOUT_HOME)
    expect(page.get_by_role("status")).to_contain_text("De afspraak is opgeslagen.")
    expect(address).to_have_count(0)


def test_a_page_that_was_revoked_while_it_was_open(coaches: Visits) -> None:
    page = opened(coaches)
    fill(page, WAITS)
    remake(wiring.services().store, COOPERATION, str(COACH), "coach-page")
    save(page, WAITS)
    coaches.expect("status of 404")
    expect(page.locator("h1")).to_have_text("Dit adres werkt niet (meer)")
    assert_at_each_width(page, "coach-ingetrokken")


def test_what_was_typed_is_sent_again_when_the_store_is_back(coaches: Visits, link: Machine) -> None:
    page = opened(coaches, width=NARROW)
    fill(page, WAITS)
    with store_away(link):
        save(page, WAITS)
        coaches.expect("status of 503")
        expect(page.locator("h1")).to_have_text("Dit lukt nu even niet")
        assert_at_each_width(page, "coach-opslag-weg")
    with page.expect_navigation():
        page.get_by_role("button", name="Nu opnieuw versturen").click()
    expect(page.get_by_role("status")).to_contain_text("De afspraak is opgeslagen.")
    assert relay(WAITS).appointment == f"{DAY.isoformat()} 10:30:00"
