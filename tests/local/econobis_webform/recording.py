"""A recorded webform case against the stand-in: what was sent, and what it left in the database."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from infra.local.database import Database
from infra.local.econobis.case import load_case, parse_now
from infra.local.econobis.webform import Answer, post
from tests.fixtures import files, read

Case = dict[str, Any]
Tables = dict[str, dict[int, dict[str, Any]]]

_WEBFORM = "/api/webform/external/"
# Filled in by the framework or the database itself, so not in the recordings.
_UNRECORDED = {"created_at", "updated_at", "public_id"}


def cases() -> dict[str, Case]:
    """Every recorded call of the webform by name."""
    found = {path.stem: read(path) for path in files("vectors/webform/*.json")}
    return {name: case for name, case in found.items() if _WEBFORM in case.get("request", {}).get("path", "")}


def exchanges(case: Case) -> list[Case]:
    return [case, *case.get("further_exchanges", [])]


def loaded(case: Case) -> Database:
    database = Database()
    load_case(database, case)
    return database


def play(database: Database, exchange: Case) -> Answer:
    request = exchange["request"]
    if moment := request.get("sent_at"):
        database.set_now(parse_now(moment))
    url = urlsplit(request["path"])
    body = (request.get("body") or "").encode()
    key = unquote(url.path.removeprefix(_WEBFORM))
    content_type = request["headers"].get("Content-Type", "")
    return post(database, key, content_type, body, "203.0.113.7", url.query.encode())


# -- what changed ------------------------------------------------------------------------------------------------------


def snapshot(database: Database) -> Tables:
    dump = database.dump()
    return {name: {row["id"]: row for row in rows} for name, rows in dump.items() if not name.startswith("_")}


def changes(before: Tables, after: Tables) -> dict[str, Any]:
    """In the form of the recordings: rows created, changed (`old`, `new`) and deleted, by table."""
    found: dict[str, Any] = {}
    for table in before.keys() | after.keys():
        old, new = before.get(table, {}), after.get(table, {})
        kinds = {
            "created": [_plain(new[id_]) for id_ in new if id_ not in old],
            "changed": [
                {"id": id_, **changed} for id_ in new if id_ in old and (changed := _changed(table, old[id_], new[id_]))
            ],
            "deleted": [_plain(old[id_]) for id_ in old if id_ not in new],
        }
        if any(kinds.values()):
            found[table] = {kind: rows for kind, rows in kinds.items() if rows}
    return found


def recorded(case: Case) -> dict[str, Any]:
    tables = case.get("database_after") or {}
    return {
        table: {kind: [row if kind == "changed" else _plain(row) for row in rows] for kind, rows in kinds.items()}
        for table, kinds in tables.items()
    }


def matching(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """`found` without the ids of rows whose ids were not recorded, so that the two can be compared."""
    return {
        table: {
            kind: [
                _without_id(row) if not any("id" in each for each in _rows(expected, table, kind)) else row
                for row in rows
            ]
            for kind, rows in kinds.items()
        }
        for table, kinds in found.items()
    }


def _rows(tables: dict[str, Any], table: str, kind: str) -> list[dict[str, Any]]:
    return tables.get(table, {}).get(kind, [])


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in row.items() if column != "id"}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        column: _moment(column, value)
        for column, value in row.items()
        if value is not None and column not in _UNRECORDED
    }


def _changed(table: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    if table == "webforms":
        counts = {"old_count": _count(old), "new_count": _count(new)}
        return {"last_requests": counts} if counts["old_count"] != counts["new_count"] else {}
    return {
        column: {"old": old.get(column), "new": _moment(column, new.get(column))}
        for column in sorted(old.keys() | new.keys())
        if old.get(column) != new.get(column) and column not in _UNRECORDED
    }


def _count(webform: dict[str, Any]) -> int:
    stored = webform.get("last_requests") or []
    return len(json.loads(stored) if isinstance(stored, str) else stored)


def _moment(column: str, value: Any) -> Any:
    """The stand-in's clock runs on during a call, the recorded one stood still: the seconds do not count."""
    if isinstance(value, str) and column.endswith(("_at", "_since")) and re.match(r"\d{4}-\d\d-\d\d \d", value):
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M}"
    return value
