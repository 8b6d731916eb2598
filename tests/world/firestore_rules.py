"""Two rules of Firestore in production that SQLite and the emulator do not have: each query needs a declared index, and
each collection whose documents expire needs a TTL policy. `infra/firestore.indexes.json` declares both.

The worlds put a `StrictStore` around their store. It fails the test where Firestore would refuse a query, or would
never delete an expired document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.store.firestore import composite_index
from shared.store.port import Data, Document, Query, Store

FILE = Path(__file__).parents[2] / "infra/firestore.indexes.json"
DECLARED = json.loads(FILE.read_text())
EXPIRING = {field["collectionGroup"] for field in DECLARED["fieldOverrides"] if field.get("ttl")}


def check_query(query: Query, declared: Mapping[str, Any] = DECLARED) -> None:
    """Raises AssertionError for a query that needs a composite index which is not declared."""
    index = composite_index(query)
    assert index is None or index in declared["indexes"], f"add to {FILE.name}: {json.dumps(index)}"


def check_expiry(collection: str, data: Mapping[str, Any]) -> None:
    """Raises AssertionError for a document that expires in a collection without a TTL policy."""
    assert not data.get("expires_at") or collection in EXPIRING, f"{FILE.name} has no TTL policy for {collection}"


class StrictStore:
    """Checks each call, and passes it on to `store`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, collection: str, key: str) -> Document | None:
        return self._store.get(collection, key)

    def create(self, collection: str, key: str, data: Data) -> Document:
        check_expiry(collection, data)
        return self._store.create(collection, key, data)

    def replace(self, collection: str, key: str, data: Data, version: str) -> Document:
        check_expiry(collection, data)
        return self._store.replace(collection, key, data, version)

    def delete(self, collection: str, key: str, version: str | None = None) -> None:
        self._store.delete(collection, key, version)

    def find(self, query: Query) -> list[Document]:
        check_query(query)
        return self._store.find(query)

    def scrub(self) -> None:
        self._store.scrub()
