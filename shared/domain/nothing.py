"""The words and signs by which people, and the software of a form, say that a field has no value."""

from __future__ import annotations

import re

from shared.domain.one_line import LONGEST, visible

_SIGNS = " -\u2010\u2011\u2012\u2013\u2014\u2212_./\\|?*,:;'\"()[]{}<>=~"
_WORDS = frozenset({
    "geen", "nee", "neen", "niet", "niets", "niks", "nihil", "nul", "zonder", "leeg", "blanco", "onbekend",
    "niet van toepassing", "nvt", "n.v.t", "n v t", "n/v/t", "niet bekend", "niet ingevuld", "heb ik niet",
    "n/a", "n.a", "n\\a", "not applicable", "unknown", "none", "null", "nil", "nan", "undefined", "false",
})  # fmt: skip
_MORE = re.compile(r"geen [a-z]+|0+(?:[.,]0+)?", re.ASCII)  # "geen toevoeging", "geen idee"; a form's 0 or 0.0


def is_nothing(text: str) -> bool:
    """Of any optional field; also of `""`.

    Not for a compulsory name, since people are called Geen, nor for free text, where "nee" answers something. Short
    words that can be an addition to a house number (x, no, na) are not in the list.
    """
    if len(text) > LONGEST:
        return not text.strip()
    words = " ".join(visible(text).casefold().split()).strip(_SIGNS)
    return not words or words in _WORDS or bool(_MORE.fullmatch(words))
