"""Reads the rows of a table in the order of the store, a bounded number of documents at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shared.feed.sets import EntitySet, Personal, Row
from shared.work.services import Services


@dataclass(frozen=True)
class Spot:
    """Where a scan stands: after row number `row` (from 1; 0: before the first) of the document `key`.

    `changed_at` is that of the document, in the form of the store, when the scan is in the order of changes.
    """

    key: str
    changed_at: str | None = None
    row: int = 0


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

    def __iter__(self) -> Iterator[tuple[Spot, Row]]:
        raise NotImplementedError
