"""The lists that every Econobis database contains (`reference.json`), with the ids of its migrations.

`measures` has only the measures that Hoomdossier can send. Columns that nothing reads stay: `load_case.py` compares
whole rows with those of a recorded case.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from infra.standins.database import Row

_FILE = Path(__file__).with_name("reference.json")


def reference_tables() -> dict[str, list[Row]]:
    """The rows by table. They are copies, so the caller may change them."""
    return {table: [dict(row) for row in rows] for table, rows in _read().items()}


@cache
def _read() -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = json.loads(_FILE.read_text())
    return tables
