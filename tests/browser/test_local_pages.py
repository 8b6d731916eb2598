"""The pages of a local run: the first page, the form, the stand-ins of both peers, the mailbox, the queue."""

from __future__ import annotations

from tests.browser.checks import assert_accessible, at_width, screenshot
from tests.browser.keyboard import stops
from tests.browser.visits import Visits


def test_first(visits: Visits) -> None:
    page = visits.open("/")
    print(stops(page))
    at_width(page, 320)
    screenshot(page, "first")
    assert_accessible(page)
