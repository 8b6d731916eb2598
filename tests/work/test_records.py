"""Records are read, changed and written as typed models, and a write never undoes a write of somebody else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.clock import Moment, utc_now
from shared.domain.stored_model import StoredModel
from shared.errors import Changed, JustErased, NewerDocument, TooBig
from shared.store.port import Addition, Document
from shared.store.sqlite import SqliteStore
from shared.work.records import Records, Stored
from tests.world.clock import TestClock
from tests.world.threads import at_once

KEY = "dorp:1"


class Part(StoredModel):
    size: int = 0


class Thing(StoredModel):
    name: str
    count: int = 0
    parts: tuple[Part, ...] = ()


class Counting(SqliteStore):
    """Counts its reads and writes."""

    reads = 0
    writes = 0
    made = 0

    def get(self, collection: str, key: str) -> Document | None:
        self.reads += 1
        return super().get(collection, key)

    def create(self, collection: str, key: str, data: Any, adding: Sequence[Addition] = ()) -> Document:
        self.made += 1
        return super().create(collection, key, data, adding)

    def replace(self, collection: str, key: str, data: Any, version: str, adding: Sequence[Addition] = ()) -> Document:
        self.writes += 1
        return super().replace(collection, key, data, version, adding)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Counting]:
    store = Counting(tmp_path / "link.db", utc_now)
    yield store
    store.close()


@pytest.fixture
def things(store: Counting) -> Records[Thing]:
    return Records(store, "things", Thing)


@pytest.fixture
def stored(things: Records[Thing]) -> Stored[Thing]:
    """A record that was just read."""
    assert things.create(KEY, Thing(name="first"))
    stored = things.read(KEY)
    assert stored
    return stored


def one_more(record: Thing | None) -> Thing:
    record = record or Thing(name="new")
    record.count += 1
    return record


def test_create_leaves_a_record_that_exists_as_it_is(things: Records[Thing], stored: Stored[Thing]) -> None:
    assert not things.create(KEY, Thing(name="second"))
    assert things.get(KEY) == stored.record


def test_edit_changes_the_newest_record_in_place(things: Records[Thing], stored: Stored[Thing]) -> None:
    things.update(KEY, one_more)
    assert things.edit(KEY, one_more, stored) == Thing(name="first", count=2)
    assert things.get(KEY) == Thing(name="first", count=2)


def test_edit_makes_no_record_where_there_is_none(things: Records[Thing]) -> None:
    assert things.edit(KEY, one_more) is None
    assert things.get(KEY) is None


def test_replace_refuses_a_record_that_changed_since_it_was_read(things: Records[Thing], stored: Stored[Thing]) -> None:
    things.update(KEY, one_more)
    stored.record.name = "second"
    with pytest.raises(Changed):
        things.replace(stored)
    assert things.get(KEY) == Thing(name="first", count=1)


# -- revise ------------------------------------------------------------------------------------------------------------


def test_revise_makes_a_record_where_there_is_none(things: Records[Thing]) -> None:
    assert things.update(KEY, one_more) == things.get(KEY) == Thing(name="new", count=1)


def test_revise_changes_a_known_record_in_place_without_a_read(
    store: Counting, things: Records[Thing], stored: Stored[Thing]
) -> None:
    store.reads = 0
    revised = things.revise(KEY, one_more, stored)
    assert store.reads == 0
    assert revised
    assert revised.record is stored.record
    assert revised == things.read(KEY)


def test_revise_reads_again_when_the_known_record_is_old(things: Records[Thing], stored: Stored[Thing]) -> None:
    things.update(KEY, lambda _: Thing(name="second", count=5))
    revised = things.revise(KEY, one_more, stored)
    assert revised
    assert revised.record == things.get(KEY) == Thing(name="second", count=6)


def test_revise_changes_the_record_that_somebody_created_meanwhile(things: Records[Thing]) -> None:
    seen: list[Thing | None] = []

    def change(record: Thing | None) -> Thing:
        seen.append(record.model_copy() if record else None)
        if record is None:
            things.create(KEY, Thing(name="theirs"))
        return one_more(record)

    things.revise(KEY, change)
    assert seen == [None, Thing(name="theirs")]
    assert things.get(KEY) == Thing(name="theirs", count=1)


def test_revise_sees_that_a_known_record_was_erased(things: Records[Thing], stored: Stored[Thing]) -> None:
    things.delete(KEY)
    assert things.revise(KEY, lambda record: one_more(record) if record else None, stored) is None
    assert things.get(KEY) is None


def test_revise_leaves_all_as_it_is_when_the_change_returns_none(
    store: Counting, things: Records[Thing], stored: Stored[Thing]
) -> None:
    assert things.revise(KEY, lambda _: None) == stored
    assert things.revise("dorp:2", lambda _: None) is None
    assert things.get("dorp:2") is None
    assert store.writes == 0


def test_revise_does_not_write_a_record_that_stays_the_same(
    store: Counting, things: Records[Thing], stored: Stored[Thing]
) -> None:
    assert things.revise(KEY, lambda record: record) == stored
    assert store.writes == 0


# -- the check of a new record -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["create", "update"])
def test_a_new_record_that_fails_the_check_is_deleted_again(store: Counting, how: str) -> None:
    found: list[bool] = []

    def check(_record: Thing) -> None:
        found.append(store.get("things", KEY) is not None)
        raise JustErased("erased a moment ago")

    things = Records(store, "things", Thing, check)
    with pytest.raises(JustErased):
        things.create(KEY, Thing(name="new")) if how == "create" else things.update(KEY, one_more)
    assert found == [True]  # The check runs after the write, so it misses no erasure in between.
    assert things.get(KEY) is None


def test_a_record_that_exists_already_is_not_checked(store: Counting, stored: Stored[Thing]) -> None:
    def check(_record: Thing) -> None:
        raise JustErased("erased a moment ago")

    things = Records(store, "things", Thing, check)
    assert not things.create(KEY, Thing(name="second"))
    assert things.update(KEY, one_more) == Thing(name="first", count=1)


# -- find --------------------------------------------------------------------------------------------------------------


def test_all_reads_every_page(things: Records[Thing]) -> None:
    for number in range(5):
        things.create(f"dorp:{number}", Thing(name="x", count=number))
    assert [record.count for _, record in things.find(limit=2)] == [0, 1]
    assert [record.count for _, record in things.all(limit=2)] == [0, 1, 2, 3, 4]


def test_it_finds_backwards_and_counts(things: Records[Thing]) -> None:
    for number in range(5):
        things.create(f"dorp:{number}", Thing(name="x", count=number))
    assert [it.count for _, it in things.find(order_by="count", descending=True, limit=2)] == [4, 3]
    assert [it.count for _, it in things.all(order_by="count", at_least=1, descending=True, limit=2)] == [4, 3, 2, 1]
    assert things.count() == 5
    assert things.count(where={"count": 3}) == 1
    assert things.count(order_by="count", at_least=1, limit=1) == 4
    assert things.count(up_to=2, where={"name": "x"}) == 2


# -- what a record counts for ------------------------------------------------------------------------------------------


class Counted(Thing):
    """Counts in the tally of its name."""

    def derived(self) -> dict[str, Any]:
        counts = {f"count {self.count}": 1}
        return {"by_count": self.count, "tally": [{"key": self.name, "fixed": {"name": self.name}, "counts": counts}]}


@pytest.fixture
def counted(store: Counting) -> Records[Counted]:
    return Records(store, "things", Counted)


def tally(store: Counting, key: str = "new") -> dict[str, int]:
    """What counts, without what counts no more."""
    found = store.get("tallies", key)
    return {name: number for name, number in found.data["counts"].items() if number} if found else {}


def test_each_write_changes_the_tally(store: Counting, counted: Records[Counted]) -> None:
    assert counted.create(KEY, Counted(name="new"))
    assert not counted.create(KEY, Counted(name="new"))
    assert tally(store) == {"count 0": 1}
    counted.edit(KEY, one_more)
    counted.update("dorp:2", counted_more)
    assert tally(store) == {"count 1": 2}
    stored = counted.read(KEY)
    assert stored
    stored.record.name = "other"
    counted.replace(stored)
    assert (tally(store), tally(store, "other")) == ({"count 1": 1}, {"count 1": 1})
    counted.delete(KEY)
    counted.delete(KEY)
    assert (tally(store), tally(store, "other")) == ({"count 1": 1}, {})
    found = store.get("tallies", "new")
    assert found
    assert found.data["name"] == "new"


def test_what_is_derived_is_searched_by_and_spares_writes(store: Counting, counted: Records[Counted]) -> None:
    counted.create(KEY, Counted(name="new", count=7))
    assert counted.count(where={"by_count": 7}) == 1
    counted.update(KEY, lambda record: record)
    assert store.writes == 0
    counted.update(KEY, counted_more)
    assert counted.find(where={"by_count": 7}) == []
    assert store.writes == 1


def test_a_write_that_somebody_else_was_before_counts_once(store: Counting, counted: Records[Counted]) -> None:
    counted.create(KEY, Counted(name="new"))
    known = counted.read(KEY)
    counted.update(KEY, counted_more)
    counted.update(KEY, counted_more, known)
    assert tally(store) == {"count 2": 1}
    with pytest.raises(Changed):
        counted.replace(known) if known else None
    assert tally(store) == {"count 2": 1}


def test_what_many_change_at_once_is_counted_as_it_stands(store: Counting, counted: Records[Counted]) -> None:
    at_once(8, lambda number: [counted.update(f"dorp:{number % 3}", counted_more) for _ in range(5)])
    assert sum(tally(store).values()) == 3
    assert tally(store) == Counter(f"count {record.count}" for _, record in counted.all())
    at_once(9, lambda number: counted.delete(f"dorp:{number % 3}"))
    assert tally(store) == {}


def test_a_delete_counts_what_somebody_wrote_meanwhile(store: Counting, counted: Records[Counted]) -> None:
    """Between its read and its write somebody changes the record."""
    counted.create(KEY, Counted(name="new"))

    class Slow(Counting):
        def delete(self, *arguments: Any) -> None:
            if not self.writes:
                self.writes = 1
                counted.update(KEY, counted_more)
            super().delete(*arguments)

    Records(Slow(store._file._path, utc_now), "things", Counted).delete(KEY)
    assert counted.get(KEY) is None
    assert tally(store) == {}


def test_a_new_record_that_fails_the_check_counts_no_more(store: Counting) -> None:
    def check(_record: Thing) -> None:
        assert tally(store) == {"count 0": 1}
        raise JustErased("erased a moment ago")

    with pytest.raises(JustErased):
        Records(store, "things", Counted, check).create(KEY, Counted(name="new"))
    assert tally(store) == {}


def test_a_record_from_before_it_counted_counts_from_its_next_write(store: Counting, counted: Records[Counted]) -> None:
    store.create("things", KEY, {"name": "new", "count": 4})
    counted.update(KEY, counted_more)
    assert tally(store) == {"count 5": 1}


def test_older_code_leaves_the_tally_as_it_is(store: Counting, counted: Records[Counted]) -> None:
    """It keeps the field, so that the next write of this code knows what was counted."""
    counted.create(KEY, Counted(name="new"))
    Records(store, "things", Thing).update(KEY, one_more)
    assert tally(store) == {"count 0": 1}
    counted.update(KEY, counted_more)
    assert tally(store) == {"count 2": 1}


def counted_more(record: Counted | None) -> Counted:
    record = record or Counted(name="new")
    record.count += 1
    return record


# -- when something changed that a feed shows --------------------------------------------------------------------------


class Told(Thing):
    """A feed tells of its name and its parts."""

    SHOWN = ("name", "parts")
    changed_at: Moment | None = None


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def told(store: Counting, clock: TestClock) -> Records[Told]:
    return Records(store, "things", Told, clock=clock)


def a_second_later(clock: TestClock, told: Records[Told], change: Callable[[Told], object]) -> timedelta | None:
    """How far `changed_at` moved with an edit, one second after it was stored; None when it stayed."""
    told.delete(KEY)
    clock.advance(60)
    assert told.create(KEY, Told(name="new", parts=(Part(size=1),)))
    stored = told.get(KEY)
    assert stored
    assert stored.changed_at == clock()
    clock.advance(1)
    edited = told.edit(KEY, change)
    assert edited == told.get(KEY)
    assert edited
    assert edited.changed_at
    return (edited.changed_at - stored.changed_at) or None


def test_only_a_change_of_what_a_feed_shows_moves_changed_at(clock: TestClock, told: Records[Told]) -> None:
    def name(record: Told) -> None:
        record.name = "other"

    def parts(record: Told) -> None:
        record.parts = (Part(size=2),)

    def there_and_back(record: Told) -> None:
        record.name, record.parts = "new", (Part(size=1),)

    for change in (one_more, there_and_back, lambda _: None):
        assert a_second_later(clock, told, change) is None
    for change in (name, parts):
        assert a_second_later(clock, told, change) == timedelta(seconds=1)


def test_each_kind_of_write_stamps(clock: TestClock, told: Records[Told]) -> None:
    clock.advance(5)
    assert told.update(KEY, lambda _: Told(name="made")) == told.get(KEY) == Told(name="made", changed_at=clock())
    stored = told.read(KEY)
    assert stored
    stored.record.name, stored.record.changed_at = "replaced", None  # Who writes cannot choose it.
    clock.advance(5)
    stored = told.replace(stored)
    assert stored.record == told.get(KEY) == Told(name="replaced", changed_at=clock())
    stored.record.count, stored.record.changed_at = 7, None
    first = clock()
    clock.advance(5)
    assert told.replace(stored).record == told.get(KEY) == Told(name="replaced", count=7, changed_at=first)


def test_changed_at_never_goes_back_and_never_stands_still(clock: TestClock, told: Records[Told]) -> None:
    """The clock of another instance may be ahead, and two changes may come at one moment."""

    def named(name: str) -> datetime:
        record = told.update(KEY, lambda _: Told(name=name))
        assert record
        assert record.changed_at
        return record.changed_at

    first, second = named("first"), named("second")
    clock.advance(-60)
    third, same = named("third"), named("third")
    assert first < second < third == same
    assert third < first + timedelta(seconds=1)


def test_a_change_beside_that_of_another_comes_after_it(clock: TestClock, told: Records[Told]) -> None:
    told.create(KEY, Told(name="new"))
    known = told.read(KEY)
    clock.advance(60)
    theirs = told.update(KEY, lambda _: Told(name="theirs"))
    clock.advance(-30)
    ours = told.update(KEY, lambda _: Told(name="ours"), known)
    assert theirs and ours and theirs.changed_at and ours.changed_at
    assert ours.changed_at > theirs.changed_at


def test_a_document_from_before_is_stamped_with_its_next_write(
    store: Counting, clock: TestClock, told: Records[Told]
) -> None:
    store.create("things", KEY, {"name": "new", "count": 0, "parts": []})
    clock.advance(60)
    assert told.edit(KEY, lambda _: None) == told.get(KEY) == Told(name="new", changed_at=clock())


def test_the_stamp_costs_no_read_and_no_write(store: Counting, clock: TestClock, told: Records[Told]) -> None:
    """As many as without it, however it is written."""

    def counts(records: Records[Any], model: type[Thing]) -> list[tuple[int, int, int]]:
        told.delete(KEY)
        counted = []

        def count(call: Callable[[], object]) -> None:
            store.reads = store.writes = store.made = 0
            call()
            counted.append((store.made, store.reads, store.writes))

        count(lambda: records.create(KEY, model(name="new")))
        count(lambda: records.create(KEY, model(name="new")))
        count(lambda: records.edit(KEY, one_more))
        count(lambda: records.edit(KEY, lambda _: None))
        count(lambda: records.update(KEY, lambda _: model(name="other")))
        known = records.read(KEY)
        assert known
        count(lambda: records.revise(KEY, one_more, known))
        known = records.read(KEY)
        assert known
        count(lambda: records.replace(known))
        count(lambda: records.update("dorp:2", lambda _: model(name="made")))
        records.delete("dorp:2")
        return counted

    plain = counts(Records(store, "things", Thing, clock=clock), Thing)
    assert counts(told, Told) == plain
    assert plain == [(1, 0, 0), (1, 0, 0), (0, 1, 1), (0, 1, 0), (0, 1, 1), (0, 0, 1), (0, 0, 1), (1, 1, 0)]


# -- documents of a newer version --------------------------------------------------------------------------------------


class Newer(Thing):
    """The model in a version of the link to which older code must leave the documents."""

    VERSION = 2


UNREADABLE = {"unreadable": {"renamed": "x"}, "newer": {"v": 2, "name": "x", "count": 1}}


@pytest.fixture(params=UNREADABLE)
def newer(request: pytest.FixtureRequest, store: Counting) -> Document:
    """A document that this version must leave alone: it does not fit the model, or it says so."""
    return store.create("things", KEY, UNREADABLE[request.param])


@pytest.mark.parametrize(
    "use",
    [
        lambda things: things.read(KEY),
        lambda things: things.get(KEY),
        lambda things: things.edit(KEY, one_more),
        lambda things: things.update(KEY, one_more),
        lambda things: things.find(),
    ],
)
def test_a_newer_document_is_left_alone(use: Any, store: Counting, things: Records[Thing], newer: Document) -> None:
    with pytest.raises(NewerDocument):
        use(things)
    assert not things.create(KEY, Thing(name="second"))
    assert store.get("things", KEY) == newer


@pytest.mark.usefixtures("newer")
def test_a_newer_document_does_not_stop_the_others(store: Counting, things: Records[Thing]) -> None:
    store.create("things", "dorp:0", {"renamed": "x"})
    for number in range(2, 5):
        things.create(f"dorp:{number}", Thing(name="x", count=number))
    assert [record.count for _, record in things.all(limit=2)] == [2, 3, 4]


def test_what_stands_still_is_logged(
    store: Counting, things: Records[Thing], newer: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    """Damage needs a person. A newer document waits for the newer version, which is a matter of minutes in an update."""
    assert list(things.all()) == []
    line = json.loads(capsys.readouterr().out)
    expected = ("newer document", "WARNING") if "v" in newer.data else ("unreadable document", "ERROR")
    assert (line["message"], line["severity"], line["collection"]) == (*expected, "things")


def test_a_newer_version_reads_and_writes_what_an_older_one_wrote(store: Counting, stored: Stored[Thing]) -> None:
    newer = Records(store, "things", Newer)
    newer.update(KEY, one_more)
    document = store.get("things", KEY)
    assert document
    assert document.data == {"name": "first", "count": 1, "parts": [], "v": 2}
    assert newer.get(KEY) == Newer(name="first", count=1, v=2)
    assert stored.document.data == {"name": "first", "count": 0, "parts": []}


def test_fields_that_this_version_does_not_know_are_kept(store: Counting, things: Records[Thing]) -> None:
    added = {"colour": "red", "nested": {"a": [1, None]}}
    store.create("things", KEY, {"name": "x", "count": 0, "parts": [{"size": 1, **added}], **added})
    things.update(KEY, one_more)
    document = store.get("things", KEY)
    assert document
    assert document.data == {"name": "x", "count": 1, "parts": [{"size": 1, **added}], **added}


# -- a tally that is full ------------------------------------------------------------------------------------------------


class Wide(Thing):
    def derived(self) -> dict[str, Any]:
        return {
            "tally": [
                {"key": "week", "fixed": {}, "counts": {f"{self.name}-{n:03}-{'x' * 480}": 1 for n in range(400)}}
            ]
        }


def test_counts_that_do_not_fit_never_stop_a_record(store: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    counted = Records(store, "things", Wide)
    for number in range(8):
        assert counted.create(f"dorp:{number}", Wide(name=f"{number}"))
    assert "tally is full" in capsys.readouterr().out
    assert counted.edit("dorp:7", lambda it: setattr(it, "count", 3))
    found = counted.get("dorp:7")
    assert found
    assert (found.name, found.count) == ("7", 3)
    with pytest.raises(TooBig):
        counted.create("dorp:big", Wide(name="8", parts=tuple(Part(size=number) for number in range(80_000))))
