"""Goes through a page by keyboard only, as somebody does who has no mouse."""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TookTooLong

MOST_STOPS = 200
INTO_A_FRAME = 1_000
"""Milliseconds that the focus may take on its way into a frame: for a moment nothing has it."""
# What a person hears or reads at the place of the focus; empty when nothing has it.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "";
  const label = one.labels?.length ? one.labels[0].textContent : "";
  return (one.getAttribute("aria-label") || label || one.textContent || one.name || one.tagName)
    .replace(/\\s+/g, " ").trim();
}"""
ADDRESS = "() => document.activeElement.getAttribute('href')"
LOOK = """(one) => {
    const style = getComputedStyle(one);
    return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor, style.backgroundColor].join();
  }"""
# How every place looks while the focus is elsewhere.
REMEMBER = f"""() => {{
  const look = {LOOK};
  document.activeElement.blur();
  getSelection().removeAllRanges();
  scrollTo(0, 0);
  window.withoutFocus = new Map([...document.querySelectorAll("*")].map((one) => [one, look(one)]));
}}"""
# What is wrong with the place of the focus; empty when it is in sight and looks other than without focus.
PROBLEM = f"""() => {{
  const look = {LOOK};
  const one = document.activeElement;
  // A part of it has the focus: the calendar of a date, or a page in a frame. The browser shows that itself.
  if (!one.matches(":focus")) return "";
  const box = one.getBoundingClientRect();
  if (!box.width || !box.height || box.bottom <= 0 || box.top >= innerHeight) return "is out of sight";
  return look(one) === window.withoutFocus.get(one) ? "looks the same without focus" : "";
}}"""


def stops(page: Page) -> list[str]:
    """Presses Tab from the start to the end of the page; the names of the places that had the focus, in order.

    A field for a date has several. Fails where the focus cannot be seen, and where it goes in circles.
    """
    page.evaluate(REMEMBER)
    names: list[str] = []
    page.keyboard.press("Tab")
    while name := _focused(page):
        names.append(name)
        assert not (problem := page.evaluate(PROBLEM)), f"{page.url}: {name!r} {problem}"
        assert len(names) < MOST_STOPS, f"{page.url}: the focus goes in circles: {names}"
        page.keyboard.press("Tab")
    return names


def _focused(page: Page) -> str:
    if len(page.frames) > 1:
        with suppress(TookTooLong):
            page.wait_for_function(FOCUSED, timeout=INTO_A_FRAME)
    return str(page.evaluate(FOCUSED))


def go_to(page: Page, name: str, *, address: str = "") -> None:
    """Presses Tab until the place with this name has the focus. Fails when there is none.

    `address` tells links with the same name apart, such as those of two residents who are called the same.
    """
    passed: list[str] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focused = _focused(page)
        if focused == name and (not address or page.evaluate(ADDRESS) == address):
            return
        passed.append(focused)
        if focused == "" and len(passed) > 1 and passed.count("") > 1:
            break  # once around
    raise AssertionError(f"{page.url}: Tab does not come to {name!r}, only to {passed}")


def follow(page: Page, name: str, *, address: str = "") -> None:
    """Goes to the link or button with this name, presses Enter, and waits for the page that comes."""
    go_to(page, name, address=address)
    with page.expect_navigation():
        page.keyboard.press("Enter")
