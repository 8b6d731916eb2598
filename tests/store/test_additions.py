"""Numbers that a write adds to another document: together with the write, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.errors import AlreadyExists, Changed, TooBig
from shared.store.limits import MAX_ADDED, MAX_ADDITIONS, MAX_BYTES
from shared.store.port import Addition, Query, Store
from tests.world.clock import TestClock

ONE = Addition("tallies", "campaign", {"cooperation": "a"}, {"aangemeld": 1})
ODD_NAMES = (
    "week 2026-W48", "Jan > Piet | x", "a.b", "`", "\\", "\\`", "``", "a\\", "Zoë Łuczak 李 👩‍👩‍👧 \u202eRTL\u200b", "0", " ",
    "__", "__x", "_token", "counts", "'\"$.a[0]#", "\x85\u2028\ufeff", "\x00\t\x1f\x7f", "`" * 1000, "é" * 500,
)  # fmt: skip


def tally(store: Store, key: str = "campaign") -> dict[str, Any] | None:
    found = store.get("tallies", key)
    return found.data if found else None


def test_the_document_is_made_and_grows_with_each_write(store: Store) -> None:
    first = store.create("residents", "one", {"n": 1}, [ONE])
    assert tally(store) == {"cooperation": "a", "counts": {"aangemeld": 1}}
    second = store.replace(
        "residents", "one", {"n": 2}, first.version, [replace(ONE, counts={"aangemeld": -1, "bezocht": 1})]
    )
    assert tally(store) == {"cooperation": "a", "counts": {"aangemeld": 0, "bezocht": 1}}
    store.delete(
        "residents", "one", second.version, [replace(ONE, fixed={"cooperation": "b", "n": 3}, counts={"bezocht": 5})]
    )
    assert tally(store) == {"cooperation": "b", "n": 3, "counts": {"aangemeld": 0, "bezocht": 6}}
    assert store.get("residents", "one") is None


def test_an_addition_that_no_document_can_hold_is_too_big(store: Store) -> None:
    """And then nothing is written. A document holds a megabyte, so some of these additions fit."""
    first = store.create("residents", "one", {"n": 1})
    with pytest.raises(TooBig):
        for part in range(10):
            wide = {f"{part}-{number:03}-{'x' * 480}": 1 for number in range(MAX_ADDED)}
            first = store.replace("residents", "one", {"n": 2 + part}, first.version, [replace(ONE, counts=wide)])
    assert store.get("residents", "one") == first
    assert first.data["n"] > 2


def test_a_write_adds_to_several_documents(store: Store) -> None:
    store.create("residents", "one", {}, [replace(ONE, key=f"{number}") for number in range(MAX_ADDITIONS)])
    assert store.count(Query("tallies", {"cooperation": "a"})) == MAX_ADDITIONS


def test_a_write_that_is_refused_adds_nothing(store: Store) -> None:
    first = store.create("residents", "one", {"n": 1}, [ONE])
    second = store.replace("residents", "one", {"n": 2}, first.version)
    with pytest.raises(AlreadyExists):
        store.create("residents", "one", {"n": 3}, [ONE])
    with pytest.raises(Changed):
        store.replace("residents", "one", {"n": 3}, first.version, [ONE])
    with pytest.raises(Changed):
        store.delete("residents", "one", first.version, [ONE])
    with pytest.raises(TooBig):
        store.replace("residents", "one", {"text": "x" * MAX_BYTES}, second.version, [ONE])
    assert store.get("residents", "one") == second
    assert tally(store) == {"cooperation": "a", "counts": {"aangemeld": 1}}


def test_a_delete_of_what_is_gone_adds_nothing(store: Store) -> None:
    first = store.create("residents", "one", {})
    store.delete("residents", "one", adding=[ONE])
    assert tally(store) == {"cooperation": "a", "counts": {"aangemeld": 1}}
    store.delete("residents", "one", adding=[ONE])
    store.delete("residents", "one", first.version, [ONE])
    assert tally(store) == {"cooperation": "a", "counts": {"aangemeld": 1}}


def test_what_has_expired_is_gone_to_additions_too(store: Store, clock: TestClock) -> None:
    first = store.create("residents", "one", {"expires_at": clock.in_seconds(10)})
    clock.advance(10)
    with pytest.raises(Changed):
        store.replace("residents", "one", {}, first.version, [ONE])
    store.delete("residents", "one", adding=[ONE])
    store.delete("residents", "one", first.version, [ONE])
    assert tally(store) is None
    store.create("residents", "two", {"expires_at": clock.in_seconds(10)})
    clock.advance(10)
    store.create("residents", "two", {}, [ONE])
    assert tally(store) == {"cooperation": "a", "counts": {"aangemeld": 1}}


def test_a_document_that_was_written_whole_is_added_to(store: Store) -> None:
    """So a command can count anew, and what is found by a fixed field is found."""
    old = {"cooperation": "a", "left": [1], "counts": {"aangemeld": 40, "big": 2**62, "zero": 0}}
    created = store.create("tallies", "campaign", old)
    assert store.get("tallies", "campaign") == created
    store.create("residents", "one", {}, [replace(ONE, counts={"aangemeld": 2, "new": -3})])
    (found,) = store.find(Query("tallies", {"cooperation": "a"}))
    assert found.data == {**old, "counts": {"aangemeld": 42, "big": 2**62, "zero": 0, "new": -3}}
    assert found.version != created.version
    with pytest.raises(Changed):
        store.replace("tallies", "campaign", {}, created.version)
    emptied = store.replace("tallies", "campaign", {"counts": {}}, found.version)
    assert store.get("tallies", "campaign") == emptied
    store.create("residents", "two", {}, [ONE])
    assert tally(store) == {"cooperation": "a", "counts": {"aangemeld": 1}}


def test_fixed_fields_come_back_as_they_were(store: Store, clock: TestClock) -> None:
    fixed = {"text": "é 'x'", "none": None, "true": True, "one": 1, "half": 0.5, "expires_at": clock.in_seconds(60)}
    store.create("residents", "one", {}, [replace(ONE, fixed=fixed)])
    assert repr(sorted((tally(store) or {}).items())) == repr(sorted({**fixed, "counts": {"aangemeld": 1}}.items()))
    clock.advance(60)
    assert tally(store) is None


def test_fixed_fields_alone(store: Store) -> None:
    store.create("residents", "one", {}, [replace(ONE, counts={})])
    assert tally(store) == {"cooperation": "a"}
    store.create("residents", "two", {}, [ONE])
    store.create("residents", "three", {}, [replace(ONE, fixed={"cooperation": "b"}, counts={})])
    assert tally(store) == {"cooperation": "b", "counts": {"aangemeld": 1}}


def test_no_fixed_field_at_all(store: Store) -> None:
    store.create("residents", "one", {}, [replace(ONE, fixed={})])
    store.create("residents", "two", {}, [replace(ONE, fixed={})])
    assert tally(store) == {"counts": {"aangemeld": 2}}


@pytest.mark.parametrize("name", ODD_NAMES, ids=repr)
def test_a_count_has_any_name(store: Store, name: str) -> None:
    """Twice, so that the second write finds what the first one made; and in a document that is written whole."""
    store.create("residents", "one", {}, [replace(ONE, counts={name: 2, "other": 1})])
    store.create("residents", "two", {}, [replace(ONE, counts={name: 3})])
    assert tally(store) == {"cooperation": "a", "counts": {name: 5, "other": 1}}
    whole = store.create("tallies", "whole", {"counts": {name: 1}})
    assert store.get("tallies", "whole") == whole


def test_many_counts_at_once(store: Store) -> None:
    counts = {f"week {number} | bron > naam": number + 1 for number in range(MAX_ADDED)}
    store.create("residents", "one", {}, [replace(ONE, counts=counts)])
    assert tally(store) == {"cooperation": "a", "counts": counts}


REFUSED = {
    "an odd collection": [replace(ONE, collection="Tallies")],
    "an odd key": [replace(ONE, key="a/b")],
    "the document itself": [Addition("residents", "one", {}, {"a": 1})],
    "one document twice": [ONE, ONE],
    "too many documents": [replace(ONE, key=f"{number}") for number in range(MAX_ADDITIONS + 1)],
    "nothing": [replace(ONE, fixed={}, counts={})],
    "too many counts": [replace(ONE, counts={f"{number}": 1 for number in range(MAX_ADDED + 1)})],
    "counts as a fixed field": [replace(ONE, fixed={"counts": 1})],
    "a fixed list": [replace(ONE, fixed={"list": [1]})],
    "an odd fixed field": [replace(ONE, fixed={"a.b": 1})],
    "a fixed text that is not JSON": [replace(ONE, fixed={"a": "\ud800"})],
    "a fixed number that is not JSON": [replace(ONE, fixed={"a": float("nan")})],
    "an odd moment": [replace(ONE, fixed={"expires_at": "tomorrow"})],
    "a boolean": [replace(ONE, counts={"a": True})],
    "half": [replace(ONE, counts={"a": 0.5})],
    "a text": [replace(ONE, counts={"a": "1"})],
    "a large number": [replace(ONE, counts={"a": 2**31})],
    "no name": [replace(ONE, counts={"": 1})],
    "a name of Firestore": [replace(ONE, counts={"__a b__": 1})],
    "a name of two lines": [replace(ONE, counts={"a\nb": 1})],
    "a name that ends its line": [replace(ONE, counts={"a\n": 1})],
    "a name with the other end of a line": [replace(ONE, counts={"a\rb": 1})],
    "a name that is no text": [replace(ONE, counts={1: 1})],
    "a name that is not JSON": [replace(ONE, counts={"\ud800": 1})],
    "a long name": [replace(ONE, counts={"é" * 500 + "x": 1})],
}


@pytest.mark.parametrize("adding", REFUSED.values(), ids=list(REFUSED))
def test_an_addition_that_not_every_store_can_make_is_refused(store: Store, adding: list[Addition]) -> None:
    created = store.create("residents", "one", {"n": 1})
    with pytest.raises(
        ValueError, match=r"addition|count|field|adds|number|not a|expires_at|isoformat|JSON|surrogates"
    ):
        store.replace("residents", "one", {"n": 2}, created.version, adding)
    with pytest.raises(ValueError, match=r".+"):
        store.delete("residents", "one", created.version, adding)
    with pytest.raises(ValueError, match=r".+"):
        store.delete("residents", "one", adding=adding)
    store.delete("residents", "one")
    with pytest.raises(ValueError, match=r".+"):
        store.create("residents", "one", {"n": 1}, adding)
    assert store.get("residents", "one") is None
    assert store.count(Query("tallies")) == 0


@pytest.mark.parametrize("counts", [None, 1, [], {"a": 0.5}, {"a": {}}, {"a": 2**63}, {"": 1}, {"__x__": 1}], ids=repr)
def test_counts_that_nobody_can_add_to_are_refused(store: Store, counts: Any) -> None:
    with pytest.raises(ValueError, match="count"):
        store.create("tallies", "campaign", {"counts": counts})
