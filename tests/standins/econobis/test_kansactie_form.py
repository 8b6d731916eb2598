"""The form of a kansactie: what it stores, and when it makes Econobis link a coach at Hoomdossier.

Its recordings are replayed in `tests/standins/econobis_webform`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fixtures import read
from tests.standins.econobis.conftest import Econobis, tables
from tests.standins.econobis.recorder import recording

WITH_COACH = read("vectors/webform/kansactie_store__coach_without_appointment.json")


def stored(econobis: Econobis, calls: int, changed: dict[str, Any], **sent: Any) -> dict[str, Any]:
    """Loads the case with `changed` rows ({table: {id: values}}), sends its form with `sent`; the new kansactie.

    Fails when Econobis makes another number of `calls` to Hoomdossier.
    """
    case = json.loads(json.dumps(WITH_COACH))
    for table, rows in changed.items():
        for row in case["database_before"][table]:
            row.update(rows.get(row.get("id"), {}))
    with recording([{"status": 200, "headers": {}, "body": "[]"}] * 2) as recorder:
        econobis.load(json.loads(json.dumps(case).replace("recorder.example", recorder.host)))
        body = json.loads(case["request"]["body"]) | sent
        answer = econobis.http.post("/api/quotation-request", json=body)
    assert answer.status_code == 201
    assert len(recorder.requests) == calls
    return econobis.state()["quotation_requests"][-1]


@pytest.mark.parametrize("sent", [{"opportunityActionId": 1, "statusId": 5}, {"organisationOrCoachId": 105}])
def test_calls_for_any_action_and_for_a_coach_outside_the_campaign(econobis: Econobis, sent: dict[str, Any]) -> None:
    stored(econobis, 1, {}, **sent)


def test_calls_also_when_the_campaign_has_another_measure(econobis: Econobis) -> None:
    stored(econobis, 1, {"cooperation_hoom_campaigns": {None: {"measure_id": 4}}})


@pytest.mark.parametrize(
    "changed",
    [
        {"cooperations": {1: {"hoom_connect_coach_link": ""}}},
        {"contacts": {104: {"hoom_account_id": None}}},
        {"contacts": {101: {"hoom_account_id": None}}},
        {"contacts": {104: {"inspection_person_type_id": None}}},
        {"intakes": {11: {"campaign_id": 2}}},
    ],
    ids=["no link", "coach has no account", "resident has no account", "no coach", "another campaign"],
)
def test_does_not_call(econobis: Econobis, changed: dict[str, Any]) -> None:
    stored(econobis, 0, changed)


def test_does_not_call_for_an_organisation(econobis: Econobis) -> None:
    stored(econobis, 0, {}, organisationOrCoachId=106)


def test_a_visit_without_a_time_is_planned_at_eight(econobis: Econobis) -> None:
    assert stored(econobis, 1, {}, datePlanned="2024-05-06")["date_planned"] == "2024-05-06 08:00:00"


def test_a_date_that_cannot_be_read_saves_nothing(econobis: Econobis) -> None:
    before = econobis.load(WITH_COACH)
    body = json.loads(WITH_COACH["request"]["body"]) | {"datePlanned": "nooit"}
    answer = econobis.http.post("/api/quotation-request", json=body)
    assert (answer.status_code, answer.json()) == (500, {"message": "Server Error"})
    assert econobis.state()["quotation_requests"] == before["quotation_requests"]


def test_an_invalid_form_is_a_422_with_a_reason_per_field(econobis: Econobis) -> None:
    econobis.load(WITH_COACH)
    wrong = {"organisationOrCoachId": 999, "statusId": 7, "opportunityActionId": ""}
    answer = econobis.http.post("/api/quotation-request", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"] == {
        "opportunityId": ["Dit veld is verplicht."],
        "opportunityActionId": ["Dit veld is verplicht."],
        "organisationOrCoachId": ["Deze waarde is niet gevonden."],
    }


RELATION = {"id": 90, "primary_occupation": "Energiecoach van"}


def test_a_coach_becomes_the_residents_coach_once(econobis: Econobis) -> None:
    before = WITH_COACH["database_before"] | {"occupations": [RELATION]}
    econobis.load(WITH_COACH | {"database_before": before | {"cooperations": []}})
    for _ in range(2):
        econobis.http.post("/api/quotation-request", json=json.loads(WITH_COACH["request"]["body"]))
    (relation,) = econobis.state()["occupation_contact"]
    assert relation | {"id": 1} == {
        "id": 1,
        "occupation_id": 90,
        "primary_contact_id": 104,
        "contact_id": 101,
        "primary": 1,
        "allow_manage_in_portal": 0,
    }


def test_an_organisation_does_not_become_the_residents_coach(econobis: Econobis) -> None:
    before = WITH_COACH["database_before"] | {"occupations": [RELATION]}
    econobis.load(WITH_COACH | {"database_before": before})
    body = json.loads(WITH_COACH["request"]["body"]) | {"organisationOrCoachId": 106}
    assert econobis.http.post("/api/quotation-request", json=body).status_code == 201
    assert "occupation_contact" not in econobis.state()


def test_without_an_intake_the_kansactie_is_saved_and_the_answer_is_a_500(econobis: Econobis) -> None:
    before = econobis.load(WITH_COACH | {"database_before": WITH_COACH["database_before"] | {"intakes": []}})
    body = json.loads(WITH_COACH["request"]["body"]) | {"organisationOrCoachId": 106}
    assert econobis.http.post("/api/quotation-request", json=body).status_code == 500
    assert len(econobis.state()["quotation_requests"]) == len(before["quotation_requests"]) + 1


def test_a_change_of_coach_does_not_call(econobis: Econobis) -> None:
    with recording([]) as recorder:
        econobis.load(json.loads(json.dumps(WITH_COACH).replace("recorder.example", recorder.host)))
        body = json.loads(WITH_COACH["request"]["body"]) | {"organisationOrCoachId": 105, "datePlanned": "2024-05-06"}
        answer = econobis.http.post("/api/quotation-request/31/update", json=body)
    assert recorder.requests == []
    assert answer.status_code == 200
    visit = tables(econobis.state())["quotation_requests"][31]
    # The screen sends an empty time, which means the time now.
    assert (visit["contact_id"], visit["status_id"], visit["date_planned"]) == (105, 8, "2024-05-06 12:34:00")


def test_a_change_clears_the_moments_that_were_left_empty(econobis: Econobis) -> None:
    econobis.load(WITH_COACH)
    econobis.http.post("/api/quotation-request/32/update", json=json.loads(WITH_COACH["request"]["body"]))
    visit = tables(econobis.state())["quotation_requests"][32]
    assert (visit["date_planned"], visit["date_recorded"]) == (None, None)


def test_a_change_of_an_unknown_kansactie_is_a_404(econobis: Econobis) -> None:
    econobis.load(WITH_COACH)
    answer = econobis.http.post("/api/quotation-request/99/update", json={})
    assert answer.status_code == 404
