"""`POST /_state`: loads the database and the clock of a recorded case, so that its calls can be replayed."""

from __future__ import annotations

from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis.mysql_columns import DEFAULTS
from infra.standins.econobis.reference import reference_tables
from infra.standins.recorded_case import parse_moment, run_sql

# The next id of each table in the recordings, so that the ids of new rows can be compared.
FIRST_IDS = {
    "organisations": 501,
    "contact_notes": 601,
    "housing_files": 801,
    "contacts": 1001,
    "people": 2001,
    "addresses": 3001,
    "email_addresses": 4001,
    "phone_numbers": 5001,
    "intakes": 6001,
    "opportunities": 7001,
    "quotation_requests": 8001,
    "tasks": 9001,
}


# Rows and columns that every recorded database had and the recordings leave out.
_OMITTED_TABLES: dict[str, list[Row]] = {
    "campaigns": [{"id": 1, "name": "Energiecoach 2024"}, {"id": 2, "name": "Isolatieactie"}],
    "measure_opportunity": [{"opportunity_id": 21, "measure_id": 1}],
}
_OMITTED_COLUMNS: dict[str, Row] = {
    "contacts": {"updated_by_id": 2, "updated_with": "econobis"},
    "quotation_requests": {"updated_by_id": 2},
    "opportunities": {"measure_category_id": 1},
}


def load_case(database: Database, case: dict[str, Any]) -> None:
    """`case` may have `database_before` (tables of rows), `now` ("2024-05-01 12:34:56 Europe/Amsterdam"), `lvbag_stub`.

    `database_before` replaces all tables, and without a `now` the clock then shows the real time. Its table replaces
    the reference list of that name, unless all its ids are new (they are added to the list), or its rows are parts of
    rows in the list (they are filled in from it). A text in it (`other_changes`) is an SQL statement, run after all
    rows are there. Without `database_before` only the clock or the stub is set.
    """
    given = case.get("database_before") or {}
    if "database_before" in case:
        _replace_tables(
            database, {name: [row for row in rows if isinstance(row, dict)] for name, rows in given.items()}
        )
        database.set_now(None)
    if case.get("now"):
        database.set_now(parse_moment(case["now"]))
    for statement in (row for rows in given.values() for row in rows if isinstance(row, str)):
        run_sql(database, statement, f"{database.now():%Y-%m-%d %H:%M:%S}")
    if case.get("lvbag_stub") is not None:
        for row in database.rows("_lvbag_stub"):
            database.delete("_lvbag_stub", row["id"])
        database.insert("_lvbag_stub", answer=case["lvbag_stub"])


def _replace_tables(database: Database, given: dict[str, list[Row]]) -> None:
    whole = {**_OMITTED_TABLES, **given}
    tables = {
        table: _with_number_ids([{**DEFAULTS.get(table, {}), **_OMITTED_COLUMNS.get(table, {}), **row} for row in rows])
        for table, rows in whole.items()
    }
    for table, rows in reference_tables().items():
        tables[table] = _merged(rows, tables.get(table))
    database.replace_all(tables, _first_ids(tables))


def _with_number_ids(rows: list[Row]) -> list[Row]:
    """Ids must be whole numbers here: where the real ids are codes (`countries`), they go to the column `code`."""
    return [
        row if row.get("id") is None or isinstance(row["id"], int) else {**_without_id(row), "code": row["id"]}
        for row in (_without_id(row) if row.get("id") is None else row for row in rows)
    ]


def _without_id(row: Row) -> Row:
    return {column: value for column, value in row.items() if column != "id"}


def _merged(reference: list[Row], given: list[Row] | None) -> list[Row]:
    if given is None:
        return reference
    own: dict[int, Row] = {row.get("id", 0): row for row in given}
    listed: dict[int, Row] = {row["id"]: row for row in reference}
    both = [(own[id_], listed[id_]) for id_ in own.keys() & listed.keys()]
    completes = any(whole.keys() - part.keys() for part, whole in both) and all(_agree(*pair) for pair in both)
    if not own or 0 in own or (both and not completes):
        return given
    return [{**listed.get(id_, {}), **own.get(id_, {})} for id_ in sorted(listed.keys() | own.keys())]


def _agree(row: Row, other: Row) -> bool:
    return all(other[column] == row[column] for column in row.keys() & other.keys())


def _first_ids(tables: dict[str, list[Row]]) -> dict[str, int]:
    """None for a case with higher contact ids (the fixture of the endpoints): it continues from its own highest id."""
    if _highest(tables, "contacts") >= FIRST_IDS["contacts"]:
        return {}
    return {table: max(first, _highest(tables, table) + 1) for table, first in FIRST_IDS.items()}


def _highest(tables: dict[str, list[Row]], table: str) -> int:
    return max((row.get("id") or 0 for row in tables.get(table, [])), default=0)
