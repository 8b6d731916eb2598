"""Compares the tables of the stand-in before and after a call, in the form of the recordings."""

from __future__ import annotations

from typing import Any

Tables = dict[str, dict[int, dict[str, Any]]]
# Columns that the framework fills in are not in the recordings.
_UNRECORDED = {"created_at", "updated_at"}
# Tables that only the stand-in has.
_OWN = {"mails", "jobs"}


def changes(before: Tables, after: Tables, like: dict[str, Any]) -> dict[str, Any]:
    """Table → rows created, changed (`old`, `new`) and deleted. Leaves out ids where the recording `like` does."""
    found: dict[str, Any] = {}
    for table in (before.keys() | after.keys()) - _OWN:
        old, new = before.get(table, {}), after.get(table, {})
        kinds = {
            "created": [_filled(row) for id_, row in new.items() if id_ not in old],
            "changed": [
                {"id": id_, **changed} for id_, row in new.items() if (changed := _changed(old.get(id_, row), row))
            ],
            "deleted": [_filled(row) for id_, row in old.items() if id_ not in new],
        }
        for kind, rows in kinds.items():
            if rows:
                recorded = like.get(table, {}).get(kind, [])
                has_ids = any("id" in row for row in recorded)
                found.setdefault(table, {})[kind] = rows if has_ids else [_without_id(row) for row in rows]
    return found


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in row.items() if value is not None and column not in _UNRECORDED}


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in row.items() if column != "id"}


def _changed(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {
        column: {"old": old.get(column), "new": new.get(column)}
        for column in sorted(old.keys() | new.keys())
        if old.get(column) != new.get(column) and column not in _UNRECORDED
    }
