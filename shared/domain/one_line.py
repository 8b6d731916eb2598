"""One line of text as people type and paste it."""

from __future__ import annotations

import unicodedata
from itertools import groupby

from shared.domain.problem import Problem

LONGEST = 191  # Both peers' columns are this wide. More is a 500 there, halfway through the work (known-limits A12).
# A letter may take this many characters before it is composed. Composing a longer text can take seconds.
_MOST_PER_CHARACTER = 4
# Marks on one letter: no language stacks more (Unicode's own bound, UAX 15 section 13), and composing 8000 of them
# takes a tenth of a second.
_MOST_MARKS = 30

_JOINERS = "\u200c\u200d"  # They shape Persian and Indic words, and make one emoji of several.
_MARKS = "\u061c\u200e\u200f"  # They set a point or a bracket on its side of a right-to-left word.
_FLAG, _FIRST_TAG, _LAST_TAG = "\U0001f3f4", "\U000e0020", "\U000e007e"  # England's flag: a black one with tags.
_BLANK = "\u2800\u3164\uffa0"  # Letters and signs by name, white space by look.
# What hides text, turns it round or came along with a paste: soft hyphen, zero-width space, BOM, overrides, isolates.
_HIDDEN = frozenset(
    "\u00ad\u180e\u200b\ufeff\U000e0001"
    + "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC))))
    + "".join(map(chr, range(0x1D173, 0x1D17B)))
)


def one_line(text: str, longest: int = LONGEST) -> str:
    """Composed (NFC), white space collapsed, and without what `visible` takes out. Raises Problem."""
    text = within_reach(text, longest)
    if _most_marks(text) > _MOST_MARKS:
        raise Problem("Hier staan te veel accenten op één letter. Typ het opnieuw.")
    if any(unicodedata.category(character) == "Cs" for character in text):  # Half a character: no UTF-8 for it.
        raise Problem("Hier staat een teken in dat niet kan worden opgeslagen.")
    shown = visible(unicodedata.normalize("NFC", text))
    line = unicodedata.normalize("NFC", " ".join(shown.split()))
    if len(line) > longest:
        raise _too_long(longest)
    return line


def within_reach(text: str, longest: int = LONGEST) -> str:
    """Stripped. Raises Problem when it is so long that no reading of it would fit, before any work is done on it."""
    text = text.strip()
    if len(text) > longest * _MOST_PER_CHARACTER:
        raise _too_long(longest)
    return text


def _most_marks(text: str) -> int:
    """On one letter."""
    runs = groupby(text, lambda character: unicodedata.combining(character) != 0)
    return max((sum(1 for _ in run) for are_marks, run in runs if are_marks), default=0)


def visible(text: str) -> str:
    """Without characters that nobody sees, except where they belong to what is seen: in a word or an emoji.

    A control character becomes a space: it separates words, or is dirt.
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
        return before > "\u024f" and not before.isspace() and before not in _JOINERS  # Latin letters are not joined.
    if "\U000e0000" < character < "\U000e0080":  # Tags elsewhere are text that only a machine reads.
        return before == _FLAG or _FIRST_TAG <= before <= _LAST_TAG
    return True


def _too_long(longest: int) -> Problem:
    return Problem(f"Dit is te lang: gebruik hooguit {longest} tekens.")
