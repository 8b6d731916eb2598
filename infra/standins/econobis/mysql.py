"""How MySQL compares values: texts by Econobis' collation, a number column with a text, and finding a row by its id.

Storing a row as MySQL does: `mysql_columns.py`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis import php


def leading_number(value: Any) -> float | None:
    """The number for which MySQL takes a value beside a number column: of a text, the number at its start.

    None (SQL's NULL) equals nothing.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    return php.to_float(str(value))


def find(database: Database, table: str, sent: Any) -> Row | None:
    """The row whose id equals what was sent, unless it was removed. The text `104 Cora` finds id 104."""
    row = database.row(table, leading_number(sent))
    return row if row and not row.get("deleted_at") else None


def find_all(database: Database, table: str, ids: str) -> list[Row]:
    """The rows of a list of ids with commas: in the order of their ids, each once, unknown ids left out."""
    found = [find(database, table, part) for part in ids.split(",")]
    by_id = {row["id"]: row for row in found if row}
    return [by_id[id_] for id_ in sorted(by_id)]


def same(column: str | None, text: str) -> bool:
    """Whether a text column equals the text. Case, accents and spaces at the end make no difference."""
    return column is not None and _folded(column) == _folded(text)


def like(column: str | None, pattern: str) -> bool:
    """SQL's LIKE: `%` stands for any text, `_` for one character."""
    if column is None:
        return False
    wildcards = {"%": ".*", "_": "."}
    expression = "".join(wildcards.get(sign) or re.escape(sign) for sign in _folded(pattern))
    return re.fullmatch(expression, _folded(column), re.DOTALL) is not None


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.rstrip(" "))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()
