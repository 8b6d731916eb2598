"""Documents of one collection as typed models: the only way in which flows read and write the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from shared.clock import Clock, from_text, to_text, utc_now
from shared.domain.stored_model import StoredModel
from shared.domain.work import Work
from shared.errors import AlreadyExists, Changed, LinkError, NewerDocument, TooBig
from shared.logs import current_traceparent, log
from shared.store.port import Addition, Data, Document, Query, Store
from shared.work.tally_difference import tally_difference

M = TypeVar("M", bound=StoredModel)


@dataclass(frozen=True)
class Stored(Generic[M]):
    """A record, and the document that it was read from or written to: the next write needs no read before it."""

    record: M
    document: Document


class Records(Generic[M]):
    """The documents of `collection`. Every method raises StoreUnavailable when the store cannot be reached.

    What a record counts for (`domain/tally.py`) changes in the same write as the record.

    A document that a newer version of this code wrote is left alone: only `delete` deletes it. A method that needs it
    raises NewerDocument, so that its work is tried again, by a newer instance.

    To write a record: `create` when it must be new; `edit` when it must exist; `update` when it may be either, so
    `change` gets None for a missing record; `revise` is `update` that also returns the document, for a later write.
    """

    def __init__(
        self,
        store: Store,
        collection: str,
        model: type[M],
        check: Callable[[M], None] = lambda _record: None,
        clock: Clock = utc_now,
    ) -> None:
        """`check` is called after a record was created. When it raises a LinkError the record is deleted again.

        `clock` tells when a record changed that a feed shows.
        """
        self.store = store
        self.collection = collection
        self.model = model
        self._check = check
        self._clock = clock

    def load(self, data: Data) -> M:
        """The record in a document. Raises NewerDocument."""
        if data.get("v", 1) > self.model.VERSION:
            log.warning("newer document", collection=self.collection)
            raise NewerDocument(self.collection)
        try:
            return self.model.model_validate(data)
        except ValidationError:
            log.error("unreadable document", collection=self.collection)
            raise NewerDocument(self.collection) from None

    def dump(self, record: M) -> Data:
        """As JSON, the form in which a document is stored. `v` is the version of the model, when that is not 1."""
        version = self.model.VERSION
        return record.model_dump(mode="json") | record.derived() | ({"v": version} if version > 1 else {})

    def read(self, key: str) -> Stored[M] | None:
        """The record with its document, so that it can be written; None when there is none."""
        document = self.store.get(self.collection, key)
        return Stored(self.load(document.data), document) if document else None

    def get(self, key: str) -> M | None:
        """The record; None when there is none."""
        found = self.read(key)
        return found.record if found else None

    def create(self, key: str, record: M) -> bool:
        """Stores a new record. False when the key exists already; that record stays as it is."""
        _keep_trace(record)
        try:
            document = self._create(key, self._stamped(record, None))
        except AlreadyExists:
            return False
        self._check_new(record, document)
        return True

    def replace(self, stored: Stored[M]) -> Stored[M]:
        """Writes the record as it was changed in place. Raises Changed when somebody else wrote since it was read."""
        _keep_trace(stored.record)
        return Stored(stored.record, self._replace(stored.document, self._stamped(stored.record, stored.document)))

    def edit(self, key: str, change: Callable[[M], object], known: Stored[M] | None = None) -> M | None:
        """Changes a record that exists: `change` edits it in place. Returns it; None when there is none.

        `change` may be called several times, as by `revise`. What it returns is ignored.
        """

        def edited(record: M | None) -> M | None:
            if record is not None:
                change(record)
            return record

        return self.update(key, edited, known)

    def update(self, key: str, change: Callable[[M | None], M | None], known: Stored[M] | None = None) -> M | None:
        """Changes or makes a record: as `revise`, but returns the record without its document."""
        revised = self.revise(key, change, known)
        return revised.record if revised else None

    def revise(
        self, key: str, change: Callable[[M | None], M | None], known: Stored[M] | None = None
    ) -> Stored[M] | None:
        """Changes or makes a record, and starts again when somebody else wrote in between.

        `change` gets the newest record, or None when there is none, and returns the record to store. When it returns
        None it must not have changed the record: nothing is written, and the stored record is still returned. `change`
        may be called several times. `known` is the record as it was last read: it spares the first read, and is changed
        in place.
        """
        stored = known or self.read(key)
        while True:
            changed = change(stored.record if stored else None)
            if changed is None:
                return stored
            _keep_trace(changed)
            data = self._stamped(changed, stored.document if stored else None)
            try:
                if stored is None:
                    document = self._create(key, data)
                    self._check_new(changed, document)
                elif data == stored.document.data:
                    document = stored.document
                else:
                    document = self._replace(stored.document, data)
            except (AlreadyExists, Changed):
                stored = self.read(key)
                continue
            return Stored(changed, document)

    def _check_new(self, record: M, document: Document) -> None:
        """Runs after the write: a check before it would miss an erasure in between."""
        try:
            self._check(record)
        except LinkError:
            with suppress(Changed):
                self._delete(document)
            self.store.scrub()
            raise

    def delete(self, key: str) -> None:
        """Deletes the newest document, if there is one."""
        while document := self.store.get(self.collection, key):
            with suppress(Changed):
                self._delete(document)
                return

    def _stamped(self, record: M, before: Document | None) -> Data:
        """The data to write, with the moment when something changed that a feed shows: now, or as it was before.

        It never goes back, also when the clock of another instance is ahead: whoever reads what changed would miss it.
        """
        data = self.dump(record)
        if not self.model.SHOWN:
            return data
        was = before.data if before else {}
        last = was.get("changed_at")
        if last is None or any(data.get(name) != was.get(name) for name in self.model.SHOWN):
            now = self._clock()
            last = to_text(max(now, from_text(last) + timedelta(microseconds=1)) if last else now)
        setattr(record, "changed_at", from_text(last))  # noqa: B010 - a field of every model with SHOWN
        return {**data, "changed_at": last}

    def _create(self, key: str, data: Data) -> Document:
        return self._count(tally_difference(None, data), partial(self.store.create, self.collection, key, data))

    def _replace(self, document: Document, data: Data) -> Document:
        write = partial(self.store.replace, self.collection, document.key, data, document.version)
        return self._count(tally_difference(document.data, data), write)

    def _count(self, adding: Sequence[Addition], write: Callable[[Sequence[Addition]], Document]) -> Document:
        """Writes without the counts when a tally is full: the numbers of a campaign may not stop a resident's journey.

        `infra/operate/rebuild.py` counts anew.
        """
        try:
            return write(adding)
        except TooBig:
            if not adding:
                raise
            document = write(())  # Raises TooBig when it is the record itself that is too big.
            log.error("tally is full", collection=self.collection)
            return document

    def _delete(self, document: Document) -> None:
        adding = tally_difference(document.data, None)
        self.store.delete(self.collection, document.key, document.version, adding)

    def all(self, **query: Any) -> Iterator[tuple[str, M]]:
        """Key and record of all documents that match, read page by page. Arguments as of `find`.

        It passes over newer documents, so that they do not stop the others.
        """
        for document in self._documents(Query(self.collection, **query)):
            with suppress(NewerDocument):
                yield document.key, self.load(document.data)

    def documents(self, page: int = 100, **equal: Any) -> Iterator[Document]:
        """All documents with these field values, unparsed, so also those that another version of this code wrote.

        `page` is how many are read at once.
        """
        return self._documents(Query(self.collection, equal, limit=page))

    def _documents(self, asked: Query) -> Iterator[Document]:
        while True:
            documents = self.store.find(asked)
            yield from documents
            if len(documents) < asked.limit:
                return
            asked = replace(asked, after=documents[-1])

    def count(self, up_to: int | None = None, **query: Any) -> int:
        """How many match; it may stop counting at `up_to`. The other arguments are those of `find`."""
        return self.store.count(Query(self.collection, **query), up_to)

    def find(self, **query: Any) -> list[tuple[str, M]]:
        """Key and record of one page; the arguments are those of `store.port.Query`."""
        return [(it.key, self.load(it.data)) for it in self.store.find(Query(self.collection, **query))]


def _keep_trace(record: StoredModel) -> None:
    """Work that became due keeps the trace of the request that made it due, until nothing is left to do for it."""
    if isinstance(record, Work):
        if record.due_at:
            record.traceparent = record.traceparent or current_traceparent()
        elif not record.needs_person:
            record.traceparent = ""
