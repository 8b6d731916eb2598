"""The embedded store: one SQLite file, shared by the threads and processes of one machine. The port: `port.py`."""

# SQL is put together from texts of this module and names that `limits.py` has checked; values are parameters.
# ruff: noqa: S608 - see above

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from shared.clock import Clock, to_text
from shared.errors import AlreadyExists, Changed, StoreUnavailable
from shared.private_files import private_parent, private_sqlite
from shared.store.limits import (
    COUNTS,
    Write,
    check_additions,
    check_place,
    check_query,
    expiry,
    json_text,
    read_json,
    to_json,
)
from shared.store.port import Addition, Data, Document, Query

BUSY_SECONDS = 1.5
"""How long a write waits for other writes. Our caller gets its 503 within two seconds."""

PURGE_EVERY = timedelta(minutes=1)
PURGE_AT_MOST = 500
"""How often `create` deletes documents that have expired, and how many at a time."""

_SCHEMA = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = ON",
    """CREATE TABLE IF NOT EXISTS documents (
         collection TEXT NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL, version TEXT NOT NULL, expires_at TEXT,
         PRIMARY KEY (collection, key))""",
    "CREATE INDEX IF NOT EXISTS expiring ON documents (expires_at) WHERE expires_at IS NOT NULL",
)
_PLACE = "collection = :collection AND key = :key"
_ALIVE = "(documents.expires_at IS NULL OR documents.expires_at > :now)"
_PUT = """
    INSERT INTO documents (collection, key, data, version, expires_at)
    VALUES (:collection, :key, :data, :new_version, :expires_at)
    ON CONFLICT (collection, key) DO UPDATE
    SET data = excluded.data, version = excluded.version, expires_at = excluded.expires_at"""
_CREATE = f"{_PUT} WHERE NOT {_ALIVE}"
_REPLACE = f"""
    UPDATE documents SET data = :data, version = :new_version, expires_at = :expires_at
    WHERE {_PLACE} AND version = :version AND {_ALIVE}"""
_TO_DELETE = f"FROM documents WHERE {_PLACE} AND (:version IS NULL OR version = :version)"
_PURGE = f"""
    DELETE FROM documents
    WHERE rowid IN (SELECT rowid FROM documents WHERE expires_at <= :now LIMIT {PURGE_AT_MOST})"""

_SCRUBBED = 1
"""The `user_version` of a file that was rewritten since `secure_delete` is on, so that it holds no deleted content."""

_left_to_the_parent: list[object] = []


