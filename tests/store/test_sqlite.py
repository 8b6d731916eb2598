"""Faults of a database file: other processes, kills, forks, damage, a lock that somebody keeps."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from shared.clock import utc_now
from shared.errors import StoreUnavailable, TooBig
from shared.store import sqlite
from shared.store.limits import MAX_BYTES
from shared.store.port import Addition, Query
from shared.store.sqlite import SqliteStore
from tests.store.unavailable import SECONDS_TO_REFUSE, assert_unavailable
from tests.world.clock import TestClock
from tests.world.threads import count_outcomes

COUNT = """
import sys
from pathlib import Path
from shared.clock import utc_now
from shared.errors import AlreadyExists
from uuid import uuid4
from shared.store.port import Addition, update
from shared.store.sqlite import SqliteStore

store = SqliteStore(Path(sys.argv[1]), utc_now)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    update(store, "counters", "one", lambda data: {"n": (data or {"n": 0})["n"] + 1})
    store.create("residents", uuid4().hex, {}, [Addition("tallies", "one", {}, {"made": 1})])
try:
    store.create("effects", "one", {})
    print("made it")
except AlreadyExists:
    print("was there")
"""

CREATE_FOR_EVER = """
import sys
from itertools import count
from pathlib import Path
from shared.clock import utc_now
from shared.store.port import Addition
from shared.store.sqlite import SqliteStore

store = SqliteStore(Path(sys.argv[1]), utc_now)
for number in count():
    made = Addition("tallies", "one", {"padding": "x" * 50_000}, {"made": 1})
    store.create("effects", f"{number:06}", {"number": number, "padding": "x" * 500}, [made])
    print(number, flush=True)
"""


OPEN = """
import sys
from pathlib import Path
from shared.clock import utc_now
from shared.store.sqlite import SqliteStore

