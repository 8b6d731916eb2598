"""What a write adds to the tallies is the new field `tally` less the old one."""

from __future__ import annotations

from typing import Any

import pytest

from shared.store.port import Addition
from shared.work.tally_difference import tally_difference

FIXED = {"cooperation": "a", "expires_at": None}


def counting(*tallies: tuple[str, dict[str, int]], fixed: dict[str, Any] = FIXED) -> dict[str, Any]:
    return {"tally": [{"key": key, "fixed": fixed, "counts": counts} for key, counts in tallies]}


def addition(key: str, counts: dict[str, int], fixed: dict[str, Any] = FIXED) -> Addition:
    return Addition("tallies", key, fixed, counts)


LATER = {**FIXED, "expires_at": "2029-01-01T00:00:00.000000Z"}
CASES: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None, list[Addition]]] = {
    "nothing": (None, None, []),
    "documents that count for nothing": ({}, {"tally": None}, []),
    "a new document": (None, counting(("w", {"a": 1, "b": 2})), [addition("w", {"a": 1, "b": 2})]),
    "a document from before there were tallies": ({"n": 1}, counting(("w", {"a": 1})), [addition("w", {"a": 1})]),
    "a document that goes": (counting(("w", {"a": 1})), None, [addition("w", {"a": -1})]),
    "a document that counts no more": (counting(("w", {"a": 1})), {"tally": None}, [addition("w", {"a": -1})]),
    "the same": (counting(("w", {"a": 1})), counting(("w", {"a": 1})), []),
    "another step": (
        counting(("w", {"a": 1, "same": 7})),
        counting(("w", {"b": 1, "same": 7})),
        [addition("w", {"b": 1, "a": -1})],
    ),
    "more of it": (counting(("w", {"a": 250})), counting(("w", {"a": 300})), [addition("w", {"a": 50})]),
    "zero is nothing": (counting(("w", {"a": 1, "b": 0})), counting(("w", {"a": 1, "c": 0})), []),
    "another week": (
        counting(("w", {"a": 1})),
        counting(("x", {"a": 1})),
        [addition("w", {"a": -1}), addition("x", {"a": 1})],
    ),
    "one more journey": (
        counting(("w", {"a": 1})),
        counting(("x", {"a": 1}), ("w", {"a": 1})),
        [addition("x", {"a": 1})],
    ),
    "two journeys in one tally": (
        None,
        counting(("w", {"a": 1}), ("w", {"a": 1, "b": 1})),
        [addition("w", {"a": 2, "b": 1})],
    ),
    "one journey of two goes": (
        counting(("w", {"a": 1}), ("w", {"a": 1})),
        counting(("w", {"a": 1})),
        [addition("w", {"a": -1})],
    ),
    "only a fixed field": (
        counting(("w", {"a": 1})),
        counting(("w", {"a": 1}), fixed=LATER),
        [addition("w", {}, LATER)],
    ),
    "a fixed field and a count": (
        counting(("w", {"a": 1})),
        counting(("w", {"a": 2}), fixed=LATER),
        [addition("w", {"a": 1}, LATER)],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_new_less_the_old(case: tuple[dict[str, Any] | None, dict[str, Any] | None, list[Addition]]) -> None:
    before, after, expected = case
    found = tally_difference(before, after)
    assert sorted(found, key=lambda it: it.key) == sorted(expected, key=lambda it: it.key)


def test_it_changes_neither_document() -> None:
    before, after = counting(("w", {"a": 1}), ("w", {"a": 1})), counting(("w", {"b": 1}))
    tally_difference(before, after)
    assert before == counting(("w", {"a": 1}), ("w", {"a": 1}))
    assert after == counting(("w", {"b": 1}))
