"""Compares the tables before and after a call, in the form of the recordings."""

from __future__ import annotations

from typing import Any

Tables = dict[str, dict[int, dict[str, Any]]]
# The framework fills these in, so the recordings leave them out.
_UNRECORDED = {"created_at", "updated_at"}


def changes(before: Tables, after: Tables) -> dict[str, Any]:
    """The rows created and changed (`old`, `new`), by table. Tables of the stand-in's own (`_…`) are left out."""
    found: dict[str, Any] = {}
    for table, rows in after.items():
        old = before.get(table, {})
        created = [_filled(row) for id_, row in rows.items() if id_ not in old]
        changed = [{"id": id_, **_changed(old[id_], row)} for id_, row in rows.items() if old.get(id_, row) != row]
        kinds = {"created": created, "changed": changed}
        if not table.startswith("_") and any(kinds.values()):
            found[table] = {kind: rows for kind, rows in kinds.items() if rows}
    return found


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in row.items() if value is not None and column not in _UNRECORDED}


def _changed(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {
        column: {"old": old.get(column), "new": value}
        for column, value in new.items()
        if old.get(column) != value and column not in _UNRECORDED
    }
