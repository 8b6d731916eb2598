"""A recorded webform call against the stand-in, over its own HTTP: what was sent, answered, and left in the database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request, Response

from infra.local.database import Database
from infra.local.econobis.app import create_econobis
from infra.local.econobis.settings import EconobisSettings
from infra.local.server import serving
from tests.fixtures import files, read

Row = dict[str, Any]
Tables = dict[str, dict[int, Row]]

_WEBFORM = "/api/webform/external/"

# Filled in by the framework or the database itself, so not in the recordings.
_UNRECORDED = {"created_at", "updated_at"}


def cases() -> dict[str, Row]:
    """Every recorded call of the webform by name."""
    found = {path.stem: read(path) for path in files("vectors/webform/*.json")}
    return {name: case for name, case in found.items() if _WEBFORM in case.get("request", {}).get("path", "")}


def exchanges(case: Row) -> list[Row]:
    return [case, *case.get("further_exchanges", [])]


def econobis() -> Client:
    return Client(create_econobis("dorp", Database(), EconobisSettings(country="NL", webform_key="not-in-a-case")))


def load(client: Client, case: Row, hoomdossier_url: str = "") -> None:
    """`hoomdossier_url` stands in the place of the recorder's address."""
    text = json.dumps(case).replace("http://recorder.example", hoomdossier_url)
    assert client.post("/_state", data=text).status_code == 200


def play(client: Client, exchange: Row) -> TestResponse:
    sent = exchange["request"]
    if sent.get("sent_at"):
        client.post("/_state", json={"now": sent["sent_at"]})
    return client.open(sent["path"], method=sent["method"], headers=sent["headers"], data=(sent["body"] or "").encode())


def shortened(body: Any) -> Any:
    """As the recordings write long repeats."""
    return json.loads(re.sub(r"(.)\1{49,}", lambda match: f"{match[1]}<x{len(match[0])}>", json.dumps(body)))


# -- Hoomdossier ---------------------------------------------------------------------------------------------------------


@contextmanager
def hoomdossier(case: Row) -> Iterator[tuple[str, list[Row]]]:
    """Its URL, where it answers what the recorder answered, and the requests that it got."""
    answers = iter(case.get("outgoing_http", []))
    received: list[Row] = []

    @Request.application
    def app(request: Request) -> Response:
        names = ("Authorization", "Content-Type", "Accept")
        headers = {name: request.headers.get(name) for name in names}
        received.append({"path": request.path, "headers": headers, "body": request.get_json()})
        given = next(answers)["response_given"]
        return Response(given["body"], given["status"], given["headers"])

    with serving(app) as url:
        yield url, received


def recorded_requests(case: Row) -> list[Row]:
    names = ("Authorization", "Content-Type", "Accept")
    return [
        {
            "path": each["path"],
            "headers": {name: each["headers"].get(name) for name in names},
            "body": json.loads(each["body"]),
        }
        for each in (exchange["request"] for exchange in case.get("outgoing_http", []))
        if each
    ]


# -- what changed --------------------------------------------------------------------------------------------------------


def tables(client: Client) -> Tables:
    state = client.get("/_state").get_json()
    return {name: {row["id"]: row for row in rows} for name, rows in state.items() if isinstance(rows, list)}


def recorded_changes(case: Row) -> Row:
    return {
        table: {kind: rows if kind == "changed" else [_plain(row) for row in rows] for kind, rows in kinds.items()}
        for table, kinds in case["database_after"].items()
    }


def changes(before: Tables, after: Tables, like: Row) -> Row:
    """In the form of the recordings: rows created, changed (`old`, `new`) and deleted, by table.

    Ids are left out where `like`, the recorded changes, has none.
    """
    found: Row = {}
    for table in before.keys() | after.keys():
        old, new = before.get(table, {}), after.get(table, {})
        kinds = {
            "created": [_plain(new[id_]) for id_ in new if id_ not in old],
            "changed": [
                {"id": id_, **changed} for id_ in new if id_ in old and (changed := _changed(table, old[id_], new[id_]))
            ],
            "deleted": [_plain(old[id_]) for id_ in old if id_ not in new],
        }
        for kind, rows in kinds.items():
            has_ids = any("id" in row for row in like.get(table, {}).get(kind, []))
            if rows:
                found.setdefault(table, {})[kind] = rows if has_ids else [_without_id(row) for row in rows]
    return found


def _without_id(row: Row) -> Row:
    return {column: value for column, value in row.items() if column != "id"}


def _plain(row: Row) -> Row:
    return {
        column: _to_the_minute(column, value)
        for column, value in row.items()
        if value is not None and column not in _UNRECORDED
    }


def _changed(table: str, old: Row, new: Row) -> Row:
    if table == "webforms":
        counts = {"old_count": len(old.get("last_requests") or []), "new_count": len(new.get("last_requests") or [])}
        return {"last_requests": counts} if counts["old_count"] != counts["new_count"] else {}
    return {
        column: {"old": old.get(column), "new": new.get(column)}
        for column in sorted(old.keys() | new.keys())
        if old.get(column) != new.get(column) and column not in _UNRECORDED
    }


def _to_the_minute(column: str, value: Any) -> Any:
    """The stand-in's clock runs on during a call, the recorded one stood still."""
    if isinstance(value, str) and column.endswith(("_at", "_since")) and " " in value:
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M}"
    return value
