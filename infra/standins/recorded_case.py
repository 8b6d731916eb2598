"""Reads what the recorded cases of both peers share: moments as text, and changes to the database as SQL."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from infra.standins.database import AMSTERDAM, Database, Row


def parse_moment(text: str) -> datetime:
    """Reads `2024-05-01 12:34:56 Europe/Amsterdam`, or any ISO moment (Europe/Amsterdam when it has no zone)."""
    moment, _, zone = text.rpartition(" ")
    if "/" in zone:
        return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=AMSTERDAM)


def run_sql(database: Database, statement: str, now: str) -> None:
    """Runs one INSERT, UPDATE or DELETE in SQLite on a copy of its table, and stores the result. `now` is NOW().

    Raises ValueError for any other statement.
    """
    found = re.search(r"(?i)^\s*(?:insert\s+into|update|delete\s+from)\s+`?(\w+)", statement)
    if found is None:
        raise ValueError(f"not an insert, update or delete: {statement[:40]}")
    table = found[1]
    with sqlite3.connect(":memory:") as scratch:
        scratch.row_factory = sqlite3.Row
        scratch.create_function("now", 0, lambda: now)
        _copy(scratch, table, database.rows(table))
        _execute(scratch, table, statement)
        changed = {row["id"]: _restored(dict(row)) for row in scratch.execute(f'SELECT * FROM "{table}"')}
    scratch.close()
    for row in database.rows(table):
        if row["id"] not in changed:
            database.delete(table, row["id"])
    for row in changed.values():
        database.insert(table, **row)


_NESTED = "\0json:"


def _restored(row: Row) -> Row:
    return {
        column: json.loads(value.removeprefix(_NESTED)) if str(value).startswith(_NESTED) else value
        for column, value in row.items()
    }


def _plain(value: Any) -> Any:
    return f"{_NESTED}{json.dumps(value)}" if isinstance(value, dict | list) else value


def _copy(scratch: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    columns = dict.fromkeys(column for row in rows for column in row if column != "id")
    scratch.execute(f'CREATE TABLE "{table}" ({", ".join(["id INTEGER PRIMARY KEY", *_quoted(columns)])})')
    for row in rows:
        places = ", ".join("?" * len(row))
        values = [_plain(value) for value in row.values()]
        scratch.execute(f'INSERT INTO "{table}" ({", ".join(_quoted(row))}) VALUES ({places})', values)


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in names]


def _execute(scratch: sqlite3.Connection, table: str, statement: str) -> None:
    """Adds each column that the statement names and no row has yet, and tries again."""
    while True:
        try:
            scratch.execute(statement)
        except sqlite3.OperationalError as error:
            missing = re.search(r"(?:has no column named|no such column:) (\w+)", str(error))
            if missing is None:
                raise
            scratch.execute(f'ALTER TABLE "{table}" ADD COLUMN "{missing[1]}"')
        else:
            return
