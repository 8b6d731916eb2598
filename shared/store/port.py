"""The store that the link needs: documents by key, with optimistic locking.

The adapters are beside this file: `sqlite.py` (embedded) and `firestore.py`. `wiring.py` chooses one. `limits.py` holds
what both refuse. There are no transactions, because contended ones are slow on Firestore: `create` and `replace` are
enough, and the numbers that a write adds to another document (`Addition`) need no read.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.errors import AlreadyExists, Changed

Data = dict[str, Any]
"""The fields of a document: JSON, so text, numbers, booleans, None, lists and dictionaries with text keys.

The field `counts` is for whole numbers by name, which an `Addition` can add to.
"""
_KEY = re.compile(r"(?!\.{1,2}$|__.*__$)[A-Za-z0-9_.:-]{1,400}")


def is_key(text: str) -> bool:
    """Whether every store takes this as a key. Firestore refuses `.`, `..` and `__x__`, and reads `/` as a path."""
    return _KEY.fullmatch(text) is not None


@dataclass(frozen=True)
class Document:
    """A stored document. `version` is opaque and changes with each write; pass it to `replace` or `delete`."""

    key: str
    data: Data
    version: str


@dataclass(frozen=True)
class Query:
    """Finds documents of one collection whose fields equal `where`, in ascending order of `order_by` and then of key.

    `descending` turns the whole order round; it needs `order_by` or `where`. `at_least` and `at_most` are inclusive
    bounds of the field `order_by`, which a bound requires. A document without that field is not found. `after` is the
    last document of the previous page. Each combination of fields that the link uses needs its index in
    `infra/firestore.indexes.json`; `tests/store/test_indexes.py` checks that.
    """

    collection: str
    where: Mapping[str, Any] = field(default_factory=dict)
    order_by: str | None = None
    at_least: str | int | None = None
    at_most: str | int | None = None
    limit: int = 100
    after: Document | None = None
    descending: bool = False


def narrowed(always: Mapping[str, Any], asked: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    """A `where` for a list that can be filtered: `always`, and what is asked of `fields`, in any combination.

    Raises ValueError when something else is asked. `tests/store/test_indexes.py` reads the call, and wants an index for
    each combination; so write `always` and the fields out.
    """
    if not set(asked) <= set(fields):
        raise ValueError(f"not a field to narrow by: {set(asked) - set(fields)}")
    return {**always, **asked}


@dataclass(frozen=True)
class Addition:
    """Numbers to add to the `counts` of another document, in the same write.

    The document is made when it is not there; `fixed` are its other fields, which replace those that it has. They are
    fields that can be searched by, and may be all that is written. A name in `counts` is one line of at most 1,000
    bytes in UTF-8 that is not `__like_this__`. A number may be negative; a count that becomes 0 stays as 0. It is not
    checked who else writes the document, so additions never conflict, but Firestore writes one document only so many
    times per second: more at once wait for each other.

    What is added to an expired document that Firestore has not removed yet goes on from its old counts.
    """

    collection: str
    key: str
    fixed: Data
    counts: Mapping[str, int]


class Store(Protocol):
    """Every method raises StoreUnavailable when the store cannot be reached or does not answer within two seconds, and
    ValueError for a collection, key, field or addition that `limits.py` refuses.

    After StoreUnavailable from a write, read the document or retry: the write may have happened. On a retry
    AlreadyExists or Changed may be caused by your own first write.

    A document whose `expires_at` (a text of `shared.clock.to_text`) has passed is absent to every method; only `count`
    may see it a while longer.

    `adding` happens together with the write or not at all: a write that is refused adds nothing.
    """

    def get(self, collection: str, key: str) -> Document | None:
        """The newest version; None when there is no document."""
        ...

    def create(self, collection: str, key: str, data: Data, adding: Sequence[Addition] = ()) -> Document:
        """Stores a new document. Raises AlreadyExists when there is one, and TooBig."""
        ...

    def replace(self, collection: str, key: str, data: Data, version: str, adding: Sequence[Addition] = ()) -> Document:
        """Stores new data. Raises Changed when `version` is not the newest or the document is gone, and TooBig."""
        ...

    def delete(self, collection: str, key: str, version: str | None = None, adding: Sequence[Addition] = ()) -> None:
        """Deletes the document if there is one. Raises Changed when `version` is given and not the newest.

        When there is no document, nothing is added.
        """
        ...

    def find(self, query: Query) -> list[Document]:
        """At most `query.limit` documents; fewer only when there are no more."""
        ...

    def count(self, query: Query, up_to: int | None = None) -> int:
        """How many documents match; `limit` and `after` of the query do not matter. It may stop counting at `up_to`.

        It reads no documents. Firestore may also count documents that expired within the last day or two, which it has
        not removed yet; SQLite counts none of them.
        """
        ...

    def scrub(self) -> None:
        """Removes the content of deleted, replaced and expired documents from every file of ours. For an erasure."""
        ...


def update(
    store: Store,
    collection: str,
    key: str,
    change: Callable[[Data | None], Data | None],
    known: Document | None = None,
) -> Document | None:
    """Reads a document, changes it and writes it, and starts again when it was written meanwhile.

    `change` gets a copy of the newest data (None: there is no document) and returns the new data, or None to leave the
    document as it is. It may be called several times, so it must have no effects; an error from it ends the update.
    `known` is the document if it was just read, and saves a read. Returns the document as it is stored now.
    """
    document = known or store.get(collection, key)
    while True:
        current = document.data if document else None
        changed = change(copy.deepcopy(current))
        if changed is None or changed == current:
            return document
        try:
            if document is None:
                return store.create(collection, key, changed)
            return store.replace(collection, key, changed, document.version)
        except (AlreadyExists, Changed):
            document = store.get(collection, key)
