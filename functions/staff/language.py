"""The language of a page: Dutch, or English by `?lang=en` or the browser's wish."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

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
    accepted: Language = "en" if request.accept_languages.best_match(["nl", "en"], "nl") == "en" else "nl"
    return asked_language(request) or accepted


def asked_language(request: Request) -> Language | None:
    """That of `?lang=`; None without one that we have."""
    asked = request.args.get("lang")
    return next((language for language in get_args(Language) if language == asked), None)


def language_query(request: Request) -> str:
    """`?lang=en` when it was asked for so, for the links to the next page; else `""`."""
    asked = asked_language(request)
    return f"?lang={asked}" if asked else ""


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
