"""The value of one form field as one text, out of everything that a form may send for it."""

from __future__ import annotations

from typing import Any

from shared.domain.problem import Problem
from shared.words import Words

# The values for a box that is not ticked. Some forms send one in a hidden field too, beside a box that is ticked.
UNTICKED = frozenset({"0", "false", "off", "no", "n", "nee", "f", "unchecked"})
_EDGES = " \t\r\n\f\v\u00a0\ufeff\u200b"


def text_of(value: Any, *, several: bool = False) -> str:
    """`value` is text, a number, true, false, null, a list, or a tuple of all values that came under one name.

    Of a tuple the last value counts that is filled in, where a ticked box wins over a hidden "no". `several`: the field
    takes a list of numbers, which become one text with commas. Raises Problem for a list of several values otherwise,
    and for an object.
    """
    if isinstance(value, tuple):
        texts = _filled([text_of(one, several=several) for one in value])
        return (",".join(texts) if several else texts[-1]) if texts else ""
    listed = _listed(value)
    if listed is None:
        return _text(value)
    texts = _filled([text_of(one, several=several) for one in listed])
    if len(texts) > 1 and not several:
        raise Problem(Words("Vul of kies hier één antwoord."))
    return ",".join(texts)


def _listed(value: Any) -> list[Any] | None:
    """PHP sends a list with a gap as an object with numbers for keys."""
    if isinstance(value, dict) and all(key.isdecimal() for key in value):
        return list(value.values())
    return value if isinstance(value, list) else None


def _filled(texts: list[str]) -> list[str]:
    filled = list(dict.fromkeys(text for text in texts if text))
    return [text for text in filled if text.casefold() not in UNTICKED] or filled[-1:]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():  # PHP and spreadsheets send 12 as 12.0.
        value = int(value)
    if isinstance(value, str | int | float):
        return str(value).strip(_EDGES)
    raise Problem(Words("Dit moet tekst zijn."))
