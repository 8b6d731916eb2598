"""What the link needs of a store: documents by key, written only by who saw the last version.

Adapters stand beside this file: `sqlite.py` (embedded) and `firestore.py`. `wiring.py` chooses. There are no
transactions on purpose: on Firestore contended transactions are slow, and `create` and `replace` are enough.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.errors import AlreadyExists, Changed

Data = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """`data` is JSON (text, numbers, booleans, None, lists, objects); `version` is opaque and new at each write."""

    key: str
    data: Data
    version: str


@dataclass(frozen=True)
class Query:
    """Documents of one collection: all of `where` equal, `order_by` ascending and between the bounds (inclusive).

    `order_by` must be set when a bound is. `after` is the last document of the page before.
    Every shape of query that is used stands in `infra/firestore.indexes.json`.
    """

    collection: str
    where: Mapping[str, Any] = field(default_factory=dict)
    order_by: str | None = None
    at_least: str | int | None = None
    at_most: str | int | None = None
    limit: int = 100
    after: Document | None = None


class Store(Protocol):
    """Every method raises StoreUnavailable when the store cannot be reached or does not answer in time.

    A document whose `expires_at` (UTC text of `shared.clock.to_text`) has passed is absent to every method.
    """

    def get(self, collection: str, key: str) -> Document | None: ...

    def create(self, collection: str, key: str, data: Data) -> Document:
        """Raises AlreadyExists."""
        ...

    def replace(self, collection: str, key: str, data: Data, version: str) -> Document:
        """Raises Changed when `version` is not the newest, or the document is gone."""
        ...

    def delete(self, collection: str, key: str, version: str | None = None) -> None:
        """Absent is fine. Raises Changed when `version` is given and is not the newest."""
        ...

    def find(self, query: Query) -> list[Document]: ...

    def scrub(self) -> None:
        """What was deleted or replaced is in no file of ours any more; nor is what has expired."""
        ...


def update(
    store: Store,
    collection: str,
    key: str,
    change: Callable[[Data | None], Data | None],
    known: Document | None = None,
) -> Document | None:
    """Read, change, write, and again when somebody else wrote in between.

    `change` gets the newest data (None: there is no document) and returns the new data, or None to leave it as it
    is. It may be called several times, so it must be pure; what it raises ends the update. `known` spares the first
    read. Returns what is stored after it.
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
