"""The words and signs that people and form software enter for "no value" in an optional field."""

from __future__ import annotations

import re

from shared.domain.one_line import LONGEST, visible

_SIGNS = " -\u2010\u2011\u2012\u2013\u2014\u2212_./\\|?*,:;'\"()[]{}<>=~"
_WORDS = frozenset({
    "geen", "nee", "neen", "niet", "niets", "niks", "nihil", "nul", "zonder", "leeg", "blanco", "onbekend",
    "niet van toepassing", "nvt", "n.v.t", "n v t", "n/v/t", "niet bekend", "niet ingevuld", "heb ik niet",
    "n/a", "n.a", "n\\a", "not applicable", "unknown", "none", "null", "nil", "nan", "undefined", "false",
})  # fmt: skip
_MORE = re.compile(r"geen [a-z]+|0+(?:[.,]0+)?", re.ASCII)  # "geen toevoeging", "geen idee"; 0 and 0.0 of form software


def is_nothing(text: str) -> bool:
    """Whether the text of an optional field means that it has no value. `""` does.

    Do not use it for a compulsory name (there are people called Geen), nor for free text (where "nee" is an answer).
    The short words x, no and na are not in the list, because they can be an addition to a house number.
    """
    if len(text) > LONGEST:
        return not text.strip()
    words = " ".join(visible(text).casefold().split()).strip(_SIGNS)
    return not words or words in _WORDS or bool(_MORE.fullmatch(words))
