"""What a write of a document changes in the tallies: the field `tally` of the new document, less that of the old one.

`domain/tally.py` says what counts. The form of the field never changes, because documents of older and newer versions
of this code are deleted unparsed: a list of `{"key": …, "fixed": {…}, "counts": {name: number}}`, or None.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from shared.domain.tally import COLLECTION
from shared.store.port import Addition, Data


def tally_difference(before: Data | None, after: Data | None) -> list[Addition]:
    """What to add in the write that makes `after` of `before`. None: there is no document.

    Nothing when both count for the same. The fixed fields of a tally are also written when only they differ.
    """
    old, new = _tallies(before), _tallies(after)
    additions = []
    for key in {**old, **new}:
        old_fixed, old_counts = old.get(key, ({}, Counter()))
        new_fixed, new_counts = new.get(key, (old_fixed, Counter()))
        changes = Counter(new_counts)
        changes.subtract(old_counts)
        counts = {name: number for name, number in changes.items() if number}
        if counts or new_fixed != old_fixed:
            additions.append(Addition(COLLECTION, key, new_fixed, counts))
    return additions


def _tallies(data: Data | None) -> dict[str, tuple[dict[str, Any], Counter[str]]]:
    """Key → fixed fields and counts. Of two tallies with one key the counts are one sum, and the last fields stand."""
    sums: dict[str, tuple[dict[str, Any], Counter[str]]] = {}
    for tally in (data or {}).get("tally") or []:
        _, counts = sums.get(tally["key"], ({}, Counter()))
        counts.update(tally["counts"])
        sums[tally["key"]] = tally["fixed"], counts
    return sums
