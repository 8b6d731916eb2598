"""The limits that all stores share, so that a document that fits in one store fits in each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from shared.clock import from_text, to_text
from shared.errors import TooBig
from shared.store.port import Query

MAX_BYTES = 1_000_000
"""Of a document's JSON in UTF-8. Firestore itself accepts 1,048,576 bytes, names and overhead included."""

_COLLECTION = re.compile(r"[a-z][a-z0-9_]{0,99}")
_KEY = re.compile(r"(?!\.{1,2}$|__.*__$)[A-Za-z0-9_.:-]{1,400}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


def check_place(collection: str, key: str) -> None:
    """Raises ValueError for a collection or key that is not valid.

    Firestore refuses `.`, `..` and `__x__` as a key and reads `/` as a path.
    """
    check_collection(collection)
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key of {collection}: 1 to 400 of A-Z a-z 0-9 _ . : - and not . or .. or __x__")


def check_collection(collection: str) -> None:
    """Raises ValueError for a name that is not lower case letters, digits and _."""
    if not _COLLECTION.fullmatch(collection):
        raise ValueError(f"not a collection: {collection!r}")


def check_query(query: Query) -> None:
    """Raises ValueError for a query that not every store can answer."""
    check_collection(query.collection)
    for name in [*query.where, *([query.order_by] if query.order_by else [])]:
        if not _FIELD.fullmatch(name):
            raise ValueError(f"not a field to find by: {name!r}")
    for name, value in query.where.items():
        if not can_find_by(name, value):
            raise ValueError(f"{name} can be text, a number of 64 bits, true, false or None")
    if query.order_by is None and (query.at_least, query.at_most) != (None, None):
        raise ValueError("a bound needs order_by")


def can_find_by(name: str, value: object) -> bool:
    """Whether every store can search by this field: a plain name with text, a number of 64 bits, a boolean or None."""
    if isinstance(value, int):
        return _FIELD.fullmatch(name) is not None and -(2**63) <= value < 2**63
    return _FIELD.fullmatch(name) is not None and isinstance(value, str | float | None)


def to_json(data: Mapping[str, object]) -> str:
    """A document as compact JSON. Raises TooBig over MAX_BYTES, and the errors of `json_text`."""
    text = json_text(data)
    size = len(text.encode())
    if size > MAX_BYTES:
        raise TooBig(f"a document of {size:,} bytes; at most {MAX_BYTES:,} fit")
    return text


def json_text(value: object) -> str:
    """Compact JSON. Raises ValueError for NaN or a lone surrogate, and TypeError for what is not JSON."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text.encode()
    return text


def expiry(data: Mapping[str, object]) -> str | None:
    """The field `expires_at` of a document, None without one. Raises ValueError when it is not a text of `to_text`."""
    text = data.get("expires_at")
    if text is None:
        return None
    if not isinstance(text, str) or to_text(from_text(text)) != text:
        raise ValueError("expires_at is not a text of shared.clock.to_text")
    return text
