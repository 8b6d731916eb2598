"""A long list in a page: `?q=` searches, `?page=` is the page. `look/listing.html` shows the field and the links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

Row = TypeVar("Row")


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """The `rows` of this page, of the `found` that have all words of `q`. Pages count from 1."""

    rows: Sequence[Row]
    found: int
    q: str
    page: int
    pages: int


def listing(rows: Sequence[Row], text: Callable[[Row], str], rows_a_page: int = 50) -> Listing[Row]:
    """The part of `rows` that the address of this request asks for. `text` is what a row is searched by."""
    q = request.args.get("q", "").strip()
    words = q.lower().split()
    found = [row for row in rows if all(word in text(row).lower() for word in words)] if words else rows
    pages = max(1, -(-len(found) // rows_a_page))
    page = min(max(1, request.args.get("page", 1, int)), pages)
    return Listing(found[(page - 1) * rows_a_page : page * rows_a_page], len(found), q, page, pages)
