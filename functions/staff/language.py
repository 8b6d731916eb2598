"""The language of a page: Dutch, or English by `?lang=en` or the browser's wish."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Request

from shared.words import Words

Language = Literal["nl", "en"]
ENGLISH = Path(__file__).with_name("english")


def language_of(request: Request) -> Language:
    """`?lang=` wins. Of the languages that the browser accepts, the one that it likes best."""
    asked = request.args.get("lang")
    if asked in {"nl", "en"}:
        return "en" if asked == "en" else "nl"
    return "en" if request.accept_languages.best_match(["nl", "en"], "nl") == "en" else "nl"


def told(text: str, language: Language) -> str:
    """A text of ours in this language; as it is when we have it only in Dutch."""
    translate = translations(language).gettext
    return text.translated(translate) if isinstance(text, Words) else translate(text)


@cache
def translations(language: Language) -> NullTranslations:
    """The texts are written in Dutch in code and templates. `english/` has the English ones, read without a build."""
    texts = NullTranslations()
    if language == "en":
        for file in sorted(ENGLISH.glob("*.po")):
            with file.open("rb") as opened:
                texts.add_fallback(_read(read_po(opened, locale="en")))
    return texts


def _read(catalog: Catalog) -> Translations:
    """As compiled texts, in memory."""
    binary = BytesIO()
    write_mo(binary, catalog)
    binary.seek(0)
    return Translations(binary)
