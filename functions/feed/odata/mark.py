"""Where a page of a table begins, and what is left to give."""

from __future__ import annotations

from dataclasses import dataclass

from shared.feed.scan import Spot
from shared.feed.sets import Value


@dataclass(frozen=True)
class Mark:
    """`after`: the row before the next page; None: nothing was read yet. `top` and `skip` are what is left of them.

    `values` are what the rows were sorted by, of the row `after`; None when the order is that of the store.
    """

    after: Spot | None
    top: int | None
    skip: int
    page: int
    values: tuple[Value, ...] | None = None

    @property
    def room(self) -> int:
        """How many rows this page may have."""
        return self.page if self.top is None else min(self.page, self.top)
