"""`find` and `count` against a plain reading of what `Query` says, for every shape of query, in every store."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from shared.store.port import Data, Document, Query, Store
from shared.store.sqlite import SqliteStore
from tests.world.clock import TestClock

ABSENT = object()
FIELDS: dict[str, list[Any]] = {
    "cooperation": ["a", 'b "quoted" \\ é'],
    "state": ["open", None, ABSENT],
    "due": ["2026-11-23T01", "2026-11-23T02", "2026-11-23T10", None, ABSENT],
    "done": [True, 1],
}
SHAPES = {
    "all": Query("work"),
    "one field": Query("work", {"cooperation": "a"}),
    "odd text": Query("work", {"cooperation": 'b "quoted" \\ é'}),
    "no value is not absent": Query("work", {"state": None}),
    "true is not one": Query("work", {"done": True}),
    "one is not true": Query("work", {"done": 1}),
    "several fields": Query("work", {"cooperation": "a", "state": "open", "done": True}),
    "in order": Query("work", order_by="due"),
    "in order of a number": Query("work", order_by="n"),
    "from a number": Query("work", order_by="n", at_least=7, at_most=33),
    "from": Query("work", order_by="due", at_least="2026-11-23T02"),
    "until": Query("work", order_by="due", at_most="2026-11-23T02"),
    "between": Query("work", {"cooperation": "a"}, order_by="due", at_least="2026-11-23T01x", at_most="2026-11-23T09"),
    "a field in order": Query("work", {"cooperation": "a"}, order_by="due"),
    "several fields in order": Query("work", {"cooperation": "a", "state": None, "done": 1}, order_by="due"),
    "ordered by what is equal": Query("work", {"due": "2026-11-23T10"}, order_by="due"),
    "by when it expires": Query("work", order_by="expires_at", at_most="2026-11-23T09:00:40.000000Z"),
    "by one moment": Query("work", {"expires_at": "2026-11-23T09:00:30.000000Z"}),
    "a field backwards": Query("work", {"state": "open"}, descending=True),
    "in order backwards": Query("work", order_by="due", descending=True),
    "numbers backwards": Query("work", order_by="n", at_least=7, at_most=33, descending=True),
    "a field in order backwards": Query(
        "work", {"cooperation": "a", "done": True}, order_by="due", at_most="2026-11-23T02", descending=True
    ),
    "nothing": Query("work", {"cooperation": "c"}, order_by="due"),
    "a field that nobody has": Query("work", {"nobody": "x"}),
    "an order that nobody has": Query("work", order_by="nobody"),
    "another collection": Query("other"),
}


@pytest.fixture
def documents(store: Store, clock: TestClock) -> list[Document]:
    """One document of each combination. Every fourth expires, and every eighth has expired already."""
    made = []
    for n, values in enumerate(product(*FIELDS.values())):
        data: Data = {name: value for name, value in zip(FIELDS, values, strict=True) if value is not ABSENT}
        data |= {"n": n, "raw": {"cooperation": "c", "list": [[n]]}}
        if n % 4 == 0:
            data["expires_at"] = clock.in_seconds(30 if n % 8 else 10)
        made.append(store.create("work", f"key-{n * 37 % 60:02}", data))
    store.create("other", "key-00", {"cooperation": "a", "due": "2026-11-23T01"})
    clock.advance(20)
    return [document for document in made if document.data["n"] % 8]


def expected(query: Query, documents: list[Document]) -> list[str]:
    def fits(data: Data) -> bool:
        if any(repr(data.get(name, ABSENT)) != repr(value) for name, value in query.where.items()):
            return False
        value = data.get(query.order_by) if query.order_by else ""
        return (
            value is not None
            and (query.at_least is None or value >= query.at_least)
            and (query.at_most is None or value <= query.at_most)
        )

    found = [document for document in documents if fits(document.data)]
    found.sort(
        key=lambda document: (document.data[query.order_by] if query.order_by else "", document.key),
        reverse=query.descending,
    )
    return [document.key for document in found]


def test_every_shape_finds_what_it_says_in_its_order_and_page_by_page(store: Store, documents: list[Document]) -> None:
    by_key = {document.key: document for document in documents}
    empty = set()
    for name, query in SHAPES.items():
        keys = expected(query, documents) if query.collection == "work" else ["key-00"]
        found = store.find(query)
        assert [document.key for document in found] == keys, name
        if query.collection == "work":
            assert found == [by_key[key] for key in keys], name
        assert keys_of_pages(store, replace(query, limit=3)) == keys, name
        if not keys:
            empty.add(name)
    assert empty == {"nothing", "a field that nobody has", "an order that nobody has"}


def test_every_shape_counts_what_it_finds(store: Store, documents: list[Document], clock: TestClock) -> None:
    """Firestore counts an expired document until it has removed it, which the emulator never does."""
    is_sqlite = isinstance(store, SqliteStore)
    expired = [] if is_sqlite else expired_ones(store, clock)
    for name, query in SHAPES.items():
        number = 1 if query.collection == "other" else len(expected(query, documents + expired))
        assert store.count(query) == number, name
        assert store.count(replace(query, limit=2, after=documents[-1])) == number, name
        assert store.count(query, up_to=5) == min(number, 5), name
    if is_sqlite:
        clock.advance(20)
        assert store.count(Query("work")) == len([it for it in documents if "expires_at" not in it.data])


def expired_ones(store: Store, clock: TestClock) -> list[Document]:
    """The documents that have expired, from the time before they did."""
    clock.advance(-20)
    found = [it for it in store.find(Query("work")) if it.data["n"] % 8 == 0]
    clock.advance(20)
    assert found
    return found


def keys_of_pages(store: Store, query: Query) -> list[str]:
    """Every page is full but the last, also where documents have expired in between."""
    keys: list[str] = []
    while page := store.find(query):
        keys += [document.key for document in page]
        assert len(page) == query.limit or not store.find(replace(query, after=page[-1]))
        query = replace(query, after=page[-1])
    return keys


def test_a_document_that_changes_is_found_by_what_it_is_now(store: Store) -> None:
    query = Query("work", {"state": "open"}, order_by="due")
    first = store.create("work", "one", {"state": "open", "due": "1"})
    assert store.find(query) == [first]
    second = store.replace("work", "one", {"state": "done", "due": "1"}, first.version)
    assert store.find(query) == []
    store.replace("work", "one", {"state": "open"}, second.version)
    assert store.find(query) == []
    store.delete("work", "one")
    assert store.find(Query("work")) == []


@pytest.mark.parametrize(
    "query",
    [
        Query("work", {"a.b": 1}),
        Query("work", {"a' OR 1=1 --": 1}),
        Query("work", order_by="_token"),
        Query("work", order_by="a b"),
        Query("work", {"list": [1]}),
        Query("work", {"n": 2**63}),
        Query("work", at_least="a"),
        Query("work", at_most="a"),
        Query("work", descending=True),
    ],
    ids=repr,
)
def test_what_not_every_store_can_find_by_is_refused(store: Store, query: Query) -> None:
    with pytest.raises(ValueError, match=r"field|can be text|order_by"):
        store.find(query)
    with pytest.raises(ValueError, match=r"field|can be text|order_by"):
        store.count(query)


@pytest.mark.parametrize("up_to", [0, -1])
def test_a_count_up_to_nothing_is_refused(store: Store, up_to: int) -> None:
    with pytest.raises(ValueError, match="up_to"):
        store.count(Query("work"), up_to)
