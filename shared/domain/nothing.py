"""What people and programs put in a field that they have nothing for."""

from __future__ import annotations

_WORDS = frozenset({
    "", "-", "--", "---", ".", "/", "0", "geen", "nee", "neen", "nvt", "n.v.t.", "n.v.t", "n/a", "na", "n.a.",
    "null", "none", "nil", "undefined", "nan", "leeg", "onbekend", "niet van toepassing",
})  # fmt: skip


def is_nothing(text: str) -> bool:
    """Only for a field that may be left empty."""
    return " ".join(text.split()).casefold() in _WORDS
