"""One line of text as people type and paste it."""

from __future__ import annotations

import unicodedata

from shared.domain.problem import Problem

LONGEST = 191  # Both peers' columns are this wide. More is a 500 there, halfway through the work (known-limits A12).


def one_line(text: str, longest: int = LONGEST) -> str:
    """Composed (NFC), white space collapsed, and without invisible characters that came along with a paste."""
    if any(unicodedata.category(character) == "Cs" for character in text):  # Half a character: no UTF-8 for it.
        raise Problem("Hier staat een teken in dat niet kan worden opgeslagen.")
    # A control character separates words or is dirt; a format character (Cf) has no width of its own.
    visible = "".join(
        " " if unicodedata.category(character) == "Cc" else character
        for character in text
        if unicodedata.category(character) != "Cf"
    )
    line = unicodedata.normalize("NFC", " ".join(visible.split()))
    if len(line) > longest:
        raise Problem(f"Dit is te lang: gebruik hooguit {longest} tekens.")
    return line


def required(text: str, question: str) -> str:
    """`one_line`, refused with `question` ("Vul uw voornaam in.") when nothing is left of it."""
    line = one_line(text)
    if not line:
        raise Problem(question)
    return line