store = SqliteStore(Path(sys.argv[1]), utc_now)
store.create("effects", "theirs", {})
print("ready", flush=True)
sys.stdin.readline()
"""


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    """They even make it at the same moment; every change counts and one creates."""
    path = tmp_path / "store.db"
    processes = [python(COUNT, path, 200) for _ in range(3)]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    outputs = []
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        outputs.append(process.communicate()[0])
        assert process.returncode == 0
    found = SqliteStore(path, utc_now).get("counters", "one")
    assert found is not None
    assert found.data == {"n": 600}
    tally = SqliteStore(path, utc_now).get("tallies", "one")
    assert tally is not None
    assert tally.data == {"counts": {"made": 600}}
    assert sorted(outputs) == ["made it\n", "was there\n", "was there\n"]


def test_what_was_stored_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    process = python(CREATE_FOR_EVER, path)
    assert process.stdout
    numbers = [int(process.stdout.readline()) for _ in range(200)]
    process.send_signal(signal.SIGKILL)
    numbers += [int(line) for line in process.stdout.read().splitlines()]
    process.communicate()
    store = SqliteStore(path, utc_now)
    for number in numbers:
        found = store.get("effects", f"{number:06}")
        assert found is not None
        assert found.data["number"] == number
    stored = store.count(Query("effects"))
    assert stored in (len(numbers), len(numbers) + 1)
    tally = store.get("tallies", "one")
    assert tally is not None
    assert tally.data["counts"] == {"made": stored}  # What a kill cut off was neither written nor added.
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_document_that_no_number_fits_in_any_more_keeps_the_write_from_happening(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db", utc_now)
    full = store.create("tallies", "one", {"text": "x" * (MAX_BYTES - len('{"text":"","counts":{}}')), "counts": {}})
    created = store.create("residents", "one", {})
    adding = [Addition("tallies", "two", {}, {"made": 1}), Addition("tallies", "one", {}, {"made": 1})]
    with pytest.raises(TooBig):
        store.create("residents", "two", {}, adding)
    with pytest.raises(TooBig):
        store.replace("residents", "one", {"n": 2}, created.version, adding)
    with pytest.raises(TooBig):
        store.delete("residents", "one", adding=adding)
    assert store.find(Query("residents")) == [created]
    assert store.find(Query("tallies")) == [full]


def test_a_fork_has_connections_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path, utc_now)
    store.create("effects", "parent", {})
    child = os.fork()
    if child == 0:
        try:
            store.create("effects", "child", {})
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    store.create("effects", "parent-again", {})
    assert [document.key for document in store.find(Query("effects"))] == ["child", "parent", "parent-again"]
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_fork_while_another_thread_writes_does_not_wait_for_that_thread(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db", utc_now)
    store.create("effects", "parent", {})
    with store._file._writer:
        child = os.fork()
        if child == 0:
            try:
                store.create("effects", "child", {})
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0


@pytest.mark.timed
def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "later" / "store.db", utc_now)
    assert_unavailable(store)
    (tmp_path / "later").mkdir()
    created = store.create("effects", "one", {})
    assert store.get("effects", "one") == created


@pytest.mark.timed
def test_a_damaged_file_is_unavailable_until_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path, utc_now)
    store.create("effects", "one", {})
    store.close()
    whole = path.read_bytes()
    path.write_bytes(b"not a database, but long enough to look at" * 100)
    assert_unavailable(store)
    path.write_bytes(whole)
    assert store.get("effects", "one") is not None
    assert store.find(Query("effects", {"a": 1}, order_by="b")) == []


@pytest.mark.timed
def test_who_keeps_the_file_locked_makes_writers_fail_in_time_and_not_readers(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path, utc_now)
    created = store.create("effects", "one", {})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    outcomes = count_outcomes(lambda number: store.create("effects", f"new-{number}", {}), 4)
    assert outcomes == {StoreUnavailable: 4}
    assert time.monotonic() - begun < SECONDS_TO_REFUSE
    assert store.get("effects", "one") == created
    other.execute("ROLLBACK")
    other.close()
    store.create("effects", "new", {})


def test_many_threads_leave_few_connections_behind(tmp_path: Path) -> None:
    """A server that makes a thread for each request would run out of files otherwise."""
    store = SqliteStore(tmp_path / "store.db", utc_now)
    for _ in range(5):
        count_outcomes(lambda number: store.create("effects", f"{time.monotonic_ns()}-{number}", {}).data.get("x"), 8)
    assert 1 <= len(store._file._idle) <= 8
    store.close()
    assert store._file._idle == []


def test_what_has_expired_is_dropped_in_passing(tmp_path: Path, clock: TestClock) -> None:
    store = SqliteStore(tmp_path / "store.db", clock)
    for number in range(3):
        store.create("submissions", f"{number}", {"expires_at": clock.in_seconds(60)})
    store.create("submissions", "stays", {"expires_at": clock.in_seconds(10_000)})
    clock.advance(sqlite.PURGE_EVERY.total_seconds() + 1)
    store.create("submissions", "next", {})
    rows = sqlite3.connect(tmp_path / "store.db").execute("SELECT key FROM documents ORDER BY key").fetchall()
    assert rows == [("next",), ("stays",)]


@pytest.mark.parametrize(
    "query",
    [
        Query("work", {"cooperation": "a"}),
        Query("work", order_by="due"),
        Query("work", {"state": "open", "cooperation": "a"}, order_by="due", at_least="1", at_most="2"),
        Query("work", {"state": "open", "cooperation": "a"}, order_by="due", at_most="2", descending=True),
        Query("work", {"cooperation": "a"}, descending=True),
    ],
    ids=repr,
)
def test_a_query_walks_its_own_index_and_sorts_nothing(tmp_path: Path, query: Query) -> None:
    store = SqliteStore(tmp_path / "store.db", utc_now)
    store.find(query)
    sql, parameters = sqlite._select(query)
    plan = sqlite3.connect(tmp_path / "store.db").execute(f"EXPLAIN QUERY PLAN {sql}", {**parameters, "now": ""})
    steps = [row[3] for row in plan]
    assert len(steps) == 1
    assert "USING INDEX search work" in steps[0]
    if query.order_by:
        assert "<expr>>?" in steps[0]  # it begins after the documents that lack the field


@pytest.mark.parametrize(
    "query",
    [
        Query("work"),
        Query("work", {"cooperation": "a"}),
        Query("work", {"state": "open", "cooperation": "a"}, order_by="due", at_least="1", at_most="2"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("up_to", [None, 1000])
def test_a_count_reads_its_index_and_no_document(tmp_path: Path, query: Query, up_to: int | None) -> None:
    """A document has pages of its own, so reading each costs ten times as much. SQLite's program tells what it reads."""
    store = SqliteStore(tmp_path / "store.db", utc_now)
    store.count(query)
    sql, parameters = sqlite._count(query, up_to)
    assert reads_the_table(
        tmp_path / "store.db", sql.replace("COUNT(*)", "MAX(version)").replace("SELECT 1", "SELECT version"), parameters
    )
    assert not reads_the_table(tmp_path / "store.db", sql, parameters)


