"""The page that says how to make a report: at both widths, light and dark, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.checks import assert_at_each_width
from tests.browser.keyboard import go_to
from tests.browser.visits import Visits

REPORTS = "/functions/show-staff/zonnig-dorp/reports?as=coordinator@zonnig-dorp.example"


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_is_accessible_at_each_width(visits: Visits, dark: bool) -> None:
    for lang in ("nl", "en"):
        page = visits.open(f"{REPORTS}&lang={lang}", dark=dark)
        for drawing in page.get_by_role("img").all():
            drawing.scroll_into_view_if_needed()
            expect(drawing).to_have_js_property("complete", True)
            assert drawing.evaluate("it => it.naturalWidth") == 640
        page.locator("details").evaluate_all("them => them.forEach(it => it.open = true)")
        assert_at_each_width(page, f"rapporten-{lang}{'-donker' if dark else ''}")


def test_a_text_for_power_query_is_copied_by_keyboard(visits: Visits) -> None:
    page = visits.open(REPORTS)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("Liever een tekst plakken").press("Enter")
    go_to(page, "Kopieer Measures")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text("Gekopieerd")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == page.get_by_label("Measures", exact=True).input_value()
    assert '[Name = "Measures"' in copied
