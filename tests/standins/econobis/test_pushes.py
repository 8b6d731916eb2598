"""Sends the examples of Hoomdossier's events: the answers are those of the contract, and the right rows change."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest

from tests.fixtures import read
from tests.standins.econobis.changes import changes
from tests.standins.econobis.conftest import Econobis, tables

KEY = "wf-4f9c2d71e0b84a6d"
RELATED = {"building_id": 40213, "user_id": 38122, "account_id": 35870, "contact_id": 2481}
BEFORE: dict[str, list[dict[str, Any]]] = {
    "contacts": [{"id": 2481, "type_id": "person", "full_name": "Jong, Anna de", "hoom_account_id": 35870}],
    "people": [{"contact_id": 2481, "first_name": "Anna", "last_name_prefix": "de", "last_name": "Jong"}],
    "addresses": [{"id": 31, "contact_id": 2481, "street": "Langestraat", "number": 12, "primary": 1}],
    "housing_files": [{"id": 512, "address_id": 31, "hoom_building_id": 40213, "build_year": 1970, "remark": "oud"}],
    "cooperations": [{"id": 1, "name": "Zonnig Dorp", "hoom_link": "http://recorder.example/register"}],
    "webforms": [
        {
            "id": 3,
            "api_key": KEY,
            "max_requests_per_minute": 60,
            "responsible_user_id": 5,
            "mail_error_report": 1,
        }
    ],
    "users": [{"id": 5, "email": "ada@zonnig-dorp.example"}],
}
MEASURES = [
    {"id": 1, "name": "Vloerisolatie", "external_hoom_id": "1", "measure_category_id": 1},
    {"id": 52, "name": "Zonnepanelen", "external_hoom_id": "18", "measure_category_id": 1},
    {"id": 88, "name": "Overig uit Hoomdossier", "external_hoom_id": "overig-uit-hoomdossier"},
]
PLANNED = {"id": 900, "housing_file_id": 512, "measure_id": 1, "status_id": 1}


def opportunity(status: int) -> dict[str, Any]:
    """An opportunity of the specification. Status 3 is `inactive`, 4 `pending`."""
    return {"id": 21, "number": "K2024-21", "housing_file_specification_id": 900, "intake_id": 11, "status_id": status}


INTAKE = {"id": 11, "contact_id": 2481, "campaign_id": 1}


def example(name: str) -> Any:
    return read(f"examples/{name}.json")


def push(econobis: Econobis, kind: str, body: Any, **rows: Any) -> tuple[httpx.Response, dict[str, Any]]:
    """The answer, and what changed apart from the count of calls. `rows` are tables in addition to BEFORE."""
    before = tables(econobis.load({"database_before": BEFORE | rows}))
    answer = econobis.post(f"/api/{KEY}/hoomdossier/{kind}", json.dumps(body))
    found = changes(before, tables(econobis.state()))
    found.pop("webforms", None)
    return answer, found


# -- gebruik -----------------------------------------------------------------------------------------------------------


def gebruik(**answers: Any) -> dict[str, Any]:
    questions = {short.replace("_", "-"): {"short": short, "answers": given} for short, given in answers.items()}
    return {"account_related": RELATED, "current": questions, "new": {}}


def test_gebruik_answers_as_the_contract_says(econobis: Econobis) -> None:
    body = gebruik(build_year={"value": 1972}, not_known_yet=[], cook_type=[])
    answer, found = push(econobis, "gebruik", body)
    expected = [line.replace("building-type", "not-known-yet") for line in example("push-gebruik-response-200")]
    assert (answer.status_code, answer.json()) == (200, expected)
    (changed,) = found["housing_files"]["changed"]
    assert changed["build_year"] == {"old": 1970, "new": 1972}
    (link,) = found["housing_file_hoom_links"]["created"]
    assert (link["external_hoom_short_name"], link["import_from_hoom"]) == ("not-known-yet", 0)


def test_gebruik_stores_the_example_of_the_contract(econobis: Econobis) -> None:
    answer, found = push(econobis, "gebruik", example("push-gebruik-request"))
    assert answer.status_code == 200, answer.text
    changed = {
        column: change["new"] for column, change in found["housing_files"]["changed"][0].items() if column != "id"
    }
    expected = {"build_year": 1972, "number_of_residents": 2, "is_monument": "0", "is_house_for_sale": "1"}
    assert changed | expected == changed


@pytest.mark.parametrize(
    ("short", "value", "column", "stored"),
    [
        ("monument", 1, "is_monument", "1"),
        ("monument", 3, "is_monument", "2"),
        ("building_contract_type", "rented-private", "is_house_for_sale", "0"),
        ("building_contract_type", "squatted", "is_house_for_sale", "2"),
        ("resident_count", "4", "number_of_residents", 4),
    ],
)
def test_gebruik_converts_values_to_those_of_the_column(
    econobis: Econobis, short: str, value: Any, column: str, stored: Any
) -> None:
    _, found = push(econobis, "gebruik", gebruik(**{short: {"value": value}}))
    assert found["housing_files"]["changed"][0][column]["new"] == stored


def test_gebruik_stores_the_first_of_several_answers_and_ignores_empty_ones(econobis: Econobis) -> None:
    body = gebruik(build_year=[], current_wall_insulation=[{"value": 3}, {"value": 4}])
    _, found = push(econobis, "gebruik", body)
    assert [row["status"] for row in found["housing_file_housing_statuses"]["created"]] == ["3"]
    assert "housing_files" not in found


def test_gebruik_with_an_invalid_year_undoes_everything(econobis: Econobis) -> None:
    answer, found = push(econobis, "gebruik", gebruik(monument={"value": 1}, build_year={"value": "lang geleden"}))
    assert (answer.status_code, found) == (500, {})
    assert answer.json()[-1] == "Log is gemaild naar 1 verantwoordelijke(n)."


# -- woonplan ----------------------------------------------------------------------------------------------------------


def test_woonplan_answers_as_the_contract_says(econobis: Econobis) -> None:
    specified = {**PLANNED, "housing_file_id": 1}
    answer, found = push(
        econobis,
        "woonplan",
        example("push-woonplan-request"),
        measures=MEASURES,
        housing_file_specifications=[specified],
    )
    assert (answer.status_code, answer.json()) == (200, example("push-woonplan-response-200"))
    created = found["housing_file_specifications"]["created"]
    assert [(row["id"], row["answer"]) for row in created[:2]] == [(901, "46"), (902, "8")]
    assert created[0]["type_of_execution"] == "L"
    assert created[0]["savings_gas"] == 125
    assert "type_of_execution" not in created[2]
    (changed,) = found["housing_files"]["changed"]
    assert changed["remark"] == {"old": "oud", "new": "Eerst de vloer"}
    assert changed["remark_coach"]["new"] == "Kruipruimte is droog"


def test_a_woonplan_without_advices_changes_nothing(econobis: Econobis) -> None:
    answer, found = push(econobis, "woonplan", example("push-woonplan-request-empty"))
    assert (answer.status_code, answer.json()) == (200, example("push-woonplan-response-200-empty"))
    assert found == {}


def plan(*measure_ids: int, comments: Any = None) -> dict[str, Any]:
    advices = {str(980 + at): {"measure_id": measure_id, "name": "x"} for at, measure_id in enumerate(measure_ids)}
    said = {} if comments is None else {"user_action_plan_advice_comments": comments}
    return {"account_related": RELATED, "user_action_plan_advices": advices, **said}


def test_all_unknown_measures_share_one_specification(econobis: Econobis) -> None:
    _, found = push(econobis, "woonplan", plan(70, 71), measures=MEASURES)
    assert [row["measure_id"] for row in found["housing_file_specifications"]["created"]] == [88]


def test_the_first_advice_of_a_list_is_ignored(econobis: Econobis) -> None:
    body = plan() | {"user_action_plan_advices": [{"measure_id": 1}, {"measure_id": 18}]}
    _, found = push(econobis, "woonplan", body, measures=MEASURES)
    assert [row["measure_id"] for row in found["housing_file_specifications"]["created"]] == [52]


def test_empty_comments_clear_the_remarks(econobis: Econobis) -> None:
    _, found = push(econobis, "woonplan", plan(1, comments=[]), measures=MEASURES)
    assert found["housing_files"]["changed"][0]["remark"] == {"old": "oud", "new": ""}


def test_without_comments_the_remarks_stay(econobis: Econobis) -> None:
    _, found = push(econobis, "woonplan", plan(1), measures=MEASURES)
    assert "housing_files" not in found


def test_a_measure_not_in_the_plan_is_removed_with_its_inactive_opportunity(econobis: Econobis) -> None:
    kept = {"measures": MEASURES, "housing_file_specifications": [PLANNED], "intakes": [INTAKE]}
    inactive = status_id(econobis, "inactive")
    answer, found = push(econobis, "woonplan", plan(18), **kept, opportunities=[opportunity(inactive)])
    assert "Specificatie niet in woonplan. Specification 900 verwijderd." in answer.json()
    assert "deleted_at" in found["housing_file_specifications"]["changed"][0]
    assert "deleted_at" in found["opportunities"]["changed"][0]


def test_the_active_opportunity_of_a_measure_not_in_the_plan_is_marked_as_deleted(econobis: Econobis) -> None:
    kept = {"measures": MEASURES, "housing_file_specifications": [PLANNED], "intakes": [INTAKE]}
    pending, gone = status_id(econobis, "pending"), status_id(econobis, "deleted_in_hd")
    _, found = push(econobis, "woonplan", plan(18), **kept, opportunities=[opportunity(pending)])
    assert "changed" not in found["housing_file_specifications"]
    assert found["opportunities"]["changed"][0]["status_id"] == {"old": pending, "new": gone}


def status_id(econobis: Econobis, code: str) -> int:
    return next(row["id"] for row in econobis.state()["opportunity_status"] if row["code_ref"] == code)


# -- pdf ---------------------------------------------------------------------------------------------------------------


def test_pdf_is_a_new_document_each_time(econobis: Econobis) -> None:
    body = example("push-pdf-request")
    answer, found = push(econobis, "pdf", body)
    assert (answer.status_code, answer.json()) == (200, example("push-pdf-response-200"))
    (document,) = found["documents"]["created"]
    sent = base64.b64decode(body["pdf"]["contents"])
    assert document["filename"] == "Hoomdossier-rapportage-512.pdf"
    assert (document["content_length"], document["content_sha256"]) == (len(sent), hashlib.sha256(sent).hexdigest())
    econobis.post(f"/api/{KEY}/hoomdossier/pdf", json.dumps(body))
    assert len(econobis.state()["documents"]) == 2


def test_characters_that_are_not_base64_are_skipped(econobis: Econobis) -> None:
    _, found = push(econobis, "pdf", {"account_related": RELATED, "pdf": {"contents": "J!V B*E="}})
    assert found["documents"]["created"][0]["content_sha256"] == hashlib.sha256(b"%PD").hexdigest()


def test_a_last_digit_that_makes_no_whole_byte_is_dropped(econobis: Econobis) -> None:
    _, found = push(econobis, "pdf", {"account_related": RELATED, "pdf": {"contents": "JVBEJ"}})
    assert found["documents"]["created"][0]["content_length"] == 3


# -- delete ------------------------------------------------------------------------------------------------------------


def test_delete_removes_the_housing_file_and_keeps_the_account(econobis: Econobis) -> None:
    documents = [{"id": 6, "housing_file_id": 512, "contact_id": 2481}]
    answer, found = push(
        econobis,
        "delete",
        example("push-delete-request"),
        housing_file_specifications=[PLANNED],
        documents=documents,
    )
    assert (answer.status_code, answer.json()) == (200, example("push-delete-response-200"))
    assert "deleted_at" in found["housing_files"]["changed"][0]
    assert "deleted_at" in found["housing_file_specifications"]["changed"][0]
    assert found["documents"]["changed"] == [{"id": 6, "housing_file_id": {"old": 512, "new": None}}]
    assert "contacts" not in found


def test_delete_with_a_nested_account_is_refused(econobis: Econobis) -> None:
    answer, found = push(econobis, "delete", example("push-delete-request-nested"))
    assert (answer.status_code, found) == (404, {})
    assert "Fout opgetreden: Building_id missing" in answer.json()


def test_delete_is_refused_while_an_opportunity_is_under_way(econobis: Econobis) -> None:
    rows = {"housing_file_specifications": [PLANNED], "intakes": [INTAKE]}
    under_way = [opportunity(status_id(econobis, "pending"))]
    answer, found = push(econobis, "delete", example("push-delete-request"), **rows, opportunities=under_way)
    assert (answer.status_code, answer.json()) == (404, example("push-delete-response-404-open-opportunities"))
    assert found == {}


def test_delete_is_refused_while_an_opportunity_has_a_kansactie(econobis: Econobis) -> None:
    inactive = opportunity(status_id(econobis, "inactive")) | {"measure_category_id": 1}
    answer, found = push(
        econobis,
        "delete",
        example("push-delete-request"),
        housing_file_specifications=[PLANNED],
        intakes=[INTAKE],
        opportunities=[inactive],
        quotation_requests=[{"id": 61, "opportunity_id": 21}],
    )
    assert (answer.status_code, answer.json()) == (412, example("push-delete-response-412"))
    assert found == {}


# -- the housing file --------------------------------------------------------------------------------------------------


def test_without_a_housing_file_one_is_made(econobis: Econobis) -> None:
    _, found = push(econobis, "scan-status", {"account_related": RELATED}, housing_files=[])
    (made,) = found["housing_files"]["created"]
    assert (made["address_id"], made["hoom_building_id"]) == (31, 40213)


def test_without_a_primary_address_none_can_be_made(econobis: Econobis) -> None:
    body = {"account_related": RELATED, "appointment_date": "2026-12-01 10:00:00", "coaches": [{"contact_id": 1}]}
    answer, _ = push(econobis, "afspraak", body, housing_files=[], addresses=[])
    assert (answer.status_code, answer.json()) == (422, example("push-any-response-422-no-primary-address"))


# -- which visit -------------------------------------------------------------------------------------------------------

COACH = {"id": 11, "type_id": "person", "full_name": "Coach, Cora", "inspection_person_type_id": "coach"}
OTHER = {"id": 12, "type_id": "person", "full_name": "Ander, Eva"}


def visits(*others: dict[str, Any], measure: int | None = None, of_resident: int = 2481) -> dict[str, Any]:
    """The tables with visit 61 of the coach, and with `others`: changes of that visit that make more visits."""
    first = {"id": 61, "contact_id": 11, "opportunity_id": 21, "opportunity_action_id": 2, "status_id": 7}
    return {
        "contacts": [*BEFORE["contacts"], COACH, OTHER],
        "people": [*BEFORE["people"], {"contact_id": 11, "first_name": "Cora", "last_name": "Coach"}],
        "intakes": [{"id": 11, "contact_id": of_resident, "campaign_id": 1}],
        "opportunities": [{"id": 21, "intake_id": 11, "status_id": 1}],
        "measure_opportunity": [{"id": 1, "opportunity_id": 21, "measure_id": 4}],
        "cooperation_hoom_campaigns": [{"cooperation_id": 1, "campaign_id": 1, "measure_id": measure}],
        "quotation_requests": [first, *({**first, **other} for other in others)],
    }


def appointment() -> dict[str, Any]:
    coaches = {"appointment_date": "2026-12-01 10:00:00", "coaches": [{"contact_id": 11}]}
    return {"account_related": RELATED, **coaches}


def planned(found: dict[str, Any]) -> list[int]:
    return [row["id"] for row in found["quotation_requests"]["changed"]]


def test_an_appointment_goes_to_the_newest_visit_whatever_its_status(econobis: Econobis) -> None:
    _, found = push(econobis, "afspraak", appointment(), **visits({"id": 62, "status_id": 14}))
    assert planned(found) == [62]
    assert found["quotation_requests"]["changed"][0]["status_id"] == {"old": 14, "new": 8}


@pytest.mark.parametrize(("measure", "status"), [(None, 200), (4, 200), (5, 404)])
def test_a_visit_must_have_the_measure_of_the_campaign(econobis: Econobis, measure: int | None, status: int) -> None:
    answer, _ = push(econobis, "afspraak", appointment(), **visits(measure=measure))
    assert answer.status_code == status


def test_without_campaigns_the_visit_of_another_resident_is_changed(econobis: Econobis) -> None:
    rows = visits(of_resident=12)
    assert push(econobis, "afspraak", appointment(), **rows)[0].status_code == 404
    _, found = push(econobis, "afspraak", appointment(), **rows | {"cooperation_hoom_campaigns": []})
    assert planned(found) == [61]


def done() -> dict[str, Any]:
    return {"account_related": RELATED, "status": {"short": "executed", "name": "Uitgevoerd"}}


def test_a_visit_with_an_appointment_is_set_to_done_before_one_without(econobis: Econobis) -> None:
    _, found = push(econobis, "woning-status", done(), **visits({"id": 60, "status_id": 8}))
    assert planned(found) == [60]
    assert found["quotation_requests"]["changed"][0]["status_id"]["new"] == 9


def test_a_visit_keeps_the_day_on_which_it_was_recorded(econobis: Econobis) -> None:
    recorded = {"id": 62, "status_id": 8, "date_recorded": "2026-01-02 09:00:00"}
    _, found = push(econobis, "woning-status", done(), **visits(recorded))
    assert "date_recorded" not in found["quotation_requests"]["changed"][0]


def test_a_visit_that_is_done_is_not_found(econobis: Econobis) -> None:
    rows = visits()
    rows["quotation_requests"][0]["status_id"] = 9
    answer, _ = push(econobis, "woning-status", done(), **rows)
    assert answer.status_code == 404
    assert "Fout opgetreden: Afspraak niet gevonden in Econobis" in answer.json()
