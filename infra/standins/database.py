"""The tables of a stand-in: rows are dictionaries in memory, and are saved to SQLite at each commit when it has a file.

It stands in for the MySQL of the peers: transactions that roll back, auto-increment ids, and a clock that can be set.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shared.private_files import private_parent, private_sqlite

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
Row = dict[str, Any]


class Database:
    """`path` None keeps everything in memory. A table exists from its first row on; every row has an `id`.

    Methods may be called from any thread, and return copies of rows.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file = _open(path) if path else None
        self._lock = threading.RLock()
        self._depth = 0
        self._before: dict[tuple[str, int], Row | None] = {}
        self._tables: dict[str, dict[int, Row]] = {}
        self._next_ids: dict[str, int] = {}
        self._offset = timedelta()
        if self._file:
            self._read(self._file)

    # -- the clock -------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The time of the stand-in, in Europe/Amsterdam."""
        return datetime.now(AMSTERDAM) + self._offset

    def set_now(self, now: datetime | None) -> None:
        """Sets the clock, which runs on from there. None sets it back to the real time."""
        with self._lock:
            self._offset = now - datetime.now(AMSTERDAM) if now else timedelta()
            self._save_fact("offset", self._offset.total_seconds())

    # -- rows ------------------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction at a time; an exception undoes every change made in it, but ids are not given out again.

        A nested transaction is part of the outer one.
        """
        with self._lock:
            self._depth += 1
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._undo()
                raise
            else:
                if self._depth == 1:
                    self._commit()
            finally:
                self._depth -= 1

    def rows(self, table: str, **equal: Any) -> list[Row]:
        """The rows, by id, whose named columns have these values. A column that a row does not have counts as None."""
        with self._lock:
            found = list(self._tables.get(table, {}).values())
            for column, value in equal.items():  # One column after the other is faster than all of each row.
                found = [row for row in found if row.get(column) == value]
            return [dict(row) for row in found]

    def row(self, table: str, id_: Any) -> Row | None:
        with self._lock:
            row = self._tables.get(table, {}).get(id_)
            return dict(row) if row is not None else None

    def insert(self, table: str, **values: Any) -> Row:
        """Adds a row with the given `id` (replacing that row) or the next id, and returns it."""
        with self.transaction():
            id_ = values.get("id") or self._next_ids.get(table) or max(self._tables.get(table, {0: {}}), default=0) + 1
            self._next_ids[table] = max(id_ + 1, self._next_ids.get(table, 0))
            self._write(table, id_, {"id": id_, **values})
            return {"id": id_, **values}

    def update(self, table: str, id_: int, **values: Any) -> Row:
        """Changes these columns and returns the whole row. Raises KeyError when there is no such row."""
        with self.transaction():
            row = {**self._tables[table][id_], **values}
            self._write(table, id_, row)
            return dict(row)

    def delete(self, table: str, id_: int) -> None:
        with self.transaction():
            self._write(table, id_, None)

    def dump(self) -> dict[str, list[Row]]:
        """Every row of every table that is not empty."""
        with self._lock:
            return {name: [dict(row) for row in rows.values()] for name, rows in sorted(self._tables.items()) if rows}

    def replace_all(self, tables: Mapping[str, Iterable[Row]], next_ids: Mapping[str, int] | None = None) -> None:
        """Replaces all tables. A row without an `id` gets one; `next_ids` is the next id of each table named."""
        with self.transaction():
            for table, rows in list(self._tables.items()):
                for id_ in list(rows):
                    self._write(table, id_, None)
            self._next_ids = {}
            for table, new_rows in tables.items():
                for row in new_rows:
                    self.insert(table, **row)
            self._next_ids.update(next_ids or {})

    # -- saving ----------------------------------------------------------------------------------------------------

    def _read(self, file: sqlite3.Connection) -> None:
        for name, id_, row in file.execute("SELECT name, id, row FROM rows ORDER BY name, id"):
            self._tables.setdefault(name, {})[id_] = json.loads(row)
        facts = {name: json.loads(value) for name, value in file.execute("SELECT name, value FROM facts")}
        self._next_ids = facts.get("next_ids", {})
        self._offset = timedelta(seconds=facts.get("offset", 0.0))

    def _write(self, table: str, id_: int, row: Row | None) -> None:
        rows = self._tables.setdefault(table, {})
        self._before.setdefault((table, id_), rows.get(id_))
        if row is None:
            rows.pop(id_, None)
        else:
            rows[id_] = row

    def _undo(self) -> None:
        for (table, id_), row in self._before.items():
            if row is None:
                self._tables[table].pop(id_, None)
            else:
                self._tables[table][id_] = row
        self._before.clear()

    def _commit(self) -> None:
        if self._file:
            self._save(self._file)
        self._before.clear()

    def _save(self, file: sqlite3.Connection) -> None:
        file.execute("BEGIN")
        for table, id_ in self._before:
            row = self._tables[table].get(id_)
            if row is None:
                file.execute("DELETE FROM rows WHERE name = ? AND id = ?", (table, id_))
            else:
                text = json.dumps(row, ensure_ascii=True)
                file.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", (table, id_, text))
        self._save_fact("next_ids", self._next_ids)
        file.execute("COMMIT")

    def _save_fact(self, name: str, value: Any) -> None:
        if self._file:
            self._file.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))


def _open(path: Path) -> sqlite3.Connection:
    private_parent(path)
    private_sqlite(path)
    file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    file.execute("PRAGMA journal_mode=WAL")
    file.execute("PRAGMA synchronous=NORMAL")
    file.execute("CREATE TABLE IF NOT EXISTS rows (name TEXT, id INTEGER, row TEXT, PRIMARY KEY (name, id))")
    file.execute("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT)")
    return file
