"""The sign-up page as a browser without JavaScript uses it: opens it, fills in its form, sends that, follows the answer."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

import httpx

from infra.local.demo.client import DemoFailed

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "nl-BE,nl;q=0.9"}


class SignUpPage:
    """A window of a browser, open at `address`. `http` asks a local run.

    `answer` is what the window shows now, `fields` what its form would send: name → value, hidden ones included.
    """

    def __init__(self, http: httpx.Client, address: str) -> None:
        self._http = http
        self._show(http.get(address, headers=BROWSER))

    @property
    def heading(self) -> str:
        return self._form.texts.get("h1", "")

    @property
    def wrong(self) -> str:
        """What the page says at the first field that is wrong; empty when none is."""
        return self._form.texts.get("wrong", "")

    def fill_in(self, typed: Mapping[str, str]) -> None:
        """Types these values, or chooses them. Raises DemoFailed for a field that the page does not have."""
        for name, value in typed.items():
            if name not in self._form.names:
                raise DemoFailed(f"{self.answer.url} has no field {name}")
            self.fields[name] = value

    def send(self) -> None:
        """Sends the form, and goes where the answer leads."""
        headers = {**BROWSER, "Origin": str(self._http.base_url).rstrip("/")}
        self._show(self._http.post(self._form.action, data=self.fields, headers=headers, follow_redirects=True))

    def _show(self, answer: httpx.Response) -> None:
        self.answer, self._form = answer, _Form(answer.text)
        self.fields = self._form.filled


class _Form(HTMLParser):
    """What stands on a page: the form, its fields, and the first text of a heading and of a mistake."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.names: set[str] = set()
        self.filled: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self._area = self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self._area = told.get("name", "") if tag == "textarea" else ""
        self._text = next((it for it in (tag, told.get("class", "")) if it in {"h1", "wrong"}), "")
        if tag == "form":
            self.action = told["action"]
        if tag in {"input", "textarea"}:
            self.names.add(told.get("name", ""))
            if told.get("type") not in {"checkbox", "radio"} or "checked" in told:
                self.filled[told.get("name", "")] = told.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.filled[self._area] += data.removeprefix("\n")
        if self._text:
            self.texts.setdefault(self._text, data)

    def handle_endtag(self, tag: str) -> None:
        self._area = self._text = ""
