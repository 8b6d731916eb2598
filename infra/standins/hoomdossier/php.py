"""How PHP and Laravel treat values: numbers as texts, emptiness, trimming, JSON."""

from __future__ import annotations

import json
import re
from typing import Any

_NUMERIC = re.compile(r"[ \t\n\r\v\f]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t\n\r\v\f]*", re.ASCII)
_INTEGER = re.compile(r"[+-]?(0|[1-9]\d*)", re.ASCII)
# Laravel trims Unicode white space, NUL and three invisible characters.
_EDGES = re.compile(r"\A[\s\0\ufeff\u200b\u200e]+|[\s\0\ufeff\u200b\u200e]+\Z")


class Uncaught(Exception):
    """PHP or MySQL throws and nobody catches it: Laravel answers 500, and rows written before stay."""


def text(value: Any) -> str:
    """The value converted to a string as PHP does. Raises Uncaught for a list or an object."""
    if isinstance(value, list | dict):
        raise Uncaught("TypeError: a text was expected, an array given")
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def is_empty(value: Any) -> bool:
    """PHP's `empty()`."""
    return not value or value == "0"


def is_numeric(value: Any) -> bool:
    """PHP's `is_numeric()`: a number, or a text that is one."""
    if isinstance(value, str):
        return _NUMERIC.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_integer(value: Any) -> bool:
    """PHP's `filter_var(…, FILTER_VALIDATE_INT)`: no leading zeros, 64 bits, and `true` is 1."""
    if isinstance(value, list | dict):
        return False
    trimmed = text(value).strip(" \t\n\r\v")
    return _INTEGER.fullmatch(trimmed) is not None and -(2**63) <= int(trimmed) < 2**63


def trimmed(value: Any) -> Any:
    """Laravel's TrimStrings and ConvertEmptyStringsToNull, at every depth of a body."""
    if isinstance(value, dict):
        return {key: trimmed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [trimmed(one) for one in value]
    if isinstance(value, str):
        return _EDGES.sub("", value) or None
    return value


def decode_json(raw: bytes) -> Any:
    """None when PHP cannot read the JSON. A whole number of more than 64 bits becomes a float."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_int=_whole_number, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()  # PHP refuses half a surrogate pair.
    except (ValueError, RecursionError):
        return None
    return value


def _whole_number(digits: str) -> int | float:
    number = int(digits)
    return number if -(2**63) <= number < 2**63 else float(number)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def encode_json(value: Any) -> str:
    """As PHP's `json_encode`: slashes escaped, ASCII only, `12.0` as 12, and an empty array as `[]`."""
    return json.dumps(_plain(value), separators=(",", ":")).replace("/", "\\/")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()} or []
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
