"""Documents of one collection as typed models: the only way in which flows read and write the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from shared.errors import AlreadyExists, Changed, LinkError
from shared.logs import log
from shared.store.port import Data, Document, Query, Store, update

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Stored(Generic[M]):
    """A record as it was read or written, and its document: who writes it next need not read it again."""

    record: M
    document: Document


class Records(Generic[M]):
    def __init__(
        self, store: Store, collection: str, model: type[M], check: Callable[[M], None] = lambda _record: None
    ) -> None:
        """`check` is called with each record that was just made; what it raises takes that away again."""
        self.store = store
        self.collection = collection
        self.model = model
        self._check = check

    def load(self, data: Data) -> M:
        return self.model.model_validate(data)

    @staticmethod
    def dump(record: BaseModel) -> Data:
        return record.model_dump(mode="json")

    def read(self, key: str) -> Stored[M] | None:
        document = self.store.get(self.collection, key)
        return Stored(self.load(document.data), document) if document else None

    def get(self, key: str) -> M | None:
        found = self.read(key)
        return found.record if found else None

    def create(self, key: str, record: M) -> bool:
        """False when there is one already; it stays as it is."""
        try:
            document = self.store.create(self.collection, key, self.dump(record))
        except AlreadyExists:
            return False
        self._check_new(record, document)
        return True

    def update(self, key: str, change: Callable[[M | None], M | None], known: Document | None = None) -> M | None:
        """`change` may be called several times and gets a copy of its own. None leaves the record as it is.

        `known` is the document as it was last seen, if it was.
        """

        is_new = False

        def on_data(data: Data | None) -> Data | None:
            nonlocal is_new
            is_new = data is None
            changed = change(self.load(data) if data is not None else None)
            return self.dump(changed) if changed is not None else None

        document = update(self.store, self.collection, key, on_data, known)
        if document is None:
            return None
        record = self.load(document.data)
        if is_new:
            self._check_new(record, document)
        return record

    def _check_new(self, record: M, document: Document) -> None:
        """After it was written: a check before that would miss an erasure in between."""
        try:
            self._check(record)
        except LinkError:
            with suppress(Changed):
                self.store.delete(self.collection, document.key, document.version)
            self.store.scrub()
            raise

    def delete(self, key: str) -> None:
        self.store.delete(self.collection, key)

    def all(self, **query: Any) -> Iterator[tuple[str, M]]:
        """As `find`, page by page until the end."""
        return self._readable(self._documents(Query(self.collection, **query)))

    def documents(self, **equal: Any) -> Iterator[Document]:
        """All with these fields, as they are stored: also what another version of us wrote."""
        return self._documents(Query(self.collection, equal))

    def _documents(self, asked: Query) -> Iterator[Document]:
        while documents := self.store.find(asked):
            yield from documents
            asked = replace(asked, after=documents[-1])

    def find(self, **query: Any) -> list[tuple[str, M]]:
        """Key and record, as `Query` asks; without what cannot be read."""
        return list(self._readable(self.store.find(Query(self.collection, **query))))

    def _readable(self, documents: Iterable[Document]) -> Iterator[tuple[str, M]]:
        """One that another version of us wrote must not stop the others."""
        for document in documents:
            try:
                yield document.key, self.load(document.data)
            except ValidationError:
                log.error("unreadable document", collection=self.collection)
