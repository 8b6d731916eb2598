"""How PHP reads a text: as true or false, as a number, and as equal to another text. How MySQL does it: `mysql.py`.

The rules are those of the language, not of Econobis' own code. Recorded in `tests/fixtures/vectors/rules/webform_*`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"[ \t\n\r\v\f]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t\n\r\v\f]*", re.ASCII)
_LEADING_NUMBER = re.compile(r"[ \t\n\r\v\f]*([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)", re.ASCII)
_TRIMMED = " \t\n\r\0\v"


def trim(text: str) -> str:
    return text.strip(_TRIMMED)


def is_true(value: Any) -> bool:
    """`if ($value)` for a scalar."""
    return value not in ("", "0", 0, None, False)


def is_numeric(text: str) -> bool:
    """`is_numeric()`: a whole or decimal number, also with an exponent or spaces around it."""
    return _NUMBER.fullmatch(text) is not None


def to_float(text: str) -> float:
    """`(float)`: the number at the start of the text, 0 when there is none."""
    match = _LEADING_NUMBER.match(text)
    return float(match[1]) if match else 0.0


def to_int(text: str) -> int:
    """`(int)`: as `to_float`, without decimals; 0 when it does not fit in 64 bits."""
    number = to_float(text)
    return int(number) if abs(number) < 2**63 else 0


def equal(left: str, right: str) -> bool:
    """`==` between two texts: two numbers are compared as numbers, so `1e3` equals `1000`."""
    if is_numeric(left) and is_numeric(right):
        return Decimal(left.strip()) == Decimal(right.strip())
    return left == right


def to_text(value: Any) -> str:
    """`(string)` of a scalar."""
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
