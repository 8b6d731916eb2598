"""Cleans text that people type and paste into one visible line."""

from __future__ import annotations

import unicodedata
from itertools import groupby

from shared.domain.problem import Problem
from shared.words import Words

LONGEST = 191  # The width of both peers' columns. On more they fail halfway through the work (known-limits A12).
# A letter may take this many characters before it is composed. Composing a longer text could take seconds.
_MOST_PER_CHARACTER = 4
# Accents on one letter. No language uses more (UAX 15, section 13), and composing 8000 takes a tenth of a second.
_MOST_MARKS = 30

_JOINERS = "\u200c\u200d"  # They shape Persian and Indic words, and join emojis.
_MARKS = "\u061c\u200e\u200f"  # They place a point or bracket beside a right-to-left word.
# England's flag is a black flag with tags.
_FLAG, _FIRST_TAG, _LAST_TAG = "\U0001f3f4", "\U000e0020", "\U000e007e"
_BLANK = "\u2800\u3164\uffa0"  # Letters and signs by their Unicode category that look like white space.
# Characters that hide or reverse text, or come with a paste: soft hyphen, zero-width space, BOM, overrides, isolates.
_HIDDEN = frozenset(
    "\u00ad\u180e\u200b\ufeff\U000e0001"
    + "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC))))
    + "".join(map(chr, range(0x1D173, 0x1D17B)))
)


def one_line(text: str, longest: int = LONGEST) -> str:
    """`text` composed (NFC), with single spaces, and without invisible characters.

    Raises Problem for more than `longest` characters, and for characters that cannot be stored.
    """
    text = within_reach(text, longest)
    if _most_marks(text) > _MOST_MARKS:
        raise Problem(Words("Hier staan te veel accenten op één letter. Typ het opnieuw."))
    if any(unicodedata.category(character) == "Cs" for character in text):  # UTF-8 cannot hold half a surrogate pair.
        raise Problem(Words("Hier staat een teken in dat niet kan worden opgeslagen."))
    shown = visible(unicodedata.normalize("NFC", text))
    line = unicodedata.normalize("NFC", " ".join(shown.split()))
    if len(line) > longest:
        raise too_long(longest)
    return line


def within_reach(text: str, longest: int = LONGEST) -> str:
    """`text` stripped. Raises Problem when it cannot fit in `longest` characters, before work that takes long."""
    text = text.strip()
    if len(text) > longest * _MOST_PER_CHARACTER:
        raise too_long(longest)
    return text


def _most_marks(text: str) -> int:
    """The number of accents on the letter with the most."""
    runs = groupby(text, lambda character: unicodedata.combining(character) != 0)
    return max((sum(1 for _ in run) for are_marks, run in runs if are_marks), default=0)


def visible(text: str) -> str:
    """`text` without invisible characters, except those that shape a word or an emoji.

    A control character becomes a space, because it may separate words.
    """
    kept = [" "]
    right_to_left = any(
        character.isalpha() and unicodedata.bidirectional(character) in {"R", "AL"} for character in text
    )
    for character in text:
        if unicodedata.category(character) == "Cc" or character in _BLANK:
            kept.append(" ")
        elif _is_seen(character, kept[-1], right_to_left=right_to_left):
            kept.append(character)
    return "".join(kept[1:])


def _is_seen(character: str, before: str, *, right_to_left: bool) -> bool:
    if character in _HIDDEN:
        return False
    if character in _MARKS:
        return right_to_left
    if character in _JOINERS:
        return before > "\u024f" and not before.isspace() and before not in _JOINERS  # Latin letters have no joiners.
    if "\U000e0000" < character < "\U000e0080":  # Tags elsewhere are hidden text.
        return before == _FLAG or _FIRST_TAG <= before <= _LAST_TAG
    return True


def too_long(longest: int) -> Problem:
    """For a text of more than `longest` characters."""
    return Problem(Words("Dit is te lang: gebruik hooguit {count} tekens.", count=longest))
