"""Production has an index for every query that the code can make, and no index that nothing uses.

These tests read the code: each call of `find`, `all` and `count` with `where` and `order_by`, or `descending`, has its
fields written out. A list that staff filter as they like has one call, `where=narrowed({…}, asked, "coach", …)`, which
stands for every combination of those fields: none, each alone, and so on until all of them. A direction that is not
written out stands for both. Both worlds of `tests/world` check each query that a test really makes, with `StrictStore`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations, product
from pathlib import Path
from typing import get_args

import pytest

from shared import wiring
from shared.dead_letters.sources import SOURCES
from shared.staff import search
from shared.store.firestore import composite_index
from shared.store.port import Addition, Query, Store, narrowed
from shared.work.kinds import KINDS
from tests.world.firestore_rules import DECLARED, EXPIRING, check_expiry, check_query
from tests.world.functions_over_http import running
from tests.world.world import open_world

ROOT = Path(__file__).parents[2]
PASSES_QUERIES_ON = {
    "shared/work/records.py",
    *(f"shared/store/{name}.py" for name in ("firestore", "firestore_calls")),
}

OF_A_TABLE = {
    "shared/feed/scan.py": [Query("residents", {"cooperation": None}, order_by="changed_at")],
    "shared/dead_letters/sources.py": [source.query("zonnig-dorp", "!", "~") for source in SOURCES],
    "shared/staff/search.py": [
        Query(collection, {"cooperation": None}, order_by=by)
        for collection, by in product(("residents", "submissions"), get_args(search.By))
    ],
}
"""Files whose queries follow from a table of theirs."""


def queries(source: str) -> Iterator[Query]:
    """The queries in `source` that may need an index, with None for every value. Fails when it cannot read one.

    Only a query that has `where`, and `order_by` or `descending`, can need an index of its own.
    """
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", None))
        if name not in {"find", "all", "count", "Query"}:
            continue
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        line = ast.unparse(call)
        assert None not in given, f"write its fields out, so that its index can be known: {line}"
        assert name != "Query", f"ask records, so that its index can be known: {line}"
        if "where" in given and {"order_by", "descending"} & set(given):
            order_by = literal(given["order_by"]) if "order_by" in given else None
            for collection, fields, descending in product(
                collections(call), combinations_of(given["where"]), directions(given.get("descending"))
            ):
                yield Query(collection, dict.fromkeys(fields), order_by=order_by, descending=descending)


def combinations_of(where: ast.expr) -> list[tuple[str, ...]]:
    """The combinations of fields that a `where` can have: one when it is a dictionary, several by `narrowed`."""
    match where:
        case ast.Call(func=ast.Name(id="narrowed"), args=[ast.Dict() as always, _, *chosen], keywords=[]):
            fields, optional = literal_keys(always), [literal(field) for field in chosen]
            subsets = chain.from_iterable(combinations(optional, size) for size in range(len(optional) + 1))
            return [(*fields, *subset) for subset in subsets]
        case _:
            return [literal_keys(where)]


def literal_keys(where: ast.expr) -> tuple[str, ...]:
    assert isinstance(where, ast.Dict), f"write its where out: {ast.unparse(where)}"
    assert None not in where.keys, f"write its where out: {ast.unparse(where)}"
    return tuple(literal(field) for field in where.keys if field)


def literal(name: ast.expr) -> str:
    assert isinstance(name, ast.Constant), f"write it out, so that its index can be known: {ast.unparse(name)}"
    return str(name.value)


def directions(descending: ast.expr | None) -> list[bool]:
    """Both when it is not written out."""
    match descending:
        case None:
            return [False]
        case ast.Constant(value=bool(value)):
            return [value]
        case _:
            return [False, True]


def collections(call: ast.Call) -> list[str]:
    """`services.records(Link).find` asks links, `services.records(kind.model).find` all that is work."""
    assert isinstance(call.func, ast.Attribute)
    match call.func.value:
        case ast.Call(func=ast.Attribute(attr="records"), args=[ast.Name(id=model)]):
            named = [kind.collection for kind in KINDS if kind.model.__name__ == model]
            assert named, f"of which collection? {model} is no kind of work"
            return named
        case ast.Call(func=ast.Attribute(attr="records"), args=[ast.Attribute(attr="model")]):
            return [kind.collection for kind in KINDS]
        case ast.Attribute(value=ast.Name(id="services"), attr=collection):
            return [collection]
        case ast.Attribute(value=ast.Attribute(attr=collection), attr="records"):
            return [collection]
    raise AssertionError(f"of which collection? {ast.unparse(call)}")


def sources() -> Iterator[Path]:
    yield ROOT / "main.py"
    for folder in ("functions", "shared"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_every_index_that_is_needed_is_declared_and_no_other() -> None:
    needed = {}
    calls = 0
    for path in sources():
        source = path.read_text()
        calls += source.count(".find(")
        if (file := path.relative_to(ROOT).as_posix()) not in PASSES_QUERIES_ON:
            for query in OF_A_TABLE.get(file) or queries(source):
                if index := composite_index(query):
                    needed[json.dumps(index)] = index
    declared = [json.dumps(index) for index in DECLARED["indexes"]]
    assert not set(needed) - set(declared), "add to firestore.indexes.json:\n" + ",\n".join(set(needed) - set(declared))
    assert sorted(needed) == sorted(declared)
    assert calls > 3  # With 3 or fewer, `queries` would have read nothing.


def test_a_new_query_with_a_where_and_an_order_needs_a_new_index() -> None:
    source = (
        "for key, _ in services.records(Link).find(where={'state': 'open', 'a': a}, order_by='due_at', limit=10): ..."
    )
    (query,) = queries(source)
    assert composite_index(query) == {
        "collectionGroup": "links",
        "queryScope": "COLLECTION",
        "fields": [{"fieldPath": name, "order": "ASCENDING"} for name in ("a", "state", "due_at")],
    }
    assert composite_index(query) not in DECLARED["indexes"]
    with pytest.raises(AssertionError, match=r"add to firestore.indexes.json: .*due_at"):
        check_query(query)
    check_query(query, {"indexes": [composite_index(query)]})
    assert [it.order_by for it in queries("services.tallies.all(where={'a': 1}, order_by='week')")] == ["week"]
    any_work = list(queries("services.records(kind.model).all(where={'state': 'open'}, order_by='due_at')"))
    assert [query.collection for query in any_work] == [kind.collection for kind in KINDS]


def index_of(*fields: str, last: str = "ASCENDING") -> dict[str, object]:
    ordered = [{"fieldPath": name, "order": "ASCENDING"} for name in fields]
    ordered[-1]["order"] = last
    return {"collectionGroup": "residents", "queryScope": "COLLECTION", "fields": ordered}


def test_a_count_and_the_other_direction_need_an_index_too() -> None:
    asked = "services.records(Resident)"
    indexes = [
        composite_index(query)
        for query in queries(
            f"{asked}.count(where={{'a': a}}, order_by='since', at_most=x, up_to=100)\n"
            f"{asked}.find(where={{'a': a}}, order_by='since', descending=True)\n"
            f"{asked}.find(where={{'b': a}}, order_by='since', descending=newest_first)\n"
            f"{asked}.find(where={{'b': a}}, descending=True)\n"
            f"{asked}.find(where={{'b': a}}, descending=False)\n"
            f"{asked}.count(where=anything)\n"
            "'a text'.count('a')"
        )
    ]
    assert indexes == [
        index_of("a", "since"),
        index_of("a", "since", last="DESCENDING"),
        index_of("b", "since"),
        index_of("b", "since", last="DESCENDING"),
        index_of("b", "__name__", last="DESCENDING"),
        None,
    ]


def test_a_list_that_can_be_narrowed_needs_an_index_for_each_combination() -> None:
    where = "narrowed({'cooperation': c}, asked.equal, 'coach', 'step')"
    found = list(queries(f"services.records(Resident).all(where={where}, order_by='since')"))
    assert [composite_index(query) for query in found] == [
        index_of("cooperation", "since"),
        index_of("coach", "cooperation", "since"),
        index_of("cooperation", "step", "since"),
        index_of("coach", "cooperation", "step", "since"),
    ]
    both = list(queries(f"services.records(Resident).find(where={where}, order_by='since', descending=it)"))
    assert len({json.dumps(composite_index(query)) for query in both}) == 8


def test_it_is_narrowed_by_these_fields_only() -> None:
    assert narrowed({"cooperation": "a"}, {}, "coach", "step") == {"cooperation": "a"}
    assert narrowed({"cooperation": "a"}, {"step": None}, "coach", "step") == {"cooperation": "a", "step": None}
    with pytest.raises(ValueError, match="form"):
        narrowed({"cooperation": "a"}, {"coach": 1, "form": "x"}, "coach", "step")
    with pytest.raises(ValueError, match="cooperation"):
        narrowed({"cooperation": "a"}, {"cooperation": "b"}, "coach", "step")


@pytest.mark.parametrize(
    "source",
    [
        "services.records(Link).find(**query)",
        "services.records(Nothing).find(where={'a': 1}, order_by='due_at')",
        "services.records(Link).find(where=where, order_by='due_at')",
        "services.records(Link).find(where={**where}, order_by='due_at')",
        "services.records(Link).count(where=where, order_by='due_at')",
        "services.records(Link).find(where=where, descending=True)",
        "services.records(Link).find(where={'a': 1}, order_by=by)",
        "services.records(Link).find(where={by: 1}, order_by='due_at')",
        "services.records(Link).find(where=narrowed(where, asked, 'a'), order_by='due_at')",
        "services.records(Link).find(where=narrowed({'a': 1}, asked, *fields), order_by='due_at')",
        "services.records(Link).find(where=narrowed({'a': 1}, asked, field), order_by='due_at')",
        "services.records(Link).find(where=narrowed({'a': 1}, asked, 'b', **more), order_by='due_at')",
        "records.find(where={'a': 1}, order_by='due_at')",
        "store.find(Query('links', {'a': 1}, 'due_at'))",
    ],
)
def test_a_query_that_cannot_be_read_is_refused(source: str) -> None:
    with pytest.raises(AssertionError, match=r"so that its index|write its where|of which collection"):
        list(queries(source))


@pytest.mark.parametrize(
    "query",
    [
        Query("work"),
        Query("work", {"a": 1, "b": 2}),
        Query("work", order_by="a"),
        Query("work", {"a": 1}, order_by="a"),
        Query("work", {"a": 1}, order_by="a", descending=True),
        Query("work", order_by="a", descending=True),
    ],
    ids=repr,
)
def test_fields_that_firestore_indexes_by_itself_need_nothing(query: Query) -> None:
    assert composite_index(query) is None


def test_what_expires_is_deleted_by_firestore_too() -> None:
    """Without a TTL policy Firestore keeps an expired document for ever, although our own code does not find it."""
    kinds = {kind.collection for kind in KINDS}
    others = {"erasures", "audit", "locks", "quotas", "confirmations", "letter_counts", "address_lookups"}
    assert kinds | others == EXPIRING
    with pytest.raises(AssertionError, match="no TTL policy for others"):
        check_expiry("others", {"expires_at": "2026-11-23T12:00:00.000000Z"})
    check_expiry("others", {"expires_at": None})


# -- the store of both worlds --------------------------------------------------------------------------------------------

UNDECLARED = Query("links", {"state": "open"}, order_by="nothing")
FOR_EVER = {"expires_at": "2026-11-23T12:00:00.000000Z"}


def assert_strict(store: Store) -> None:
    for ask in (store.find, store.count):
        with pytest.raises(AssertionError, match=r"add to firestore.indexes.json"):
            ask(UNDECLARED)
    with pytest.raises(AssertionError, match="no TTL policy"):
        store.create("others", "one", FOR_EVER)
    created = store.create("others", "one", {})
    with pytest.raises(AssertionError, match="no TTL policy"):
        store.replace("others", "one", FOR_EVER, created.version)
    assert store.get("others", "one") == created
    tally = Addition("tallies", "one", {}, {"a": 1})
    for adding, reason in (
        (replace(tally, fixed=FOR_EVER), "no TTL policy for tallies"),
        (replace(tally, collection="others", key="two"), "no exemption of counts for others"),
    ):
        with pytest.raises(AssertionError, match=reason):
            store.create("others", "new", {}, [adding])
        with pytest.raises(AssertionError, match=reason):
            store.replace("others", "one", {}, created.version, [adding])
        with pytest.raises(AssertionError, match=reason):
            store.delete("others", "one", adding=[adding])
    with pytest.raises(AssertionError, match="no exemption of counts"):
        store.create("others", "new", {"counts": {"a": 1}})
    assert store.count(Query("tallies")) == 0
    store.replace("others", "one", {}, created.version, [tally])
    assert store.count(Query("tallies")) == 1


def test_a_world_refuses_what_firestore_would_not_do(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        assert_strict(world.services.store)


def test_so_do_the_functions_over_http(tmp_path: Path) -> None:
    with running(tmp_path):
        assert_strict(wiring.services().store)
