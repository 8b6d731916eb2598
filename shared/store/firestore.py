"""The store in Google's Firestore. Requests, messages and errors: `firestore_calls.py`. The port: `port.py`.

The version of a document is the time of its last write, which Firestore compares when we write, followed by the moment
when it expires, so that `replace` can refuse an expired document without a read.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

from shared.clock import Clock, to_text
from shared.errors import AlreadyExists, Changed
from shared.store.limits import Write, check_additions, check_place, check_query, expiry, read_json, to_json
from shared.store.port import Addition, Data, Document, Query

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

    def create(self, collection: str, key: str, data: Data, adding: Sequence[Addition] = ()) -> Document:
        """See `Store`. Replaces a document that has expired and that Firestore has not removed yet."""
        write = Write(collection, key, data, adding)
        until = _until()
        expired = None
        while True:
            try:
                return self._put(write, expired, until)
            except (AlreadyExists, Changed):
                found = self._calls.get(collection, key, until)
                if self._alive(found):
                    raise AlreadyExists(f"{collection}/{key}") from None
            # The document has expired or was deleted meanwhile. Somebody else may create it before we do.
            expired = found.version if found else None

    def replace(self, collection: str, key: str, data: Data, version: str, adding: Sequence[Addition] = ()) -> Document:
        write = Write(collection, key, data, adding)
        written_at, _, expires_at = version.partition("/")
        if self._expired(expires_at):
            raise Changed(f"{collection}/{key}")
        return self._put(write, written_at, _until())

    def delete(self, collection: str, key: str, version: str | None = None, adding: Sequence[Addition] = ()) -> None:
        """See `Store`. With additions and without a version it reads the document first."""
        check_place(collection, key)
        check_additions(collection, key, adding)
        until = _until()
        if version is None and adding:
            self._delete_newest(collection, key, adding, until)
            return
        written_at, _, expires_at = (version or "").partition("/")
        try:
            self._calls.delete(collection, key, written_at, () if self._expired(expires_at) else adding, until)
        except Changed:
            if self._alive(self._calls.get(collection, key, until)):
                raise

    def _delete_newest(self, collection: str, key: str, adding: Sequence[Addition], until: float) -> None:
        """Adds only when it deletes. Starts again when somebody else wrote in between."""
        while found := self._alive(self._calls.get(collection, key, until)):
            with suppress(Changed):
                self._calls.delete(collection, key, found.version.partition("/")[0], adding, until)
                return

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

    def count(self, query: Query, up_to: int | None = None) -> int:
        """See `Store`. An aggregation: it is billed as one read per 1,000 that it counts."""
        check_query(query, up_to)
        return self._calls.count(query, up_to, _until())

    def scrub(self) -> None:
        """Does nothing: Firestore keeps no deleted content, and its TTL policy removes expired documents."""

    def _put(self, write: Write, written_at: str | None, until: float) -> Document:
        text = to_json(write.data)
        expires_at = expiry(write.data) or ""
        written_at = self._calls.put(write, written_at, until)
        return Document(write.key, read_json(text), f"{written_at}/{expires_at}")

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
    needs one index over all of them, and so it does by key in descending order. `count` needs the index of `find`.
    """
    equal = sorted(set(query.where) - {query.order_by})
    if not equal or (query.order_by is None and not query.descending):
        return None
    fields = [{"fieldPath": name, "order": "ASCENDING"} for name in equal]
    fields.append(
        {"fieldPath": query.order_by or "__name__", "order": "DESCENDING" if query.descending else "ASCENDING"}
    )
    return {"collectionGroup": query.collection, "queryScope": "COLLECTION", "fields": fields}


def _until(longer: float = 0) -> float:
    """The deadline of a method, of `time.monotonic`."""
    return time.monotonic() + SECONDS + longer
