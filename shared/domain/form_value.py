"""What a form sent for one field, as one text: the one that is filled in of several, the only value of a list."""

from __future__ import annotations

from typing import Any

from shared.domain.problem import Problem

# What a hidden field says beside a box that is ticked: it comes along in case the box is not.
_UNTICKED = frozenset({"0", "false", "off", "no", "n", "nee", "f", "unchecked"})
_EDGES = " \t\r\n\f\v\u00a0\ufeff\u200b"


def text_of(value: Any, *, several: bool = False) -> str:
    """`value` is text, a number, true, false, null, a list of one, or a tuple of what came under one name.

    `several`: more of them are a list of numbers with commas between them. Raises Problem for what is no text.
    """
    if isinstance(value, tuple):
        texts = _filled([text_of(one, several=several) for one in value])
        return (",".join(texts) if several else texts[-1]) if texts else ""
    listed = _listed(value)
    if listed is None:
        return _text(value)
    texts = _filled([text_of(one, several=several) for one in listed])
    if len(texts) > 1 and not several:
        raise Problem("Vul of kies hier één antwoord.")
    return ",".join(texts)


def _listed(value: Any) -> list[Any] | None:
    """PHP makes an object of a list that has a gap."""
    if isinstance(value, dict) and all(key.isdecimal() for key in value):
        return list(value.values())
    return value if isinstance(value, list) else None


def _filled(texts: list[str]) -> list[str]:
    filled = list(dict.fromkeys(text for text in texts if text))
    return [text for text in filled if text.casefold() not in _UNTICKED] or filled[-1:]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():  # PHP and spreadsheets write 12 so.
        value = int(value)
    if isinstance(value, str | int | float):
        return str(value).strip(_EDGES)
    raise Problem("Dit moet tekst zijn.")
