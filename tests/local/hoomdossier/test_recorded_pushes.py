"""Every recorded push of the real queue worker, by the stand-in's queue: the request to the letter, and what each answer
does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.database import Database, Row
from infra.local.hoomdossier.econobis_client import Outcome, send
from infra.local.hoomdossier.pushes import PushQueue
from infra.local.hoomdossier.recorded import load_case
from infra.local.hoomdossier.settings import HoomdossierSettings
from tests.fixtures import files, read
from tests.local.econobis.recorder import recording
from tests.local.hoomdossier.recorded_push import body_of, kind_of, tables
from tests.local.receiver import eventually

RECORDED = {
    path.stem.removeprefix("hoomdossier_to_econobis__"): read(path)
    for path in files("vectors/wire/hoomdossier_to_econobis__*.json")
}
# Not those that were thrown by hand inside the real job: nothing outside can make that happen.
CASES = {name: case for name, case in RECORDED.items() if "throw" not in case["stub_data"]}
LONGEST_WAIT = 0.1


@pytest.mark.parametrize("name", CASES)
def test_sends_what_hoomdossier_sent_and_ends_as_it_did(name: str) -> None:
    case, kind = CASES[name], kind_of(CASES[name])
    database = Database()
    load_case(database, {"database_before": tables(case)})
    related = body_of(case).get("account_related", {"building_id": 333})
    with recording(answers(case)) as recorder:
        recorder.answers = json.loads(json.dumps(recorder.answers).replace("recorder.example", recorder.host))
        queue = PushQueue(database, settings(case, recorder.host))
        queue.add(kind, 333, **({"account_related": related} if kind == "delete" else {}))
        eventually(lambda: not database.rows("jobs", outcome=None))
    sent = [as_recorded(request, recorder.host) for request in recorder.requests]
    assert sent == [as_expected(request) for request in requests(case)]
    (job,) = database.rows("jobs")
    assert job["outcome"] == outcome(case)
    synced = [row["process"] for row in database.rows("integration_processes")]
    assert synced == case["queue_observed"]["integration_process_synced"]


def settings(case: Row, host: str) -> HoomdossierSettings:
    """A recording in which nothing was sent says by which of the settings, or else calls were off."""
    stub = case["stub_data"]
    known = {"enabled", "api_key", "wildcard"} & stub.keys() or outcome(case) != "skipped"
    return HoomdossierSettings(
        country="NL",
        token="t",
        econobis_url=f"http://{host}/api" if stub.get("wildcard", "energiedorp") else None,
        econobis_key=stub.get("api_key", "Ab3dEf-key"),
        calls_enabled=bool(known) and stub.get("enabled", True),
    )


def test_every_recording_on_the_wire_is_replayed() -> None:
    ours = {path.name for path in files("vectors/wire/*")}
    theirs = {path.name for path in files("vectors/wire/econobis_to_hoomdossier__*.json")}
    assert ours == theirs | {f"hoomdossier_to_econobis__{name}.json" for name in RECORDED}


@pytest.mark.slow
def test_waits_longer_than_other_clients() -> None:
    """Hoomdossier's client has no time-out; 5 seconds is what many clients have by default."""
    answer = {"status": 200, "headers": {}, "body": "[]", "delay_seconds": 5.5}
    with recording([answer]) as recorder:
        assert send(f"http://{recorder.host}/api", "key", "afspraak", {}) == Outcome(synced=True, status=200)


def requests(case: Row) -> list[Row]:
    return [*([case["request"]] if case["request"] else []), *case.get("further_requests", [])]


def answers(case: Row) -> list[Row]:
    """A redirect to itself is answered so every time. The recorded wait of a minute is cut short: see the slow test."""
    given = case["response_given"] or {}
    given = {**given, "delay_seconds": min(given.get("delay_seconds", 0), LONGEST_WAIT)}
    return [given, *case.get("further_responses", [given] * 10)]


def outcome(case: Row) -> str:
    told = {"Counted as delivered": "synced", "LOST": "lost", "No HTTP request": "skipped"}
    (found,) = (ours for theirs, ours in told.items() if case["client_behaviour"].startswith(theirs))
    return found


def as_recorded(request: Row, host: str) -> Any:
    """Header lines in their order. Of a long body its length, and its start up to the report (made of other bytes)."""
    headers = [(name, value.replace(host, "recorder.example")) for name, value in request["headers"].items()]
    body = request["body"]
    if len(body) > 200_000:
        body = (body.partition("JVBER")[0], len(body))
    return request["method"], request["path"], request["http_version"], headers, body


def as_expected(request: Row) -> Any:
    body: Any = request.get("body")
    if body is None:
        body = (request["body_first_400"].partition("JVBER")[0], request["body_length"])
    return request["method"], request["path"], request["http_version"], list(request["headers"].items()), body
