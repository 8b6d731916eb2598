"""A person with a browser. Every page that one visits is watched: nothing from other hosts, no error in the console."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError

WIDE, NARROW = 1280, 320  # CSS pixels; 320 is what WCAG 1.4.10 asks for
HEIGHT = {WIDE: 900, NARROW: 640}
SECONDS = 10.0  # the longest that a page may take to do what a test waits for


class Visits:
    """Opens pages of the site at `base`. Each `open` is a person of its own: other cookies, another window.

    `check` fails when a page asked another host for something, or wrote an error to the console; a fixture calls it
    after the test. `expect` is for an error that belongs to the test.
    """

    def __init__(self, browser: Browser, base: str) -> None:
        self.base = base
        self.errors: list[str] = []
        self._browser = browser
        self._hosts = {urlsplit(base).netloc}
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        path: str = "/",
        *,
        width: int = WIDE,
        javascript: bool = True,
        language: str = "nl-NL",
        dark: bool = False,
        still: bool = False,
    ) -> Page:
        """A page at `path`, loaded. `dark` and `still` are what the person set: a dark screen, less movement."""
        scheme: Literal["dark", "light"] = "dark" if dark else "light"
        context = self._browser.new_context(
            base_url=self.base,
            viewport={"width": width, "height": HEIGHT.get(width, 900)},
            java_script_enabled=javascript,
            locale=language,
            timezone_id="Europe/Amsterdam",
            color_scheme=scheme,
            reduced_motion="reduce" if still else "no-preference",
        )
        context.set_default_timeout(SECONDS * 1000)
        context.on("request", self._note_request)
        context.on("console", self._note_console)
        context.on("weberror", self._note_error)
        self._contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    def allow(self, address: str) -> None:
        """The pages may also go to the site at this URL, such as the place where people sign in."""
        self._hosts.add(urlsplit(address).netloc)

    def expect(self, error: str) -> None:
        """Takes the errors with this text off the list. Fails when there is none."""
        expected = [each for each in self.errors if error in each]
        assert expected, f"no error with {error!r}, only {self.errors}"
        self.errors = [each for each in self.errors if each not in expected]

    def check(self) -> None:
        """Fails when a page did what it may never do."""
        assert not self.errors, "\n".join(dict.fromkeys(self.errors))

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _note_request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in {"data", "blob"} and url.netloc not in self._hosts:
            self.errors.append(f"asks another host: {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"console: {message.text}")

    def _note_error(self, error: WebError) -> None:
        self.errors.append(f"script: {error.error}")


def watched(visits: Visits) -> Iterator[Visits]:
    """For a fixture: checks after the test that no page asked another host or wrote an error, and closes them."""
    try:
        yield visits
        visits.check()
    finally:
        visits.close()
