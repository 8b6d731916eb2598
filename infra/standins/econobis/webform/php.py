"""How PHP and MySQL read texts: as true or false, as numbers, and as equal to each other.

The rules follow from the language and the database's collation, not from Econobis' own code; recorded in
`tests/fixtures/vectors/rules/webform_*`.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"[ \t\n\r\v\f]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t\n\r\v\f]*", re.ASCII)
_LEADING_NUMBER = re.compile(r"[ \t\n\r\v\f]*([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)", re.ASCII)
_TRIMMED = " \t\n\r\0\v"


def trim(text: str) -> str:
    return text.strip(_TRIMMED)


def is_true(value: Any) -> bool:
    return value not in ("", "0", 0, None, False)


def is_numeric(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def to_float(text: str) -> float:
    """The number with which the text begins, 0 without one."""
    match = _LEADING_NUMBER.match(text)
    return float(match[1]) if match else 0.0


def to_int(text: str) -> int:
    number = to_float(text)
    return int(number) if abs(number) < 2**63 else 0


def equals_number(text: str, number: int) -> bool:
    """`==` between a text and a whole number."""
    return is_numeric(text) and Decimal(text.strip()) == number


def to_text(value: Any) -> str:
    """A scalar as PHP writes it in a text."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, float):
        return _float_text(value)
    return str(value)


def _float_text(value: float) -> str:
    text = f"{value:.14G}"
    if text.lstrip("-") in ("INF", "NAN"):
        return text
    digits, exponent, power = text.partition("E")
    return f"{digits if '.' in digits else digits + '.0'}E{power[0]}{power[1:].lstrip('0')}" if exponent else text


# -- MySQL -----------------------------------------------------------------------------------------------------------


def folded(text: str) -> str:
    """Equal for texts that the database's collation calls equal: case, accents and closing spaces do not count."""
    decomposed = unicodedata.normalize("NFD", text.rstrip(" "))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()


def same(column: str | None, text: str) -> bool:
    return column is not None and folded(column) == folded(text)


def like(column: str | None, pattern: str) -> bool:
    """SQL's LIKE: `%` stands for any text, `_` for one sign."""
    if column is None:
        return False
    signs = {"%": ".*", "_": "."}
    expression = "".join(signs.get(sign) or re.escape(sign) for sign in folded(pattern))
    return re.fullmatch(expression, folded(column), re.DOTALL) is not None
