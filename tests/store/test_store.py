"""Every store keeps the promises of `shared/store/port.py`. `find` and races have test files of their own."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import AlreadyExists, Changed, TooBig
from shared.store.limits import MAX_BYTES
from shared.store.port import Query, Store, update
from tests.world.clock import TestClock

UNUSUAL: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no value": {"a": None},
    "empty": {"text": "", "list": [], "object": {}},
    "true and false are not 1 and 0": {"true": True, "false": False, "one": 1, "zero": 0},
    "numbers": {"big": 2**53, "negative": -(2**53), "half": 0.5, "whole": 1.0, "small": 5e-324, "large": 1.7e308},
    "numbers beyond 64 bits": {"above": 2**63, "edge": 2**63 - 1, "below": -(2**63) - 1},
    "any script": {"name": "Zoë Łuczak-Öztürk 李 👩‍👩‍👧 \u202eRTL\u200b", "'t": "IJsbrand"},
    "control characters": {"text": "line\r\n\ttab \x00 \x1f \x7f \ufeff \\ \" '"},
    "lists in lists": {"rows": [[1, [2, []]], [{"a": [[None]]}]]},
    "odd names": {"": 1, "__id__": 2, "a.b": 3, "`": 4, "ß": 5, "$.a": 6, "_rest": 7, "_token": "8", "n" * 2000: 9},
    "depth": {"deep": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]},
    "a long text": {"text": "é" * 20_000},
}


def test_what_was_created_is_read_back(store: Store) -> None:
    created = store.create("residents", "a.b:c-D_1", {"name": "Truus"})
    assert created.key == "a.b:c-D_1"
    assert created.data == {"name": "Truus"}
    assert store.get("residents", "a.b:c-D_1") == created


def test_what_is_not_there_is_none(store: Store) -> None:
    store.create("residents", "one", {})
    assert store.get("residents", "two") is None
    assert store.get("relays", "one") is None


@pytest.mark.parametrize("data", UNUSUAL.values(), ids=list(UNUSUAL))
def test_any_json_comes_back_as_it_was(store: Store, data: dict[str, Any]) -> None:
    created = store.create("residents", "one", data)
    found = store.get("residents", "one")
    assert found == created
    assert repr(sorted(found.data.items())) == repr(sorted(data.items()))  # true is not 1, and 1.0 is not 1


def test_a_caller_that_changes_its_data_afterwards_does_not_change_the_document(store: Store) -> None:
    data = {"coaches": ["a"]}
    created = store.create("residents", "one", data)
    data["coaches"].append("b")
    assert created.data == {"coaches": ["a"]}


def test_create_refuses_what_exists_and_leaves_it(store: Store) -> None:
    first = store.create("residents", "one", {"n": 1})
    with pytest.raises(AlreadyExists):
        store.create("residents", "one", {"n": 2})
    assert store.get("residents", "one") == first


def test_replace_leaves_nothing_of_the_old_document(store: Store) -> None:
    first = store.create("residents", "one", {"old": 1, "both": 1, "list": [1], "expires_at": None})
    second = store.replace("residents", "one", {"both": 2, "new": 2}, first.version)
    assert second.data == {"both": 2, "new": 2}
    assert store.get("residents", "one") == second


def test_replace_refuses_a_version_that_is_not_the_newest(store: Store) -> None:
    first = store.create("residents", "one", {"n": 1})
    second = store.replace("residents", "one", {"n": 2}, first.version)
    with pytest.raises(Changed):
        store.replace("residents", "one", {"n": 3}, first.version)
    assert store.get("residents", "one") == second


def test_replace_refuses_what_is_gone(store: Store) -> None:
    first = store.create("residents", "one", {"n": 1})
    store.delete("residents", "one")
    with pytest.raises(Changed):
        store.replace("residents", "one", {"n": 2}, first.version)
    assert store.get("residents", "one") is None


def test_delete(store: Store) -> None:
    store.delete("residents", "one")
    store.create("residents", "one", {})
    store.delete("residents", "one")
    assert store.get("residents", "one") is None


def test_delete_of_a_version(store: Store) -> None:
    first = store.create("residents", "one", {"n": 1})
    second = store.replace("residents", "one", {"n": 2}, first.version)
    with pytest.raises(Changed):
        store.delete("residents", "one", first.version)
    assert store.get("residents", "one") == second
    store.delete("residents", "one", second.version)
    assert store.get("residents", "one") is None
    store.delete("residents", "one", second.version)


def test_a_version_never_comes_back(store: Store) -> None:
    """Neither when a write changes nothing, nor when the document is made anew."""
    versions = []
    for _ in range(20):
        document = store.create("residents", "one", {"n": 1})
        versions.append(document.version)
        versions.append(store.replace("residents", "one", {"n": 1}, document.version).version)
        store.delete("residents", "one")
    assert len(set(versions)) == len(versions) == 40


def test_an_old_version_does_not_fit_a_document_made_anew(store: Store) -> None:
    old = store.create("residents", "one", {"n": 1})
    store.delete("residents", "one")
    new = store.create("residents", "one", {"n": 1})
    with pytest.raises(Changed):
        store.replace("residents", "one", {"n": 2}, old.version)
    with pytest.raises(Changed):
        store.delete("residents", "one", old.version)
    assert store.get("residents", "one") == new


def test_update_makes_changes_and_leaves(store: Store) -> None:
    def count(data: dict[str, Any] | None) -> dict[str, Any] | None:
        n = data["n"] if data else 0
        return {"n": n + 1} if n < 2 else None

    for expected in (1, 2, 2):
        written = update(store, "cursors", "one", count)
        assert written is not None
        assert written.data == {"n": expected}
        assert store.get("cursors", "one") == written


# -- what expires ------------------------------------------------------------------------------------------------------


def test_a_document_is_there_until_its_moment(store: Store, clock: TestClock) -> None:
    created = store.create("submissions", "one", {"expires_at": clock.in_seconds(60)})
    clock.advance(59.999999)
    assert store.get("submissions", "one") == created
    assert store.find(Query("submissions")) == [created]
    clock.advance(0.000001)
    assert store.get("submissions", "one") is None
    assert store.find(Query("submissions")) == []


def test_an_expired_document_is_absent_to_writes(store: Store, clock: TestClock) -> None:
    older = store.create("submissions", "one", {"n": 0})
    old = store.replace("submissions", "one", {"n": 1, "expires_at": clock.in_seconds(60)}, older.version)
    clock.advance(60)
    with pytest.raises(Changed):
        store.replace("submissions", "one", {"n": 2}, old.version)
    store.delete("submissions", "one", older.version)
    new = store.create("submissions", "one", {"n": 3})
    assert store.get("submissions", "one") == new
    with pytest.raises(Changed):
        store.replace("submissions", "one", {"n": 4}, old.version)
    with pytest.raises(AlreadyExists):
        store.create("submissions", "one", {"n": 5})


def test_expiry_can_be_put_off_and_taken_away(store: Store, clock: TestClock) -> None:
    first = store.create("submissions", "one", {"expires_at": clock.in_seconds(60)})
    second = store.replace("submissions", "one", {"expires_at": clock.in_seconds(120)}, first.version)
    clock.advance(90)
    assert store.get("submissions", "one") == second
    third = store.replace("submissions", "one", {"expires_at": None}, second.version)
    clock.advance(10_000)
    assert store.get("submissions", "one") == third


def test_expiry_keeps_its_microseconds(store: Store) -> None:
    data = {"expires_at": "2027-01-31T23:59:59.123456Z"}
    store.create("submissions", "one", data)
    found = store.get("submissions", "one")
    assert found is not None
    assert found.data == data


@pytest.mark.parametrize("text", ["tomorrow", "", "2027-01-31T23:59:59Z", "2027-01-31T23:59:59.123456+01:00"])
def test_expiry_in_another_form_is_refused(store: Store, text: str) -> None:
    with pytest.raises(ValueError, match=r"expires_at|isoformat"):
        store.create("submissions", "one", {"expires_at": text})


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_what_is_too_big_is_refused_everywhere_at_the_same_size(store: Store) -> None:
    fits = {"text": "é" * ((MAX_BYTES - len('{"text":""}')) // 2), "": ""}
    fits["text"] = fits["text"][: -len(',"":""')]
    fits[""] = "x" * (MAX_BYTES - len('{"text":"","":""}') - 2 * len(fits["text"]))
    created = store.create("relays", "one", fits)
    assert store.get("relays", "one") == created
    too_big = {**fits, "": fits[""] + "x"}
    with pytest.raises(TooBig):
        store.create("relays", "two", too_big)
    with pytest.raises(TooBig):
        store.replace("relays", "one", too_big, created.version)
    assert store.get("relays", "one") == created


def test_one_long_text_that_can_be_found_by_may_fill_a_document(store: Store) -> None:
    created = store.create("relays", "one", {"text": "x" * (MAX_BYTES - len('{"text":""}'))})
    assert store.get("relays", "one") == created


@pytest.mark.parametrize("key", ["", ".", "..", "__x__", "a/b", "a b", "ü", "a\n", "a" * 401, "jan@example.org"])
def test_an_odd_key_is_refused(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.create("residents", key, {})
    with pytest.raises(ValueError, match="not a key"):
        store.get("residents", key)
    with pytest.raises(ValueError, match="not a key"):
        store.delete("residents", key)


@pytest.mark.parametrize("collection", ["", "Residents", "a/b", "__x__", "a'b", 'a"b'])
def test_an_odd_collection_is_refused(store: Store, collection: str) -> None:
    with pytest.raises(ValueError, match="not a collection"):
        store.create(collection, "one", {})
    with pytest.raises(ValueError, match="not a collection"):
        store.find(Query(collection))


@pytest.mark.parametrize("key", ["a", "...", "_", "__", "___", "__x", "0", "a" * 400, "2026-11-23T12:00:00.000000Z"])
def test_a_key_that_looks_odd_and_is_not(store: Store, key: str) -> None:
    created = store.create("residents", key, {"n": 1})
    assert store.get("residents", key) == created
    assert store.find(Query("residents")) == [created]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"a": ["\udfff"]}])
def test_what_is_not_json_is_refused(store: Store, value: Any) -> None:
    with pytest.raises(ValueError, match=r"JSON|surrogates"):
        store.create("residents", "one", {"value": value})
    assert store.get("residents", "one") is None


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object()])
def test_what_json_cannot_hold_is_refused(store: Store, value: Any) -> None:
    with pytest.raises(TypeError, match="JSON"):
        store.create("residents", "one", {"value": value})
