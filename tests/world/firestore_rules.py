"""Rules of Firestore in production that SQLite and the emulator do not have: each query needs a declared index, each
collection whose documents expire a TTL policy, and each collection that is added to an exemption of its counts.
`infra/firestore.indexes.json` declares all three.

The worlds put a `StrictStore` around their store. It fails the test where Firestore would refuse a query, would never
delete an expired document, or would refuse a document with too many counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.store.firestore import composite_index
from shared.store.limits import COUNTS
from shared.store.port import Addition, Data, Document, Query, Store

FILE = Path(__file__).parents[2] / "infra/firestore.indexes.json"
DECLARED = json.loads(FILE.read_text())
EXPIRING = {field["collectionGroup"] for field in DECLARED["fieldOverrides"] if field.get("ttl")}
COUNTING = {field["collectionGroup"] for field in DECLARED["fieldOverrides"] if field["fieldPath"] == COUNTS}


def check_query(query: Query, declared: Mapping[str, Any] = DECLARED) -> None:
    """Raises AssertionError for a query that needs a composite index which is not declared."""
    index = composite_index(query)
    assert index is None or index in declared["indexes"], f"add to {FILE.name}: {json.dumps(index)}"


def check_expiry(collection: str, data: Mapping[str, Any]) -> None:
    """Raises AssertionError for a document that expires in a collection without a TTL policy."""
    assert not data.get("expires_at") or collection in EXPIRING, f"{FILE.name} has no TTL policy for {collection}"


def check_write(collection: str, data: Data, adding: Sequence[Addition]) -> None:
    """Raises AssertionError for a write that makes Firestore keep something for ever, or index each count by itself."""
    check_expiry(collection, data)
    for addition in adding:
        check_expiry(addition.collection, addition.fixed)
    for counted in [*(addition.collection for addition in adding), *([collection] if COUNTS in data else [])]:
        assert counted in COUNTING, f"{FILE.name} has no exemption of {COUNTS} for {counted}"


class StrictStore:
    """Checks each call, and passes it on to `store`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, collection: str, key: str) -> Document | None:
        return self._store.get(collection, key)

    def create(self, collection: str, key: str, data: Data, adding: Sequence[Addition] = ()) -> Document:
        check_write(collection, data, adding)
        return self._store.create(collection, key, data, adding)

    def replace(self, collection: str, key: str, data: Data, version: str, adding: Sequence[Addition] = ()) -> Document:
        check_write(collection, data, adding)
        return self._store.replace(collection, key, data, version, adding)

    def delete(self, collection: str, key: str, version: str | None = None, adding: Sequence[Addition] = ()) -> None:
        check_write(collection, {}, adding)
        self._store.delete(collection, key, version, adding)

    def find(self, query: Query) -> list[Document]:
        check_query(query)
        return self._store.find(query)

    def count(self, query: Query, up_to: int | None = None) -> int:
        check_query(query)
        return self._store.count(query, up_to)

    def scrub(self) -> None:
        self._store.scrub()
