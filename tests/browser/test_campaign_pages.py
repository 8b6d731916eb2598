"""What needs staff now, the campaigns and a campaign, on every screen, in both languages, without JavaScript."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.checks import assert_accessible, assert_fits, at_width, screenshot
from tests.browser.keyboard import stops
from tests.browser.visits import NARROW, Visits

STAFF = "/functions/show-staff/zonnig-dorp"
AS = "as=kijker@zonnig-dorp.example"
PAGES = {"needs-now": f"{STAFF}/?{AS}", "campaigns": f"{STAFF}/campaigns?{AS}", "campaign": f"{STAFF}/campaigns/1?{AS}"}
pytestmark = pytest.mark.xdist_group("campaign")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_works_on_every_screen(campaign_visits: Visits, name: str) -> None:
    page = campaign_visits.open(PAGES[name])
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"{name}-wide")
    at_width(page, NARROW)
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)
    screenshot(page, f"{name}-narrow-dark")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_works_in_english_without_javascript(campaign_visits: Visits, name: str) -> None:
    page = campaign_visits.open(f"{PAGES[name]}&lang=en", javascript=False)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".lead")).to_contain_text("residents")
    for dutch in ("bewoners", "Wat u doet", "Bereikt", "wachten"):
        assert dutch not in page.locator("main").inner_text()


@pytest.mark.parametrize("name", PAGES)
def test_every_link_is_reached_by_keyboard(campaign_visits: Visits, name: str) -> None:
    page = campaign_visits.open(PAGES[name])
    places = page.locator("main :is(a, button, select, summary):visible").count()
    assert len(stops(page)) >= places > 5


def test_a_filter_is_chosen_by_keyboard_and_taken_back(campaign_visits: Visits) -> None:
    page = campaign_visits.open(PAGES["campaign"], javascript=False)
    before = page.locator(".lead").inner_text()
    page.locator("#coach").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Toon").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "coach=" in page.url
    assert page.locator(".lead").inner_text() != before
    with page.expect_navigation():
        page.get_by_role("link", name="Toon alles").click()
    assert page.locator(".lead").inner_text() == before


def test_each_chart_has_a_name_and_a_table(campaign_visits: Visits) -> None:
    page = campaign_visits.open(PAGES["campaign"])
    for section in page.locator("section").all():
        names = [chart.get_attribute("aria-labelledby") or "" for chart in section.locator("svg[role=img]").all()]
        assert names
        assert all(page.locator(f"#{name}").text_content() for name in names)
        assert section.locator("table").count() == 1


def test_on_paper_there_are_figures_and_no_forms(campaign_visits: Visits, tmp_path: Path) -> None:
    page = campaign_visits.open(f"{PAGES['campaign']}&weeks=13", dark=True)
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in ("nav", "form.filters", "footer"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".printed")).to_contain_text("Laatste 13 weken")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.pdf(path=tmp_path / "campaign.pdf", format="A4", print_background=False)
    assert (tmp_path / "campaign.pdf").stat().st_size > 10_000
