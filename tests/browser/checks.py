"""What a test asks of a page that is open in the browser."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.visits import HEIGHT, NARROW

WCAG_2_2_AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
BEST_PRACTICE = ("best-practice",)
# `iframes`: the letter in the mailbox is in a frame without scripts, which axe cannot enter. It is tested alone.
OPTIONS = {"resultTypes": ["violations"], "iframes": False}
WIDER_THAN_THE_SCREEN = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > width + 0.5)
    .map((one) => `${one.tagName.toLowerCase()}.${one.className}: ${one.textContent.trim().slice(0, 40)}`);
}"""


def assert_accessible(page: Page, also: Sequence[str] = BEST_PRACTICE) -> None:
    """axe-core finds nothing on the page as it is now: WCAG 2.2 A and AA, and the tags in `also`."""
    rules = {"type": "tag", "values": [*WCAG_2_2_AA, *also]}
    found = Axe().run(page, options={**OPTIONS, "runOnly": rules})
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


def assert_fits(page: Page) -> None:
    """Nothing makes the page scroll sideways."""
    scrolls = page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not scrolls, f"{page.url} is wider than the screen: {page.evaluate(WIDER_THAN_THE_SCREEN)}"


def at_width(page: Page, width: int = NARROW) -> None:
    """Makes the window `width` CSS pixels wide, and checks that the page fits in it."""
    page.set_viewport_size({"width": width, "height": HEIGHT.get(width, 900)})
    assert_fits(page)


def assert_at_each_width(page: Page, name: str) -> None:
    """axe finds nothing and nothing scrolls sideways, wide and narrow, with every part unfolded. Keeps both pictures."""
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, name)
    at_width(page)
    assert_accessible(page)
    screenshot(page, f"{name}-smal")


def screenshot(page: Page, name: str) -> None:
    """Keeps a picture of the whole page as `name`.png in the folder SCREENSHOTS; without that variable none."""
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, animations="disabled", timeout=60_000)
