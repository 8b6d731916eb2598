"""The embedded store: one SQLite file, shared by the threads and processes of one machine. The port: `port.py`."""

# SQL is put together from texts of this module and names that `limits.py` has checked; values are parameters.
# ruff: noqa: S608 - see above

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from shared.clock import Clock, to_text
from shared.errors import AlreadyExists, Changed, StoreUnavailable
from shared.private_files import private_parent, private_sqlite
from shared.store.limits import check_place, check_query, expiry, json_text, to_json
from shared.store.port import Data, Document, Query

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
_CREATE = f"""
    INSERT INTO documents (collection, key, data, version, expires_at)
    VALUES (:collection, :key, :data, :new_version, :expires_at)
    ON CONFLICT (collection, key) DO UPDATE
    SET data = excluded.data, version = excluded.version, expires_at = excluded.expires_at WHERE NOT {_ALIVE}"""
_REPLACE = f"""
    UPDATE documents SET data = :data, version = :new_version, expires_at = :expires_at
    WHERE {_PLACE} AND version = :version AND {_ALIVE}"""
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

    def create(self, collection: str, key: str, data: Data) -> Document:
        self._purge()
        document = self._write(_CREATE, collection, key, data)
        if document is None:
            raise AlreadyExists(f"{collection}/{key}")
        return document

    def replace(self, collection: str, key: str, data: Data, version: str) -> Document:
        document = self._write(_REPLACE, collection, key, data, version)
        if document is None:
            raise Changed(f"{collection}/{key}")
        return document

    def delete(self, collection: str, key: str, version: str | None = None) -> None:
        check_place(collection, key)
        parameters = {"collection": collection, "key": key, "version": version}
        only = "" if version is None else " AND version = :version"
        deleted = self._file.write(f"DELETE FROM documents WHERE {_PLACE}{only}", parameters)
        if not deleted and version is not None and self.get(collection, key):
            raise Changed(f"{collection}/{key}")

    def find(self, query: Query) -> list[Document]:
        check_query(query)
        name, make_index = _index(query)
        sql, parameters = _select(query, name if make_index else None)
        if make_index:
            self._file.read(make_index, {})
        return [_document(*row) for row in self._file.read(sql, {**parameters, "now": self._now()})]

    def scrub(self) -> None:
        """See `Store`. Raises StoreUnavailable too while another process reads an older state of the file."""
        while self._file.write(_PURGE, {"now": self._now()}) == PURGE_AT_MOST:
            pass
        self._file.scrub()

    def _now(self) -> str:
        return to_text(self._clock())

    def _write(self, sql: str, collection: str, key: str, data: Data, version: str | None = None) -> Document | None:
        check_place(collection, key)
        text = to_json(data)
        new_version = secrets.token_hex(8)
        parameters = {"collection": collection, "key": key, "data": text, "expires_at": expiry(data)}
        parameters |= {"version": version, "new_version": new_version, "now": self._now()}
        return _document(key, text, new_version) if self._file.write(sql, parameters) else None

    def _purge(self) -> None:
        now = self._clock()
        if now >= self._purge_at:
            self._purge_at = now + PURGE_EVERY
            self._file.write(_PURGE, {"now": to_text(now)})


def _document(key: str, text: str, version: str) -> Document:
    return Document(key, json.loads(text), version)


def _equal(name: str) -> str:
    """SQL for a field as JSON text, which distinguishes true from 1 and null from absent."""
    return f"data -> '$.{name}'"


def _ordered(name: str) -> str:
    return f"json_extract(data, '$.{name}')"


def _index(query: Query) -> tuple[str, str | None]:
    """The name of the index for this combination of fields, and the SQL that creates it.

    An index covers one collection, so that writes to others do not pay for it. Each `find` runs the SQL, which takes a
    few microseconds when the index is there. The SQL is None when the primary key is enough.
    """
    fields = sorted(query.where)
    columns = [_equal(field) for field in fields] + ([_ordered(query.order_by)] if query.order_by else [])
    name = " ".join(["find", query.collection, *fields, "by", query.order_by or "key"])
    listed = ", ".join([*columns, "key"])
    sql = f"CREATE INDEX IF NOT EXISTS \"{name}\" ON documents ({listed}) WHERE collection = '{query.collection}'"
    return name, sql if columns else None


def _select(query: Query, index: str | None) -> tuple[str, dict[str, Any]]:
    terms = [f"collection = '{query.collection}'", _ALIVE]
    parameters: dict[str, Any] = {"limit": query.limit}
    for name, value in query.where.items():
        terms.append(f"{_equal(name)} = :where_{name}")
        parameters[f"where_{name}"] = json_text(value)
    order = [_ordered(query.order_by), "key"] if query.order_by else ["key"]
    bounds = {"at_least": (">=", query.at_least), "at_most": ("<=", query.at_most)}
    for bound, (sign, value) in bounds.items():
        if value is not None:
            terms.append(f"{order[0]} {sign} :{bound}")
            parameters[bound] = value
    if query.order_by:
        # Means "is not null" in a form for which SQLite uses the index: every number and text is greater than this.
        terms.append(f"{order[0]} > -9e999")
    if query.after:
        terms.append(f"({', '.join(order)}) > ({', '.join(f':after_{i}' for i in range(len(order)))})")
        values = [query.after.data[query.order_by]] if query.order_by else []
        parameters |= {f"after_{i}": value for i, value in enumerate([*values, query.after.key])}
    where = " AND ".join(terms)
    by = f'INDEXED BY "{index}"' if index else ""
    sql = f"SELECT key, data, version FROM documents {by} WHERE {where} ORDER BY {', '.join(order)} LIMIT :limit"
    return sql, parameters


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

    def read(self, sql: str, parameters: dict[str, Any]) -> list[tuple[str, str, str]]:
        with self._connection() as connection:
            return connection.execute(sql, parameters).fetchall()

    def write(self, sql: str, parameters: dict[str, Any]) -> int:
        """Runs one statement and returns how many rows it changed."""
        with self._writing() as connection:
            return connection.execute(sql, parameters).rowcount

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
