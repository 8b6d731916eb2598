"""Loads a recorded case into the database of the stand-in, and sets its clock to the recorded time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier
from infra.standins.hoomdossier.dossier import USER_MODEL
from infra.standins.hoomdossier.php import encode_json
from infra.standins.hoomdossier.reference import STATUS_NAMES, reference_tables
from infra.standins.recorded_case import parse_moment, run_sql

# The next ids in the recordings, so that new ids can be compared literally.
FIRST_IDS = {
    "accounts": 1001,
    "users": 2001,
    "buildings": 3001,
    "building_statuses": 4001,
    "building_coach_statuses": 5001,
    "building_permissions": 6001,
    "private_messages": 7001,
    "logs": 8001,
}
_CHANGES = ("database_change_before_first_request", "database_change_before_next_request")


def load_case(database: Database, case: dict[str, Any]) -> None:
    """Replaces the tables by `database_before` (tables, or "fixture.json"); without it they stay as they are.

    Sets the clock to `now` ("2024-05-01 12:34:56 Europe/Amsterdam"), or to the real time when only tables are given.
    Then runs the SQL statements in `database_change_before_…_request`.
    """
    before = case.get("database_before")
    if before == "fixture.json":
        before = json.loads(Path(__file__).with_name("fixture.json").read_text(encoding="utf-8"))
    if case.get("now") or before is not None:
        database.set_now(parse_moment(case["now"]) if case.get("now") else None)
    if before is not None:
        database.replace_all(_tables(before, dossier.moment_text(database.now())), FIRST_IDS)
    for key in _CHANGES:
        for statement in case.get(key) or ():
            run_sql(database, statement, dossier.moment_text(database.now()))


def _tables(before: dict[str, list[Row]], now: str) -> dict[str, list[Row]]:
    """The recorded tables and the reference lists, with defaults for columns that the recordings leave out."""
    given = {name: rows for name, rows in before.items() if all(isinstance(row, dict) for row in rows)}
    tables = {**reference_tables(), **given}
    names = {account["id"]: account["email"].split("@")[0].capitalize() for account in tables.get("accounts", [])}
    tables["model_has_roles"] = [*tables.get("model_has_roles", []), *_role_rows(tables)]
    tables["users"] = [_user(user, names) for user in tables.get("users", [])]
    tables["statuses"] = [{"name": STATUS_NAMES.get(row["short"]), **row} for row in tables["statuses"]]
    tables["building_statuses"] = [{"created_at": now, **row} for row in tables.get("building_statuses", [])]
    tables["personal_access_tokens"] = [{"tokenable_id": 1, **row} for row in tables.get("personal_access_tokens", [])]
    if "clients" not in tables:
        tables["clients"] = [{"id": 1, "name": f"Econobis {row['name']}"} for row in tables["cooperations"][:1]]
    return tables


def _user(user: Row, names: dict[int, str]) -> Row:
    """Moves roles to their own table, encodes `extra`, and derives a missing name from the e-mail address."""
    named: Row = {"first_name": names.get(user.get("account_id", 0), "Iemand"), "last_name": "Test", **user}
    if isinstance(named.get("extra"), dict | list):
        named["extra"] = encode_json(named["extra"])
    return {column: value for column, value in named.items() if column != "roles"}


def _role_rows(tables: dict[str, list[Row]]) -> Iterable[Row]:
    ids = {role["name"]: role["id"] for role in tables["roles"]}
    for user in tables.get("users", []):
        for name in filter(None, (user.get("roles") or "").split(",")):
            yield {"role_id": ids[name], "model_type": USER_MODEL, "model_id": user["id"]}
