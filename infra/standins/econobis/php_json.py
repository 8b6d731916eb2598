"""A JSON body as PHP sees it, and PHP's operations on such values. An object is a `dict` here, an array a `list`.

A key that is not there is an `Exception` in PHP, which Econobis catches (BrokenError). A value of the wrong type is a
`TypeError`, which it does not (CrashError).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from infra.standins.econobis import php
from infra.standins.econobis.faults import BrokenError, CrashError

_MAX_DEPTH = 512
_INT_COLUMN = 2**31


def decode(raw: bytes) -> Any:
    """`json_decode`: None for what it cannot read: a byte order mark, NaN, half a surrogate pair, over 512 levels."""
    try:
        text = raw.decode()
        value = json.loads(text, parse_constant=_refused, parse_int=_integer, object_pairs_hook=_object)
        if re.search(r"\\u[dD][89a-fA-F]", text):
            json.dumps(value, ensure_ascii=False).encode()
        return None if _depth(value) > _MAX_DEPTH else value
    except (ValueError, RecursionError):
        return None


def _refused(name: str) -> None:
    raise ValueError(name)


def _integer(digits: str) -> int | float:
    number = int(digits) if len(digits) < 20 else float(digits)
    return number if -(2**63) <= number < 2**63 else float(number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if any(name.startswith("\0") for name, _ in pairs):
        raise ValueError("a name that PHP cannot give to a property")
    return dict(pairs)


def _depth(value: Any) -> int:
    levels, layer = 0, [value]
    while layer := [item for item in layer if isinstance(item, dict | list)]:
        levels += 1
        layer = [part for item in layer for part in (item.values() if isinstance(item, dict) else item)]
    return levels


def truthy(value: Any) -> bool:
    """`if ($value)`: an object is always true, an array when it is not empty."""
    if isinstance(value, dict):
        return True
    return bool(value) if isinstance(value, list) else php.is_true(value)


def read(value: Any, name: str) -> Any:
    """`$value->name`. Raises BrokenError when `value` is no object or has no such key."""
    if not isinstance(value, dict) or name not in value:
        raise BrokenError(f"no {name} to read")
    return value[name]


def read_if_set(value: Any, name: str) -> Any:
    """`$value->name ?? null`: None when `value` is no object or has no such key."""
    return value.get(name) if isinstance(value, dict) else None


def entries(value: Any) -> list[tuple[str, Any]]:
    """The keys (as texts; of an array from "0" on) and values of a `foreach`. Raises BrokenError for another value."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        return [(str(index), item) for index, item in enumerate(value)]
    raise BrokenError("neither an object nor an array")


def as_text(value: Any) -> str:
    """The value inside a text, such as a log line. Raises BrokenError for an array, CrashError for an object."""
    if isinstance(value, list):
        raise BrokenError("array to string conversion")
    if isinstance(value, dict):
        raise CrashError("object to string conversion")
    return php.to_text(value)


def trimmed(value: Any) -> str:
    """`trim($value)`. Raises CrashError for an object or array."""
    if isinstance(value, dict | list):
        raise CrashError("trim() takes a text")
    return php.trim(php.to_text(value))


def as_int_column(value: Any) -> int | None:
    """The value in an INT column, rounded. Raises BrokenError where MySQL in strict mode refuses the value."""
    if value is None or isinstance(value, int):
        number: float | None = value
    elif php.is_numeric(as_text(value)):
        number = float(as_text(value))
    else:
        raise BrokenError("incorrect integer value")
    if number is not None and not -_INT_COLUMN <= number < _INT_COLUMN:
        raise BrokenError("out of range value")
    return None if number is None else math.floor(abs(number) + 0.5) * (-1 if number < 0 else 1)
