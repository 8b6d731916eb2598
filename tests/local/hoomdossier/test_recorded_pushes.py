"""Every recorded push of the real queue worker, by the stand-in's queue: the request to the letter, and what each answer
does."""

from __future__ import annotations

import base64
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
from tests.local.receiver import eventually

CASES = {
    path.stem.removeprefix("hoomdossier_to_econobis__"): read(path)
    for path in files("vectors/wire/hoomdossier_to_econobis__*.json")
    if "throw"
    not in read(path)["stub_data"]  # Thrown by hand inside the real job: nothing outside can make that happen.
}
KINDS = ("afspraak", "woning_status", "scan_status", "gebruik", "woonplan", "pdf", "delete")
LONGEST_WAIT = 0.1


@pytest.mark.parametrize("name", CASES)
def test_sends_what_hoomdossier_sent_and_ends_as_it_did(name: str) -> None:
    case = CASES[name]
    (kind,) = (kind.replace("_", "-") for kind in KINDS if name.startswith(f"{kind}_"))
    database = Database()
    load_case(database, {"database_before": tables(case, kind)})
    with recording(answers(case)) as recorder:
        settings = HoomdossierSettings(
            country="NL",
            token="t",
            econobis_url=f"http://{recorder.host}/api",
            econobis_key=case["stub_data"].get("api_key", "Ab3dEf-key"),
            calls_enabled=case["stub_data"].get("enabled", True),
        )
        recorder.answers = json.loads(json.dumps(recorder.answers).replace("recorder.example", recorder.host))
        queue = PushQueue(database, settings)
        related = json.loads(case["request"]["body"])["account_related"] if kind == "delete" else None
        queue.add(kind, 333, **({"account_related": related} if related else {}))
        eventually(lambda: not database.rows("jobs", outcome=None))
    sent = [as_recorded(request, recorder.host) for request in recorder.requests]
    assert sent == [as_expected(request) for request in requests(case)]
    (job,) = database.rows("jobs")
    assert job["outcome"] == outcome(case)
    synced = [row["process"] for row in database.rows("integration_processes")]
    assert synced == case["queue_observed"]["integration_process_synced"]


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
    if "Content-Length 500" in given.get("note", ""):
        given = {"raw_bytes": f"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{given['body']}"}
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


# -- the state that the recordings were made in -------------------------------------------------------------------------


def tables(case: Row, kind: str) -> dict[str, list[Row]]:
    """Building 333 of contact 4711 and one coach, changed as `stub_data` says."""
    stub = case["stub_data"]
    linked = [] if stub.get("coaches") == [] else [{"coach_id": 50, "building_id": 333, "status": "added"}]
    found: dict[str, list[Row]] = {
        "cooperations": [{"id": 1, "name": "Dorp", "slug": "dorp", "country": "NL"}],
        "accounts": [{"id": 901, "email": "bewoner@example.org"}, {"id": 1050, "email": "coach@example.org"}],
        "users": [
            {"id": 1902, "account_id": 901, "cooperation_id": 1, "extra": stub.get("extra", {"contact_id": 4711})},
            {"id": 50, "account_id": 1050, "cooperation_id": 1, "extra": {"contact_id": 500}},
        ],
        "buildings": [{"id": 333, "user_id": 1902}, {"id": 5050, "user_id": 50}],
        "statuses": [{"id": 4, "short": "executed", "name": "Uitgevoerd"}],
        "building_statuses": [{"building_id": 333, "status_id": 4, "appointment_date": stub.get("appointment_date")}],
        "building_coach_statuses": linked,
    }
    body = json.loads((case["request"] or {}).get("body") or "{}")
    more = {"gebruik": questions, "woonplan": plan, "pdf": report, "scan-status": scans}.get(kind)
    return {**found, **(more(stub, body) if more else {})}


def questions(_stub: Row, body: Row) -> dict[str, list[Row]]:
    """The recorder numbered the questions by itself, and left all of them open."""
    found = [
        {"id": one["id"], "short": one["short"], "name": one["name"]}
        for one in [*body["current"].values(), *body["new"].values()]
    ]
    return {"tool_questions": found}


def plan(stub: Row, _body: Row) -> dict[str, list[Row]]:
    given = stub.get("advices", [])
    assert all(advice["kind"] == "m" for advice in given)
    measures = [
        {
            "id": advice["user_action_plan_advisable_id"],
            "short": advice["short"],
            "measure_name": advice["measure_name"],
        }
        for advice in given
    ]
    advices = [
        {
            **{
                name: advice[name]
                for name in ("id", "savings_gas", "savings_electricity", "user_action_plan_advisable_id")
            },
            "user_id": 1902,
            "input_source_id": 5,
            "category": "to-do",
            "user_action_plan_advisable_type": "App\\Models\\MeasureApplication",
        }
        for advice in given
    ]
    return {"measure_applications": measures, "user_action_plan_advices": advices}


def report(stub: Row, body: Row) -> dict[str, list[Row]]:
    contents = base64.b64encode(b"%PDF-1.4\n".ljust(stub.get("pdf_size", 0), b"x")).decode()
    stored = {"building_id": 333, "file_type": "pdf-report", "input_source_id": 3, "filename": "a.pdf"}
    return {
        "file_storages": [stored],
        "_downloads": [{"filename": "a.pdf", "contents": body["pdf"]["contents"] if body else contents}],
    }


def scans(stub: Row, _body: Row) -> dict[str, list[Row]]:
    if stub.get("scans") == []:
        return {"scans": []}
    found = [
        {"id": 1, "short": "quick-scan", "name": "Quickscan"},
        {"id": 2, "short": "lite-scan", "name": "Lite scan"},
    ]
    return {"scans": found, "completed_sub_steps": [{"building_id": 333, "scan_id": 1, "input_source_id": 5}]}
