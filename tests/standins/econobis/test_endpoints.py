"""Replays the recordings of the seven endpoints for Hoomdossier over HTTP: the answers, and what was stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fixtures import read, rows
from tests.standins.econobis.conftest import Econobis

CASES = {case["name"]: case for case in read("vectors/endpoints/econobis_endpoint_cases.json")}
FIXTURE = read("vectors/endpoints/fixture.json")
KINDS = {
    "EndPointAfspraakController.php": "afspraak",
    "EndPointWoningStatusController.php": "woning-status",
    "EndPointScanStatusController.php": "scan-status",
    "EndPointPdfController.php": "pdf",
    "EndPointWoonplanController.php": "woonplan",
    "EndPointGebruikController.php": "gebruik",
    "EndPointDeleteHoomDossierController.php": "delete",
}
HOUSING_FILE = ("id", "address_id", "hoom_building_id", "number_of_residents")


@pytest.mark.parametrize("name", CASES)
def test_answers_and_stores_as_econobis_did(econobis: Econobis, name: str) -> None:
    case = CASES[name]
    econobis.load({"database_before": FIXTURE | case["fixture_overrides"]})
    kind = KINDS[case["source_file"].split("/")[-1]]
    for _ in range(case["times_sent"]):
        answer = econobis.post(f"/api/{case['api_key_in_path']}/hoomdossier/{kind}", case["body"].encode())
    assert answer.status_code == case["status"]
    lines = with_today(econobis, case["response_messages"], "%d-%m-%Y")
    assert answer.json() == ({"message": "Server Error"} if case["uncaught"] else lines)
    assert stored(econobis.state()) == with_today(econobis, case["db_after"], "%Y-%m-%d")


def with_today(econobis: Econobis, recorded: Any, form: str) -> Any:
    text = json.dumps(recorded, ensure_ascii=False)
    return json.loads(text.replace("<today>", f"{econobis.database.now():{form}}"))


def stored(state: dict[str, Any]) -> dict[str, Any]:
    """The columns that the recordings compare."""
    visit = next(iter(state.get("quotation_requests", [])), {})
    requests = state["webforms"][0]["last_requests"]
    return {
        "date_planned": visit.get("date_planned"),
        "status_id": visit.get("status_id"),
        "housing_files": [
            {column: row.get(column) for column in HOUSING_FILE} for row in state.get("housing_files", [])
        ],
        "last_requests_counted": len(json.loads(requests) if isinstance(requests, str) else requests),
    }


# -- the date of an appointment ----------------------------------------------------------------------------------------

NOW = "2024-05-01 12:34:56 Europe/Amsterdam"
DATES = rows("econobis_appointment_date")


@pytest.mark.parametrize("row", DATES, ids=[row["input_json"] for row in DATES])
def test_reads_an_appointment_as_carbon_did(econobis: Econobis, row: dict[str, str]) -> None:
    econobis.load({"database_before": FIXTURE, "now": NOW})
    related = {"building_id": 333, "user_id": 1902, "account_id": 901, "contact_id": 4711}
    push = {"account_related": related, "appointment_date": "<date>", "coaches": [{"contact_id": 500}]}
    body = json.dumps(push).replace('"<date>"', row["input_json"])
    answer = econobis.post("/api/KEY/hoomdossier/afspraak", body.encode())
    assert str(answer.status_code) == row["status"]
    assert (econobis.state()["quotation_requests"][0].get("date_planned") or "") == row["stored"]
