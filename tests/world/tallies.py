"""What the tallies say has to be what the documents count for (`shared/domain/tally.py`), after whatever happened."""

from __future__ import annotations

from collections import Counter

from shared.domain.tally import COLLECTION
from shared.store.port import Query, Store
from shared.work.kinds import KINDS

Counts = dict[str, dict[str, int]]
"""Key of a tally → name → number. Without zeros."""


def kept(store: Store) -> Counts:
    """The tallies as they are stored."""
    found = store.find(Query(COLLECTION, limit=10_000))
    return _without_zeros({document.key: document.data.get("counts", {}) for document in found})


def counted_anew(store: Store) -> Counts:
    """The tallies as they follow from the documents."""
    sums: dict[str, Counter[str]] = {}
    for kind in KINDS:
        for document in store.find(Query(kind.collection, limit=10_000)):
            for tally in document.data.get("tally") or []:
                sums.setdefault(tally["key"], Counter()).update(tally["counts"])
    return _without_zeros({key: dict(counts) for key, counts in sums.items()})


def _without_zeros(tallies: Counts) -> Counts:
    nonzero = {key: {name: number for name, number in counts.items() if number} for key, counts in tallies.items()}
    return {key: counts for key, counts in nonzero.items() if counts}
