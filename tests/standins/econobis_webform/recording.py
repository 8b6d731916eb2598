"""Plays a recorded call of the web form, or of an employee's screen, against the stand-in, and compares: the answer, the
calls to Hoomdossier in between, and the database after it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from werkzeug.test import Client, TestResponse

from infra.standins.database import Database
from infra.standins.econobis.app import create_econobis
from infra.standins.econobis.reference import reference_tables
from infra.standins.econobis.settings import EconobisSettings
from tests.fixtures import files, read
from tests.standins.econobis.recorder import Recorder, recording
from tests.world.ports import closed_port

Row = dict[str, Any]
Tables = dict[str, dict[int, Row]]

# The recordings have this and the id in place of the whole answer.
_RESOURCE = "<full kansactie resource>"
# The recordings of the employee's screen called its controller directly, without a route.
_SCREEN = re.compile(r"\(controller called directly as user 2\) (quotation-request)(/\d+)?")
_LVBAG = re.compile(r"Bij postcode .* straat en plaats automatisch bepaald via LvBag: (.*) \| (.*)\.")
_FINISHED = re.compile(r"Taak met id \d+ automatisch gereed op [\d-]+ door verantwoordelijke: (.*)")

# The framework or the database fills these in, so the recordings leave them out.
_UNRECORDED = {"created_at", "updated_at"}


def cases() -> dict[str, Row]:
    """Every recorded call by name."""
    found = {path.stem: read(path) for path in files("vectors/webform/*.json")}
    return {name: case for name, case in found.items() if "request" in case}


def exchanges(case: Row) -> list[Row]:
    return [case, *case.get("further_exchanges", [])]


def econobis() -> Client:
    return Client(create_econobis("dorp", Database(), EconobisSettings(country="NL", webform_key="not-in-a-case")))


def load(client: Client, case: Row, hoomdossier: str = "") -> None:
    """Loads the case. `hoomdossier` is the host and port of the recorder; `closed.example` becomes a closed port."""
    case = case | _said_in_the_lines(case)
    text = json.dumps(case).replace("recorder.example", hoomdossier)
    if "http://closed.example" in text:
        text = text.replace("http://closed.example", closed_port())
    assert client.post("/_state", data=text).status_code == 200


def _said_in_the_lines(case: Row) -> Row:
    """Reads from the log lines of a recording: the answer of the address register, and the name of a user."""
    lines = [line for one in exchanges(case) if isinstance(one.get("response"), list) for line in one["response"]]
    said: Row = {}
    for line in lines:
        if found := _LVBAG.fullmatch(line):
            said["lvbag_stub"] = {"street": found[1], "city": found[2]}
        if (found := _FINISHED.fullmatch(line)) and "users" not in case["database_before"]:
            users = [user | {"first_name": "", "last_name": found[1]} for user in reference_tables()["users"]]
            said["database_before"] = case["database_before"] | {"users": users}
    return said


def play(client: Client, exchange: Row) -> TestResponse:
    sent = exchange["request"]
    if sent.get("sent_at"):
        client.post("/_state", json={"now": sent["sent_at"]})
    path = sent["path"]
    if on_screen := _SCREEN.fullmatch(path):
        path = f"/api/{on_screen[1]}" + (f"{on_screen[2]}/update" if on_screen[2] else "")
    return client.open(path, method=sent["method"], headers=sent["headers"], data=(sent["body"] or "").encode())


def play_all(client: Client, case: Row) -> Iterator[tuple[Row, TestResponse]]:
    """Each recorded exchange, with the stand-in's answer to it.

    Of many equal exchanges a recording may have only the first and the last. The others are played too: their number
    follows from the recorded rate limit.
    """
    before: Row = {}
    for exchange in exchanges(case):
        for _ in range(_left_out(before, exchange)):
            play(client, before)
        yield exchange, play(client, exchange)
        before = exchange


def _left_out(before: Row, exchange: Row) -> int:
    first, last = (one.get("response_headers", {}).get("X-RateLimit-Remaining") for one in (before, exchange))
    if first is None or last is None:
        return 0
    return int(first) if exchange["status"] == 429 else int(first) - int(last) - 1


def check_answer(exchange: Row, answer: TestResponse) -> None:
    recorded = exchange["response"]
    said = shortened(answer.get_json())
    if isinstance(recorded, dict) and _RESOURCE in recorded:
        said = {_RESOURCE: f"id {said['data']['id']}"}
    assert (answer.status_code, said) == (exchange["status"], recorded)
    for name, value in exchange.get("response_headers", {}).items():
        if name == "Retry-After":
            assert abs(int(answer.headers[name]) - int(value)) <= 2  # The recorded clock stood still.
        elif name.startswith("X-RateLimit"):
            assert answer.headers[name] == value


def shortened(body: Any) -> Any:
    """A body with long repeats shortened to `x<x192>`, as the recordings write them."""
    return json.loads(re.sub(r"(.)\1{49,}", lambda match: f"{match[1]}<x{len(match[0])}>", json.dumps(body)))


# -- Hoomdossier ---------------------------------------------------------------------------------------------------------


@contextmanager
def hoomdossier(case: Row) -> Iterator[Recorder]:
    """A recorder that gives the recorded answers."""
    with recording([each["response_given"] for each in case.get("outgoing_http", []) if each["request"]]) as recorder:
        yield recorder


def recorded_requests(case: Row) -> list[Row]:
    return [without_host(each["request"]) for each in case.get("outgoing_http", []) if each["request"]]


def without_host(request: Row) -> Row:
    headers = {name: value for name, value in request["headers"].items() if name != "Host"}
    return {"method": request["method"], "path": request["path"], "headers": headers, "body": request["body"]}


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
    """The rows created, changed (`old`, `new`) and deleted, by table, in the form of the recordings.

    Ids are left out where the recorded changes (`like`) have none.
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
    """A moment without seconds: the stand-in's clock runs during a call, the recorded one stood still."""
    if isinstance(value, str) and column.endswith(("_at", "_since")) and " " in value:
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M}"
    return value
