"""The reference lists that every Econobis database contains (`reference.json`), ids as its migrations give them.

`measures` holds those that Hoomdossier can name; a case or a seed may add to any list or replace it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from infra.standins.database import Row

_FILE = Path(__file__).with_name("reference.json")


def reference_tables() -> dict[str, list[Row]]:
    """Fresh copies, by table: a caller may change them."""
    return {table: [dict(row) for row in rows] for table, rows in _read().items()}


@cache
def _read() -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = json.loads(_FILE.read_text())
    return tables
