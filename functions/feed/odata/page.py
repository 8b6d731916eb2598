"""Reads one page of a table: the rows that `$filter` leaves, in the order of `$orderby`, from a mark on.

In the order of the store a page costs what it reads, at most `MOST_READ` documents: then it ends, short or empty, and
the next goes on. Another order, and a count, need all rows at once, so they have a limit: `MOST_AT_ONCE` documents.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from functions.feed.odata.errors import not_supported
from functions.feed.odata.mark import Mark
from functions.feed.odata.options import Order, RowOptions
from functions.feed.reader import Reader
from shared.config import Personal
from shared.feed.scan import Asked, Scan, Spot
from shared.feed.sets import EntitySet, Row, Value
from shared.work.services import Services

MOST_READ = 5_000
MOST_AT_ONCE = 25_000
_MOST_SORTED = 10_000  # rows that are kept while sorting

_TOO_MANY = (
    f"Dit gaat over meer dan {MOST_AT_ONCE} bewoners. Vraag met $filter op changed_at een deel, of haal alles op en "
    "sorteer of tel daar."
)


@dataclass(frozen=True)
class Page:
    """The rows as JSON, and where the next page begins; None when there is none."""

    rows: list[str]
    next: Mark | None = None


class Rows:
    """The rows of a table that `options` ask for. Raises BadInput for a wrong `$filter`."""

    def __init__(self, services: Services, reader: Reader, table: EntitySet, options: RowOptions) -> None:
        self._services, self._cooperation = services, reader.cooperation
        self._columns = [it.name for it in options.select or table.columns_for(reader.personal)]
        self._asked, self._matches = _asked(table, reader.personal, options)
        self._omit_nulls = options.omit_nulls
        self._order = () if _is_order_of_store(options.order) else options.order

    def page(self, mark: Mark) -> Page:
        """Raises BadInput (501) when there is too much to sort, and StoreUnavailable."""
        if mark.top == 0:
            return Page([])
        return self._sorted(mark) if self._order else self._in_order(mark)

    def count(self) -> int:
        """How many rows match. Raises as `page`."""
        return sum(1 for _ in self._all("$count"))

    def _scan(self, after: Spot | None, documents: int | None) -> Scan:
        return Scan(self._services, self._cooperation, replace(self._asked, after=after, documents=documents))

    def _all(self, why: str) -> Iterator[tuple[Spot, Row]]:
        """Refused before anything is read: so many documents cost money, and the time of who waits."""
        scan = self._scan(None, None)
        if scan.is_more_than(MOST_AT_ONCE):
            raise not_supported(why, _TOO_MANY)
        for spot, row in scan:
            if self._matches(row):
                yield spot, row

    def _in_order(self, mark: Mark) -> Page:
        rows: list[str] = []
        scan, skip, before = self._scan(mark.after, MOST_READ), mark.skip, mark.after
        for spot, row in scan:
            if self._matches(row):
                if len(rows) == mark.room:  # The page is full, and there is one row more.
                    return Page(rows, _next(mark, before, len(rows), skip))
                if skip:
                    skip -= 1
                else:
                    rows.append(self._shown(row))
                if len(rows) == mark.top:
                    return Page(rows)
            before = spot
        return Page(rows, _next(mark, scan.spot, len(rows), skip) if scan.spot else None)

    def _sorted(self, mark: Mark) -> Page:
        wanted = mark.skip + mark.room + 1
        if wanted > _MOST_SORTED:
            raise not_supported("$skip", f"Samen met $orderby kan dit tot {_MOST_SORTED} rijen.")
        last = _place(self._order, mark.values, mark.after) if mark.values is not None and mark.after else None
        places = ((_place(self._order, self._values(row), spot), spot, row) for spot, row in self._all("$orderby"))
        first = heapq.nsmallest(wanted, (it for it in places if last is None or it[0] > last), key=lambda it: it[0])
        kept = first[mark.skip : mark.skip + mark.room]
        rows = [self._shown(row) for _, _, row in kept]
        if len(first) < wanted or len(rows) == mark.top:
            return Page(rows)
        _, spot, row = kept[-1]
        return Page(rows, replace(_next(mark, spot, len(rows), 0), values=self._values(row)))

    def _values(self, row: Row) -> tuple[Value, ...]:
        return tuple(row[by.column] for by in self._order)

    def _shown(self, row: Row) -> str:
        return shown({}, row, self._columns, omit_nulls=self._omit_nulls)


def shown(before: Mapping[str, str], row: Row, columns: list[str], *, omit_nulls: bool) -> str:
    """The row as JSON with these columns, after `before`."""
    values = {name: row[name] for name in columns}
    if omit_nulls:
        values = {name: value for name, value in values.items() if value is not None}
    return json.dumps({**before, **values}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _asked(table: EntitySet, personal: Personal, options: RowOptions) -> tuple[Asked, Callable[[Row], bool]]:
    """What is read of the store, and which rows of it match."""
    asked = Asked(table, personal, order="changed_at" if options.order and _is_order_of_store(options.order) else "key")
    if options.filter is None:
        return asked, lambda _row: True
    from shared.feed.filter import read_filter  # noqa: PLC0415 (its library takes a sixth of a second to load)

    found = read_filter(options.filter, table.columns_for(personal))
    if found.since is not None or found.until is not None:
        asked = replace(asked, order="changed_at", since=found.since, until=found.until)
    return asked, found.matches


def _is_order_of_store(order: tuple[Order, ...]) -> bool:
    """Whether the store gives the rows in this order. It cannot sort by id: ids are hashes that it does not know."""
    return order in {(), (Order("changed_at", descending=False),)}


def _next(mark: Mark, after: Spot | None, given: int, skip: int) -> Mark:
    return replace(mark, after=after, skip=skip, top=None if mark.top is None else mark.top - given)


@dataclass
class _Descending:
    """A value that sorts before smaller ones."""

    value: Any

    def __lt__(self, other: _Descending) -> bool:
        return bool(other.value < self.value)


def _place(order: tuple[Order, ...], values: tuple[Value, ...], spot: Spot) -> tuple[Any, ...]:
    """What rows are sorted by: their values, no value (null) as the least, and then their place in the store."""
    keys: list[Any] = [(value is not None, value if value is not None else 0) for value in values]
    return (
        *(_Descending(key) if by.descending else key for by, key in zip(order, keys, strict=True)),
        spot.key,
        spot.row,
    )
