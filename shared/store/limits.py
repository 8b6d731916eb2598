"""The limits that all stores share, so that a document that fits in one store fits in each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from shared.clock import from_text, to_text
from shared.errors import TooBig
from shared.store.port import Addition, Data, Query, is_key

MAX_BYTES = 1_000_000
"""Of a document's JSON in UTF-8. Firestore itself accepts 1,048,576 bytes, names and overhead included."""

COUNTS = "counts"
"""The field that `Addition` adds to."""

MAX_NAME_BYTES = 1_000
"""Of a name in `counts`, in UTF-8. Firestore itself accepts paths of 1,500 bytes."""

MAX_ADDED = 500
"""How many counts of one document a write adds to. Firestore accepts so many."""

MAX_ADDITIONS = 100
"""How many documents a write adds to."""

_COLLECTION = re.compile(r"[a-z][a-z0-9_]{0,99}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_NAME = re.compile(r"(?!__.*__$)[^\r\n]+")  # The emulator makes a line feed of each other end of a line.


@dataclass(frozen=True)
class Write:
    """A document to write, and what is added with it. Raises ValueError for what not every store can write."""

    collection: str
    key: str
    data: Data
    adding: Sequence[Addition] = ()

    def __post_init__(self) -> None:
        check_place(self.collection, self.key)
        check_additions(self.collection, self.key, self.adding)


def check_place(collection: str, key: str) -> None:
    """Raises ValueError for a collection or key that is not valid.

    Firestore refuses `.`, `..` and `__x__` as a key and reads `/` as a path.
    """
    check_collection(collection)
    if not is_key(key):
        raise ValueError(f"not a key of {collection}: 1 to 400 of A-Z a-z 0-9 _ . : - and not . or .. or __x__")


def check_collection(collection: str) -> None:
    """Raises ValueError for a name that is not lower case letters, digits and _."""
    if not _COLLECTION.fullmatch(collection):
        raise ValueError(f"not a collection: {collection!r}")


def check_query(query: Query, up_to: int | None = None) -> None:
    """Raises ValueError for a query, or for an end of `count`, that not every store can answer."""
    if up_to is not None and up_to < 1:
        raise ValueError("up_to is 1 or more")
    check_collection(query.collection)
    for name in [*query.where, *([query.order_by] if query.order_by else [])]:
        if not _FIELD.fullmatch(name):
            raise ValueError(f"not a field to find by: {name!r}")
    for name, value in query.where.items():
        if not can_find_by(name, value):
            raise ValueError(f"{name} can be text, a number of 64 bits, true, false or None")
    if query.order_by is None and (query.at_least, query.at_most) != (None, None):
        raise ValueError("a bound needs order_by")
    if query.descending and query.order_by is None and not query.where:
        raise ValueError("descending needs order_by or where: Firestore does not scan all keys backwards")


def check_additions(collection: str, key: str, adding: Sequence[Addition]) -> None:
    """Raises ValueError for additions that not every store can make together with a write of this document."""
    places = [(it.collection, it.key) for it in adding]
    if len({*places, (collection, key)}) < len(places) + 1:
        raise ValueError("an addition is to another document, and each document has one")
    if len(adding) > MAX_ADDITIONS:
        raise ValueError(f"a write adds to {len(adding)} documents; at most {MAX_ADDITIONS} fit")
    for it in adding:
        check_addition(it)


def check_addition(addition: Addition) -> None:
    """Raises ValueError for an addition that not every store can make."""
    check_place(addition.collection, addition.key)
    for name, value in addition.fixed.items():
        if name == COUNTS or not can_find_by(name, value):
            raise ValueError(f"not a fixed field: {name!r}")
    json_text(addition.fixed)
    expiry(addition.fixed)
    if not addition.counts and not addition.fixed:
        raise ValueError("an addition without counts and fixed fields")
    if len(addition.counts) > MAX_ADDED:
        raise ValueError(f"{len(addition.counts)} counts to add to; at most {MAX_ADDED} fit")
    check_counts(addition.counts)
    if not all(-(2**31) <= number < 2**31 for number in addition.counts.values()):
        raise ValueError("a number to add has 32 bits")


def check_counts(counts: object) -> None:
    """Raises ValueError for a field `counts` that not every store can add to."""
    if not isinstance(counts, Mapping):
        raise ValueError("counts are numbers by name")  # noqa: TRY004 - it is a value of a document
    for name, number in counts.items():
        if type(number) is not int or not -(2**63) <= number < 2**63:
            raise ValueError("a count is a whole number of 64 bits")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name.encode()) > MAX_NAME_BYTES:
            raise ValueError(f"the name of a count is one line of 1 to {MAX_NAME_BYTES} bytes and not __like_this__")


def can_find_by(name: str, value: object) -> bool:
    """Whether every store can search by this field: a plain name with text, a number of 64 bits, a boolean or None."""
    if isinstance(value, int):
        return _FIELD.fullmatch(name) is not None and -(2**63) <= value < 2**63
    return _FIELD.fullmatch(name) is not None and isinstance(value, str | float | None)


def to_json(data: Mapping[str, object]) -> str:
    """A document as compact JSON. Raises TooBig over MAX_BYTES, and the errors of `json_text` and `check_counts`."""
    if COUNTS in data:
        check_counts(data[COUNTS])
    text = json_text(data)
    size = len(text.encode())
    if size > MAX_BYTES:
        raise TooBig(f"a document of {size:,} bytes; at most {MAX_BYTES:,} fit")
    return text


def read_json(text: str) -> Any:
    """What `json_text` wrote, in half the time that `json.loads` takes: many documents are read at once."""
    return from_json(text, cache_strings="keys")


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
