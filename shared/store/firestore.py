"""The store in Google's Firestore: what a document means there. Its messages and errors: `firestore_calls.py`.

A document's version is the time of its last write, which Firestore compares for us when we write. It also says when
the document expires, so that an expired one is refused without reading it.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from shared.clock import Clock, to_text
from shared.errors import AlreadyExists, Changed
from shared.store.limits import check_place, check_query, expiry, to_json
from shared.store.port import Data, Document, Query

if TYPE_CHECKING:
    from shared.store.firestore_calls import Calls

SECONDS = 1.8
"""For all the calls of one method together, so that a caller has its 503 within two seconds."""

DOCUMENTS_PER_SECOND = 500
"""What `find` may take on top of SECONDS for a long page."""


class FirestoreStore:
    """No transactions: `create` and the version of the last write are all that is asked of Firestore.

    StoreUnavailable from `create`, `replace` or `delete` means that the write may have happened: it is never sent a
    second time here, because the second would be refused for the first one's sake. Who calls reads again, or repeats
    and takes AlreadyExists or Changed for what it is: the document may hold their own write. Only ABORTED, with which
    Firestore says that nothing was written, is repeated here.
    """

    def __init__(self, project: str, database: str, clock: Clock, emulator: str | None = None) -> None:
        """`emulator` is the host and port of a local Firestore, which takes no credentials."""
        self._root = f"projects/{project}/databases/{database}"
        self._clock = clock
        self._emulator = emulator

    @classmethod
    def from_url(cls, url: str, clock: Clock) -> Self:
        """`firestore://project/database`, without a database: the default one. `?emulator=host:port` leads to a local
        Firestore."""
        address, _, emulator = url.removeprefix("firestore://").partition("?emulator=")
        project, _, database = address.partition("/")
        if not url.startswith("firestore://") or not project or "?" in address:
            raise ValueError(f"not firestore://project/database: {url}")
        return cls(project, database or "(default)", clock, emulator or None)

    @cached_property
    def _calls(self) -> Calls:
        """Made at the first call: the import takes most of a cold start, and not every function needs a store."""
        from shared.store.firestore_calls import Calls  # noqa: PLC0415 - see above

        return Calls(self._root, self._emulator)

    def close(self) -> None:
        self._calls.close()

    def get(self, collection: str, key: str) -> Document | None:
        check_place(collection, key)
        return self._alive(self._calls.get(collection, key, _until()))

    def create(self, collection: str, key: str, data: Data) -> Document:
        until = _until()
        expired = None
        while True:
            try:
                return self._put(collection, key, data, expired, until)
            except (AlreadyExists, Changed):
                found = self._calls.get(collection, key, until)
                if self._alive(found):
                    raise AlreadyExists(f"{collection}/{key}") from None
            # It has expired, or was deleted since: the place is free, unless somebody is before us.
            expired = found.version if found else None

    def replace(self, collection: str, key: str, data: Data, version: str) -> Document:
        written_at, _, expires_at = version.partition("/")
        if self._expired(expires_at):
            raise Changed(f"{collection}/{key}")
        return self._put(collection, key, data, written_at, _until())

    def delete(self, collection: str, key: str, version: str | None = None) -> None:
        check_place(collection, key)
        until = _until()
        try:
            self._calls.delete(collection, key, version and version.partition("/")[0], until)
        except Changed:
            if self._alive(self._calls.get(collection, key, until)):
                raise

    def find(self, query: Query) -> list[Document]:
        check_query(query)
        until = _until(query.limit / DOCUMENTS_PER_SECOND)
        documents: list[Document] = []
        while (missing := query.limit - len(documents)) > 0:
            page = self._calls.find(replace(query, limit=missing), until)
            documents += [alive for document in page if (alive := self._alive(document))]
            if len(page) < missing:
                break
            # Some of this page have expired: Firestore removes them within a day, not at once.
            query = replace(query, after=page[-1])
        return documents

    def scrub(self) -> None:
        """Nothing: what is deleted is gone, and what has expired is removed by its TTL policy."""

    def _put(self, collection: str, key: str, data: Data, written_at: str | None, until: float) -> Document:
        check_place(collection, key)
        text = to_json(data)
        expires_at = expiry(data) or ""
        written_at = self._calls.put(collection, key, data, written_at, until)
        return Document(key, json.loads(text), f"{written_at}/{expires_at}")

    def _alive(self, document: Document | None) -> Document | None:
        """With the version that callers get; None when it has expired."""
        if document is None:
            return None
        expires_at = document.data.get("expires_at") or ""
        return None if self._expired(expires_at) else replace(document, version=f"{document.version}/{expires_at}")

    def _expired(self, expires_at: str) -> bool:
        return expires_at != "" and expires_at <= to_text(self._clock())


def composite_index(query: Query) -> dict[str, Any] | None:
    """The line of `infra/firestore.indexes.json` that the query needs; None when Firestore needs none for it.

    Equal fields alone are joined from the indexes that every field has. With an order by another field they need
    one index over both.
    """
    equal = sorted(set(query.where) - {query.order_by})
    if not equal or query.order_by is None:
        return None
    fields = [{"fieldPath": name, "order": "ASCENDING"} for name in [*equal, query.order_by]]
    return {"collectionGroup": query.collection, "queryScope": "COLLECTION", "fields": fields}


def _until(longer: float = 0) -> float:
    return time.monotonic() + SECONDS + longer
