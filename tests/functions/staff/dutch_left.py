"""Finds Dutch on an English page, outside of what is marked `lang="nl"`."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# Small words that nearly every Dutch sentence has, and no English one.
WORDS = frozenset({
    "aan", "bij", "dan", "de", "deze", "die", "dit", "een", "er", "geen", "heeft", "het", "hier", "hij", "ook", "maar",
    "met", "naar", "niet", "nog", "om", "onder", "ook", "tot", "uit", "uw", "van", "voor", "wat", "wie", "wordt",
    "zijn", "zonder",
})  # fmt: skip
SPOKEN = ("title", "alt", "aria-label", "placeholder", "data-label")
"""Attributes that people read or hear."""
_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "rect", "source", "use", "wbr"})
_UNSEEN = frozenset({"script", "style", "code"})


class _Texts(HTMLParser):
    """`english`: the texts of the page in an element without `lang`, or with another one than Dutch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.english: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(page)

    @property
    def _language(self) -> str:
        return self._open[-1][1] if self._open else "en"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = "nl" if tag in _UNSEEN else given.get("lang") or self._language
        if language != "nl":
            self.english += [given[name] or "" for name in SPOKEN if name in given]
        if tag not in _VOID:
            self._open.append((tag, language))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._language != "nl":
            self.english.append(data)


def texts_of(page: str) -> list[str]:
    """What is meant to be English on the page."""
    return [text.strip() for text in _Texts(page).english if text.strip()]


def dutch_in(page: str) -> list[str]:
    """The texts among them with a word that only Dutch has."""
    return [text for text in texts_of(page) if WORDS & set(re.findall(r"[a-zé]+", _own(text).lower()))]


def _own(text: str) -> str:
    """Without what it quotes: the words of a peer's screen, or what somebody typed."""
    return re.sub("“[^”]*”", "", text)
