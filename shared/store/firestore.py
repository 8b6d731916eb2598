"""The store in Google's Firestore. Requests, messages and errors: `firestore_calls.py`. The port: `port.py`.

The version of a document is the time of its last write, which Firestore compares when we write, followed by the moment
when it expires, so that `replace` can refuse an expired document without a read.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

from shared.clock import Clock, to_text
from shared.errors import AlreadyExists, Changed
from shared.store.limits import check_place, check_query, expiry, to_json
from shared.store.port import Data, Document, Query

if TYPE_CHECKING:
    from shared.store.firestore_calls import Calls

SECONDS = 1.8
"""For all calls of one method together, so that our caller gets its 503 within two seconds."""

DOCUMENTS_PER_SECOND = 500
"""`find` gets a second more than SECONDS for each so many documents that are asked for."""


class FirestoreStore:
    """Its methods are described in `Store`. It uses no transactions, only the preconditions of a write.

    A write whose response is lost is not retried here. If that write worked, it changed the version, and the
    precondition of the retry would fail. Only ABORTED is retried, because then Firestore has written nothing.
    """

    def __init__(self, project: str, database: str, clock: Clock, emulator: str | None = None) -> None:
        """`emulator` is the host and port of a local Firestore, which needs no credentials."""
        self._root = f"projects/{project}/databases/{database}"
        self._clock = clock
        self._emulator = emulator

    @classmethod
    def from_url(cls, url: str, clock: Clock) -> Self:
        """From `firestore://project/database`; without a database the default one is used. Raises ValueError.

        `?emulator=host:port` names a local Firestore.
        """
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
        """Closes the connection. The store cannot be used any more."""
        self._calls.close()

    def get(self, collection: str, key: str) -> Document | None:
        check_place(collection, key)
        return self._alive(self._calls.get(collection, key, _until()))

    def create(self, collection: str, key: str, data: Data) -> Document:
        """See `Store`. Replaces a document that has expired and that Firestore has not removed yet."""
        until = _until()
        expired = None
        while True:
            try:
                return self._put(collection, key, data, expired, until)
            except (AlreadyExists, Changed):
                found = self._calls.get(collection, key, until)
                if self._alive(found):
                    raise AlreadyExists(f"{collection}/{key}") from None
            # The document has expired or was deleted meanwhile. Somebody else may create it before we do.
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
        """See `Store`. An index that is missing is a StoreUnavailable too."""
        check_query(query)
        until = _until(query.limit / DOCUMENTS_PER_SECOND)
        documents: list[Document] = []
        while (missing := query.limit - len(documents)) > 0:
            page = self._calls.find(replace(query, limit=missing), until)
            documents += [alive for document in page if (alive := self._alive(document))]
            if len(page) < missing:
                break
            # Some documents of this page have expired. Firestore removes those within a day, so read the next page.
            query = replace(query, after=page[-1])
        return documents

    def scrub(self) -> None:
        """Does nothing: Firestore keeps no deleted content, and its TTL policy removes expired documents."""

    def _put(self, collection: str, key: str, data: Data, written_at: str | None, until: float) -> Document:
        check_place(collection, key)
        text = to_json(data)
        expires_at = expiry(data) or ""
        written_at = self._calls.put(collection, key, data, written_at, until)
        return Document(key, json.loads(text), f"{written_at}/{expires_at}")

    def _alive(self, document: Document | None) -> Document | None:
        """The document with the version that our callers get; None when it has expired."""
        if document is None:
            return None
        expires_at = document.data.get("expires_at") or ""
        return None if self._expired(expires_at) else replace(document, version=f"{document.version}/{expires_at}")

    def _expired(self, expires_at: str) -> bool:
        return expires_at != "" and expires_at <= to_text(self._clock())


def composite_index(query: Query) -> dict[str, object] | None:
    """The index that a query needs, as a line of `infra/firestore.indexes.json`; None when it needs none.

    For a query by equal fields alone Firestore merges the indexes that every field has. Ordered by another field it
    needs one index over all of them.
    """
    equal = sorted(set(query.where) - {query.order_by})
    if not equal or query.order_by is None:
        return None
    fields = [{"fieldPath": name, "order": "ASCENDING"} for name in [*equal, query.order_by]]
    return {"collectionGroup": query.collection, "queryScope": "COLLECTION", "fields": fields}


def _until(longer: float = 0) -> float:
    """The deadline of a method, of `time.monotonic`."""
    return time.monotonic() + SECONDS + longer
