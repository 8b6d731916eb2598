"""A store that counts the documents that are read, as Firestore would put them on the bill."""

from __future__ import annotations

from collections import Counter
from typing import Any

from shared.store.port import Document, Query, Store

PER_READ = 1000
"""So many entries of an index that are counted cost as much as one document. A query without a result costs one too."""


class CountedReads:
    """Passes each call on to `store`. `read` counts documents by collection."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, collection: str, key: str) -> Document | None:
        self.read[collection] += 1
        return self._store.get(collection, key)

    def find(self, query: Query) -> list[Document]:
        found = self._store.find(query)
        self.read[query.collection] += max(len(found), 1)
        return found

    def count(self, query: Query, up_to: int | None = None) -> int:
        counted = self._store.count(query, up_to)
        self.read[query.collection] += max(-(-counted // PER_READ), 1)
        return counted