class SqliteStore:
    """Its methods are described in `Store`. The version of a document is random.

    Only the owner of the process can read the files. Expired documents are deleted now and then by `create`.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._file = _File(path)
        self._clock = clock
        self._purge_at = datetime.min.replace(tzinfo=UTC)

    @classmethod
    def from_url(cls, url: str, clock: Clock) -> Self:
        """From `sqlite:///relative/path.db` or `sqlite:////absolute/path.db`. Raises ValueError, and OSError.

        Creates the folder if needed.
        """
        if not url.startswith("sqlite:///"):
            raise ValueError(f"not sqlite:///path: {url}")
        path = Path(url.removeprefix("sqlite:///"))
        private_parent(path)
        return cls(path, clock)

    def close(self) -> None:
        """Closes the connections that no thread uses at the moment."""
        self._file.close()

    def get(self, collection: str, key: str) -> Document | None:
        check_place(collection, key)
        parameters = {"collection": collection, "key": key, "now": self._now()}
        found = self._file.read(f"SELECT key, data, version FROM documents WHERE {_PLACE} AND {_ALIVE}", parameters)
        return _document(*found[0]) if found else None

    def create(self, collection: str, key: str, data: Data, adding: Sequence[Addition] = ()) -> Document:
        self._purge()
        document = self._write(_CREATE, Write(collection, key, data, adding))
        if document is None:
            raise AlreadyExists(f"{collection}/{key}")
        return document

    def replace(self, collection: str, key: str, data: Data, version: str, adding: Sequence[Addition] = ()) -> Document:
        document = self._write(_REPLACE, Write(collection, key, data, adding), version)
        if document is None:
            raise Changed(f"{collection}/{key}")
        return document

    def delete(self, collection: str, key: str, version: str | None = None, adding: Sequence[Addition] = ()) -> None:
        check_place(collection, key)
        check_additions(collection, key, adding)
        parameters = {"collection": collection, "key": key, "version": version, "now": self._now()}
        with self._file.transaction() as connection:
            was_there = connection.execute(f"SELECT 1 {_TO_DELETE} AND {_ALIVE}", parameters).fetchone()
            deleted = connection.execute(f"DELETE {_TO_DELETE}", parameters).rowcount
            if was_there:
                self._add(connection, adding)
        if not deleted and version is not None and self.get(collection, key):
            raise Changed(f"{collection}/{key}")

    def find(self, query: Query) -> list[Document]:
        check_query(query)
        return [_document(*row) for row in self._rows(query, *_select(query))]

    def count(self, query: Query, up_to: int | None = None) -> int:
        """See `Store`. It reads the index only."""
        check_query(query, up_to)
        ((found,),) = self._rows(query, *_count(query, up_to))
        return int(found)

    def scrub(self) -> None:
        """See `Store`. Raises StoreUnavailable too while another process reads an older state of the file."""
        while self._file.write(_PURGE, {"now": self._now()}) == PURGE_AT_MOST:
            pass
        self._file.scrub()

    def _now(self) -> str:
        return to_text(self._clock())

    def _rows(self, query: Query, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        _, make_index = _index(query)
        self._file.read(make_index, {})
        return self._file.read(sql, {**parameters, "now": self._now()})

    def _write(self, sql: str, write: Write, version: str | None = None) -> Document | None:
        text = to_json(write.data)
        new_version = secrets.token_hex(8)
        parameters = {"collection": write.collection, "key": write.key, "data": text, "new_version": new_version}
        moments = {"expires_at": expiry(write.data), "now": self._now()}
        with self._file.transaction() as connection:
            if not connection.execute(sql, {**parameters, **moments, "version": version}).rowcount:
                return None
            self._add(connection, write.adding)
        return _document(write.key, text, new_version)

    def _add(self, connection: sqlite3.Connection, adding: Sequence[Addition]) -> None:
        """Adds to the documents, within the transaction of the write."""
        for it in adding:
            place = {"collection": it.collection, "key": it.key, "now": self._now()}
            found = connection.execute(f"SELECT data FROM documents WHERE {_PLACE} AND {_ALIVE}", place).fetchone()
            data = _added(it, read_json(found[0]) if found else {})
            content = {"data": to_json(data), "new_version": secrets.token_hex(8), "expires_at": expiry(data)}
            connection.execute(_PUT, {**place, **content})

    def _purge(self) -> None:
        now = self._clock()
        if now >= self._purge_at:
            self._purge_at = now + PURGE_EVERY
            self._file.write(_PURGE, {"now": to_text(now)})


def _document(key: str, text: str, version: str) -> Document:
    return Document(key, read_json(text), version)


def _added(addition: Addition, data: Data) -> Data:
    data = {**data, **addition.fixed}
    for name, number in addition.counts.items():
        counts = data.setdefault(COUNTS, {})
        counts[name] = counts.get(name, 0) + number
    return data


def _equal(name: str) -> str:
    """SQL for a field as JSON text, which distinguishes true from 1 and null from absent."""
    return f"data -> '$.{name}'"


def _ordered(name: str) -> str:
    return f"json_extract(data, '$.{name}')"


def _order(query: Query) -> list[str]:
    return [_ordered(query.order_by), "key"] if query.order_by else ["key"]


def _index(query: Query) -> tuple[str, str]:
    """The name of the index for this combination of fields, and the SQL that creates it.

    An index covers one collection, so that writes to others do not pay for it. Each query runs the SQL, which takes a
    few microseconds when the index is there. It holds `expires_at` too, so that `count` reads no document.
    """
    fields = sorted(query.where)
    columns = [*map(_equal, fields), *_order(query), "expires_at"]
    name = " ".join(["search", query.collection, *fields, "by", query.order_by or "key"])
    only = f"collection = '{query.collection}'"
    return name, f'CREATE INDEX IF NOT EXISTS "{name}" ON documents ({", ".join(columns)}) WHERE {only}'


def _matching(query: Query) -> tuple[str, dict[str, Any]]:
    """SQL for what matches, without the order, the limit and `after`, and its parameters except `now`."""
    terms = [f"collection = '{query.collection}'", _ALIVE]
    parameters: dict[str, Any] = {}
    for name, value in query.where.items():
        terms.append(f"{_equal(name)} = :where_{name}")
        parameters[f"where_{name}"] = json_text(value)
    order = _order(query)
    bounds = {"at_least": (">=", query.at_least), "at_most": ("<=", query.at_most)}
    for bound, (sign, value) in bounds.items():
        if value is not None:
            terms.append(f"{order[0]} {sign} :{bound}")
            parameters[bound] = value
    if query.order_by:
        # Means "is not null" in a form for which SQLite uses the index: every number and text is greater than this.
        terms.append(f"{order[0]} > -9e999")
    name, _ = _index(query)
    return f'FROM documents INDEXED BY "{name}" WHERE {" AND ".join(terms)}', parameters


def _select(query: Query) -> tuple[str, dict[str, Any]]:
    """SQL for the documents, and its parameters except `now`."""
    matching, parameters = _matching(query)
    order = _order(query)
    if query.after:
        sign = "<" if query.descending else ">"
        matching += f" AND ({', '.join(order)}) {sign} ({', '.join(f':after_{i}' for i in range(len(order)))})"
        values = [query.after.data[query.order_by]] if query.order_by else []
        parameters |= {f"after_{i}": value for i, value in enumerate([*values, query.after.key])}
    direction = "DESC" if query.descending else "ASC"
    by = ", ".join(f"{column} {direction}" for column in order)
    sql = f"SELECT key, data, version {matching} ORDER BY {by} LIMIT :limit"
    return sql, {**parameters, "limit": query.limit}


def _count(query: Query, up_to: int | None) -> tuple[str, dict[str, Any]]:
    """SQL for how many documents there are, and its parameters except `now`."""
    matching, parameters = _matching(query)
    if up_to is None:
        return f"SELECT COUNT(*) {matching}", parameters
    return f"SELECT COUNT(*) FROM (SELECT 1 {matching} LIMIT :up_to)", {**parameters, "up_to": up_to}


class _File:
    """A pool of connections to one file. A connection is used by one thread at a time, in the process that opened it.

    A lock lets one thread of this process write at a time: SQLite's own waiting is not fair, so of many threads some
    would time out. SQLite itself waits for writers of other processes. Both together take at most BUSY_SECONDS.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start()

    def _start(self) -> None:
        self._process = os.getpid()
        self._idle: list[sqlite3.Connection] = []
        self._writer = threading.Lock()
        self._opening = threading.Lock()

    def read(self, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        with self._connection() as connection:
            return connection.execute(sql, parameters).fetchall()

    def write(self, sql: str, parameters: dict[str, Any]) -> int:
        """Runs one statement and returns how many rows it changed."""
        with self._writing() as connection:
            return connection.execute(sql, parameters).rowcount

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """What runs in it happens together, or not at all when it raises an error: that closes the connection."""
        with self._writing() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def scrub(self) -> None:
        """Rewrites a file from before `secure_delete`, and empties the write-ahead log, which holds old pages."""
        with self._writing() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version < _SCRUBBED:
                connection.execute("VACUUM")
                connection.execute(f"PRAGMA user_version = {_SCRUBBED}")
            (is_busy, *_), *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            if is_busy:
                raise sqlite3.OperationalError("another process is reading what was there before")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection:
            late = time.monotonic() + BUSY_SECONDS
            if not self._writer.acquire(timeout=BUSY_SECONDS):
                raise sqlite3.OperationalError("other threads are writing")
            try:
                connection.execute(f"PRAGMA busy_timeout = {max(0, int(1000 * (late - time.monotonic())))}")
                yield connection
            finally:
                self._writer.release()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        if self._process != os.getpid():
            # After a fork: even closing an inherited connection could damage the file, so keep it without using it.
            _left_to_the_parent.append(self._idle)
            self._start()
        try:
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"SQLite: {error}") from error

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _open(self) -> sqlite3.Connection:
        with suppress(OSError):  # The error of SQLite below is clearer.
            private_sqlite(self._path)
        connection = sqlite3.connect(self._path, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            with self._opening:
                for statement in _SCHEMA:
                    _execute_when_free(connection, statement)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _execute_when_free(connection: sqlite3.Connection, statement: str) -> None:
    """Retries while the file is busy. SQLite waits by itself, except while another process switches it to WAL."""
    late = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > late:
                raise
            time.sleep(0.01)
        else:
            return
