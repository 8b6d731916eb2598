"""A JSON body as PHP sees it: an object is a `dict` and always true, an array is a `list`, an empty one false.

Reading what is not there is an exception that Econobis catches (BrokenError); what PHP calls a type error is one that
it does not (CrashError).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from infra.standins.econobis.webform.faults import BrokenError, CrashError
from infra.standins.econobis.webform.php import is_numeric, is_true, to_text, trim

_MAX_DEPTH = 512
_INT_COLUMN = 2**31


def decode(raw: bytes) -> Any:
    """None for what PHP's json_decode does not read: a byte order mark, NaN, half a surrogate pair, 512 levels."""
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
    if isinstance(value, dict):
        return True
    return bool(value) if isinstance(value, list) else is_true(value)


def read(value: Any, name: str) -> Any:
    """`$value->name`. Raises BrokenError when there is no such thing."""
    if not isinstance(value, dict) or name not in value:
        raise BrokenError(f"nothing to read {name} from")
    return value[name]


def read_if_set(value: Any, name: str) -> Any:
    """`$value->name ?? null`, and what `isset` looks at."""
    return value.get(name) if isinstance(value, dict) else None


def entries(value: Any) -> list[tuple[str, Any]]:
    """What `foreach` goes through, keys as texts; a list counts from 0. Raises BrokenError for anything else."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        return [(str(index), item) for index, item in enumerate(value)]
    raise BrokenError("nothing to go through")


def as_text(value: Any) -> str:
    """Within a log line. Raises BrokenError for an array, CrashError for an object."""
    if isinstance(value, list):
        raise BrokenError("array to string conversion")
    if isinstance(value, dict):
        raise CrashError("object to string conversion")
    return to_text(value)


def trimmed(value: Any) -> str:
    if isinstance(value, dict | list):
        raise CrashError("trim() takes a text")
    return trim(to_text(value))


def as_int_column(value: Any) -> int | None:
    """Stored in a column for whole numbers. Raises BrokenError where MySQL, being strict, refuses."""
    if value is None or isinstance(value, int):
        number: float | None = value
    elif is_numeric(as_text(value)):
        number = float(as_text(value))
    else:
        raise BrokenError("incorrect integer value")
    if number is not None and not -_INT_COLUMN <= number < _INT_COLUMN:
        raise BrokenError("out of range value")
    return None if number is None else math.floor(abs(number) + 0.5) * (-1 if number < 0 else 1)
