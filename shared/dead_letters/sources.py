"""Where dead letters are: in each kind of work, and in each kind of event of a relay. Finds and counts them by cause.

A dead letter stands in a field of its document as the text of `Parked.in_order` (`Work.derived`). So the store finds
those of one cooperation by cause, and of one cause the oldest first. `tests/store/test_indexes.py` takes the indexes
that this needs from SOURCES.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shared.domain.dead_letter_texts import EVENTS, Advice
from shared.domain.relay import ORDER, EventKind, Relay
from shared.domain.work import Work
from shared.errors import NewerDocument
from shared.store.port import Document, Query, is_key
from shared.work.kinds import KINDS, Kind, kind_of
from shared.work.services import Services

_LAST = "~"
"""Comes after every letter of a code and of a moment."""


@dataclass(frozen=True)
class Source:
    """Documents of one kind as a whole; or, with `event`, the events of that kind in the relays."""

    kind: Kind[Any]
    event: EventKind | None = None

    @property
    def name(self) -> str:
        """What filters call it: the collection, or the kind of event."""
        return self.event or self.kind.collection

    @property
    def field(self) -> str:
        """The derived field that holds `Parked.in_order`."""
        return f"trouble_{self.event}" if self.event else "trouble"

    @cached_property
    def advice(self) -> Advice:
        """The peer that is called, and its texts."""
        return EVENTS.get(self.event, self.kind.advice) if self.event else self.kind.advice

    def where(self, cooperation: str) -> dict[str, Any]:
        """The other fields of a query. An older version of the link keeps `needs_person` right, but not `field`."""
        return {"cooperation": cooperation, "needs_person": True}

    def query(self, cooperation: str, first: str, last: str, limit: int = 1, after: Document | None = None) -> Query:
        """Those whose text lies between `first` and `last`."""
        return Query(
            self.kind.collection,
            self.where(cooperation),
            order_by=self.field,
            at_least=first,
            at_most=last,
            limit=limit,
            after=after,
        )


SOURCES = (*(Source(kind) for kind in KINDS), *(Source(kind_of(Relay), event) for event in ORDER))
_BY_NAME = {source.name: source for source in SOURCES}


def source_named(name: str) -> Source | None:
    """The source that a filter names; None when there is none."""
    return _BY_NAME.get(name)


@dataclass(frozen=True)
class Found:
    """A document in which a dead letter was found. `text` is its `Parked.in_order` of that moment."""

    key: str
    work: Work
    text: str

    @property
    def code(self) -> str:
        """The cause."""
        return self.text.partition(" ")[0]


def find(  # noqa: PLR0913  (a page of a query)
    services: Services,
    source: Source,
    cooperation: str,
    *,
    code: str = "",
    first: str = "",
    limit: int,
    after: str = "",
) -> tuple[list[Found], str]:
    """One page, by cause and then the oldest first, and where the next page begins; `""` when there is none.

    Only of the cause `code`, unless it is empty; only from the text `first` on. `after` is what the page before gave;
    what no page gave counts as nothing.
    It passes over documents of a newer version. Raises StoreUnavailable.
    """
    begin, last = (f"{code} ", f"{code} {_LAST}") if code else ("!", _LAST)
    begin = max(begin, first)
    text, _, key = after.rpartition("|")
    previous = Document(key, {source.field: text}, "") if is_key(key) else None
    documents = services.store.find(source.query(cooperation, begin, last, limit, previous))
    more = f"{documents[-1].data[source.field]}|{documents[-1].key}" if len(documents) == limit else ""
    return list(_loaded(services, source, documents)), more


def _loaded(services: Services, source: Source, documents: list[Document]) -> Iterator[Found]:
    records = services.records(source.kind.model)
    for document in documents:
        with suppress(NewerDocument):
            yield Found(document.key, records.load(document.data), document.data[source.field])


def after_cause(code: str) -> str:
    """The `first` of `find` for what comes after a cause."""
    return f"{code} {_LAST}"


def count_documents(services: Services, kind: Kind[Any], cooperation: str) -> int:
    """How many documents of a kind have a dead letter, or more than one. Raises StoreUnavailable."""
    return services.store.count(Query(kind.collection, {"cooperation": cooperation, "needs_person": True}))


def count(services: Services, source: Source, cooperation: str, code: str) -> int:
    """How many of this cause there are. Raises StoreUnavailable."""
    return services.store.count(source.query(cooperation, f"{code} ", f"{code} {_LAST}"))