def reads_the_table(path: Path, sql: str, parameters: dict[str, Any]) -> bool:
    """Whether the program of this SQL reads a column, or seeks a row, of anything but an index."""
    program = sqlite3.connect(path).execute(f"EXPLAIN {sql}", {**parameters, "now": ""}).fetchall()
    tables = {p1 for _, operation, p1, _, _, p4, *_ in program if operation == "OpenRead" and "k(" not in str(p4)}
    return any(operation in {"Column", "SeekRowid"} and p1 in tables for _, operation, p1, *_ in program)


def test_a_url_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    SqliteStore.from_url("sqlite:///inside/here.db", utc_now).create("effects", "one", {})
    SqliteStore.from_url(f"sqlite:///{tmp_path}/there.db", utc_now).create("effects", "one", {})
    assert (tmp_path / "inside/here.db").exists()
    assert (tmp_path / "there.db").exists()
    for url in ("sqlite://host/x.db", "/x.db", "firestore://project/x"):
        with pytest.raises(ValueError, match="not sqlite"):
            SqliteStore.from_url(url, utc_now)


# -- what was deleted is gone ------------------------------------------------------------------------------------------

MARK = "VanDenVerdwenen"


def on_disk(folder: Path) -> int:
    return sum(file.read_bytes().count(MARK.encode()) for file in folder.iterdir())


def fill(store: SqliteStore, clock: TestClock) -> None:
    """Of every size, in the index of a query too, and once of each way in which it can go."""
    for number in range(60):
        expires_at = {"expires_at": clock.in_seconds(30)} if number % 3 == 0 else {}
        text = f"{MARK}{number} " * (1 + number**2)
        store.create("work", f"{number}", {"name": f"{MARK}{number}", "text": text, **expires_at})
    store.find(Query("work", {"name": f"{MARK}7"}))


def lose(store: SqliteStore, clock: TestClock) -> None:
    for document in store.find(Query("work")):
        number = int(document.key)
        if number % 3 == 1:
            store.delete("work", document.key)
        elif number % 3 == 2:
            store.replace("work", document.key, {"name": "x"}, document.version)
    clock.advance(60)


def test_what_was_deleted_replaced_or_has_expired_is_in_no_file(tmp_path: Path, clock: TestClock) -> None:
    store, other = (SqliteStore(tmp_path / "store.db", clock) for _ in range(2))
    other.scrub()
    fill(store, clock)
    lose(store, clock)
    assert on_disk(tmp_path)
    store.scrub()
    assert on_disk(tmp_path) == 0
    assert len(other.find(Query("work"))) == 20


def test_also_while_another_process_has_the_file_open(tmp_path: Path, clock: TestClock) -> None:
    store = SqliteStore(tmp_path / "store.db", clock)
    fill(store, clock)
    with python(OPEN, tmp_path / "store.db") as other:
        assert other.stdout is not None
        other.stdout.readline()
        lose(store, clock)
        store.scrub()
        assert on_disk(tmp_path) == 0
        other.communicate("\n")
    assert store.get("effects", "theirs")


def test_what_an_older_version_of_us_left_behind_goes_too(tmp_path: Path, clock: TestClock) -> None:
    store = SqliteStore(tmp_path / "store.db", clock)
    fill(store, clock)
    old = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    old.execute("PRAGMA secure_delete = OFF")
    old.execute("DELETE FROM documents")
    old.close()
    store.scrub()
    assert on_disk(tmp_path) == 0


def test_it_says_so_when_somebody_still_reads_what_was_there(tmp_path: Path, clock: TestClock) -> None:
    store = SqliteStore(tmp_path / "store.db", clock)
    fill(store, clock)
    store.scrub()
    reader = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT * FROM documents").fetchone()
    lose(store, clock)
    with pytest.raises(StoreUnavailable):
        store.scrub()
    reader.execute("ROLLBACK")
    store.scrub()
    assert on_disk(tmp_path) == 0
    reader.close()
