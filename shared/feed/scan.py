"""Reads the rows of a table in the order of the store, a bounded number of documents at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from shared.config import Personal
from shared.feed.campaigns import campaign_rows
from shared.feed.rows import Maker
from shared.feed.sets import CAMPAIGNS, EntitySet, Row
from shared.store.port import Document, Query
from shared.work.feed_salt import Pseudonyms, salt_of
from shared.work.services import Services

_RESIDENTS = "residents"
_PAGE = 500
"""So many documents are in memory at a time."""
_ALL = "~"
"""The row of a spot that stands after all rows of its document."""


@dataclass(frozen=True)
class Spot:
    """Where a scan stands: after the row with the place `row` (`""`: before the first) of the document `key`.

    `changed_at` is that of the document, in the form of the store, when the scan is in the order of changes.
    """

    key: str
    changed_at: str | None = None
    row: str = ""


@dataclass(frozen=True)
class Asked:
    """What is read. `since` and `until`: the least and greatest `changed_at`, as in a row (None: no bound).

    `order`: by the key of the document, or by the moment of its last change. A bound needs `changed_at`. `after`: where
    the last time ended. `documents`: read no more than about so many now.
    """

    table: EntitySet
    personal: Personal = "none"
    order: Literal["key", "changed_at"] = "key"
    since: str | None = None
    until: str | None = None
    after: Spot | None = None
    documents: int | None = None


class Scan:
    """Iterate over it once: `(spot, row)` of each row, with all columns that the level allows.

    Afterwards `spot` is where a next scan goes on, or None when everything was read. While iterating, it may be left
    early at any row: go on from the spot of that row.
    """

    def __init__(self, services: Services, cooperation: str, asked: Asked) -> None:
        self.spot: Spot | None = asked.after
        self._services, self._cooperation, self._asked = services, cooperation, asked
        self._is_cut_off = False

    def is_more_than(self, documents: int) -> bool:
        """Whether so many documents are not all that there are to read. The store counts them, and reads none."""
        if self._asked.table is CAMPAIGNS:
            return False
        return self._services.store.count(self._query(1, None), documents + 1) > documents

    def __iter__(self) -> Iterator[tuple[Spot, Row]]:
        if self._asked.table is CAMPAIGNS:
            yield from self._campaigns()
            return
        services, asked = self._services, self._asked
        maker = Maker(
            services.cooperations[self._cooperation],
            Pseudonyms(salt_of(services.store, self._cooperation).salt),
            asked.personal,
            services.today,
        )
        for document in self._documents():
            changed_at = document.data.get("changed_at")
            began = asked.after.row if asked.after and asked.after.key == document.key else ""
            at = Spot(document.key, changed_at, began)
            for place, row in maker.rows(asked.table.name, document.data):
                if place > began:
                    at = replace(at, row=place)
                    yield at, row
            self.spot = replace(at, row=_ALL)
        if not self._is_cut_off:
            self.spot = None

    def _documents(self) -> Iterator[Document]:
        """Those of the cooperation, the one in which the last time ended included."""
        asked, after, count = self._asked, None, 0
        if asked.after:
            after = Document(asked.after.key, {"changed_at": asked.after.changed_at}, "")
            if asked.after.row < _ALL and (left := self._left_in(asked.after)):
                count += 1
                yield left
        while True:
            limit = min(_PAGE, max(1, asked.documents - count)) if asked.documents else _PAGE
            page = self._services.store.find(self._query(limit, after))
            yield from page
            count += len(page)
            if len(page) < limit:
                return
            if asked.documents and count >= asked.documents:
                self._is_cut_off = True
                return
            after = page[-1]

    def _left_in(self, spot: Spot) -> Document | None:
        """The document of a spot; None when it is gone, or comes again later because it changed meanwhile."""
        found = self._services.store.get(_RESIDENTS, spot.key)
        if found and self._asked.order == "changed_at" and found.data.get("changed_at") != spot.changed_at:
            return None
        return found

    def _query(self, limit: int, after: Document | None) -> Query:
        asked, cooperation = self._asked, self._cooperation
        if asked.order == "key":
            return Query(_RESIDENTS, where={"cooperation": cooperation}, limit=limit, after=after)
        return Query(
            _RESIDENTS,
            where={"cooperation": cooperation},
            order_by="changed_at",
            at_least=asked.since,
            at_most=asked.until,
            limit=limit,
            after=after,
        )

    def _campaigns(self) -> Iterator[tuple[Spot, Row]]:
        """From the settings and the tallies. They are few, so all of them are read each time, in the order of id."""
        last = int(self._asked.after.key) if self._asked.after else 0
        for row in campaign_rows(self._services, self._cooperation):
            number = int(str(row["campaign_id"]))
            if number > last:
                yield Spot(str(number), row=_ALL), row
        self.spot = None
