"""The feed of appointments that we propose: its entries, order and pages, and that it follows its OpenAPI document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.standins.hoomdossier.conftest import API, Hoomdossier

DOCUMENT = Path(__file__).parents[3] / "infra/openapi/hoomdossier-appointments.yaml"
SPECIFICATION = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
OPERATION = SPECIFICATION["paths"]["/appointments"]["get"]


def read(hoomdossier: Hoomdossier, **query: Any) -> dict[str, Any]:
    answer = hoomdossier.http.get("/api/v1/appointments", params=query, headers=API)
    assert answer.status_code == 200, answer.text
    check("200", answer.json())
    return answer.json()


def check(status: str, body: Any) -> None:
    schema = OPERATION["responses"][status]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": SPECIFICATION["components"]}).validate(body)


def contacts(page: dict[str, Any]) -> list[int]:
    return [entry["account_related"]["contact_id"] for entry in page["data"]]


def resident(hoomdossier: Hoomdossier, contact: int, date: str | None = "2026-12-01T10:00") -> int:
    """Makes a building with a coach and an appointment, and returns its id."""
    building = hoomdossier.register(email=f"r{contact}@example.org", extra={"contact_id": contact})
    hoomdossier.link(contact)
    if date:
        hoomdossier.form(building, "appointment", appointment_date=date)
    return building


# -- what is in it -----------------------------------------------------------------------------------------------------


def test_an_entry_has_the_fields_of_the_push(hoomdossier: Hoomdossier) -> None:
    building = resident(hoomdossier, 1001)
    (entry,) = read(hoomdossier)["data"]
    newest = hoomdossier.database.rows("building_statuses", building_id=building)[-1]
    assert (entry.pop("id"), entry.pop("updated_at")) == (newest["id"], newest["created_at"])
    assert entry == {
        "account_related": {"building_id": building, "user_id": 20001, "account_id": 10001, "contact_id": 1001},
        "appointment_date": "2026-12-01 10:00:00",
        "coaches": [{"contact_id": 11, "user_id": 8011, "building_id": 7011, "account_id": 9011}],
    }


def test_a_moved_appointment_comes_once_and_a_removed_one_without_a_date(hoomdossier: Hoomdossier) -> None:
    building = resident(hoomdossier, 1001)
    for date, expected in (("2026-12-02T11:00", "2026-12-02 11:00:00"), ("", None)):
        hoomdossier.form(building, "appointment", appointment_date=date)
        assert [entry["appointment_date"] for entry in read(hoomdossier)["data"]] == [expected]


def test_a_building_of_which_nothing_is_pushed_is_left_out(hoomdossier: Hoomdossier) -> None:
    resident(hoomdossier, 1001, date=None)
    hoomdossier.form(resident(hoomdossier, 1002), "unlink", coach_id=8011)
    unknown = resident(hoomdossier, 1003)
    hoomdossier.database.update("users", hoomdossier.database.rows("buildings", id=unknown)[0]["user_id"], extra=None)
    hoomdossier.form(resident(hoomdossier, 1004), "delete")
    assert read(hoomdossier) == {"data": [], "next_cursor": None}


def test_an_appointment_appears_when_a_coach_is_linked_later(hoomdossier: Hoomdossier) -> None:
    building = hoomdossier.register()
    hoomdossier.form(building, "appointment", appointment_date="2026-12-01T10:00")
    assert (hoomdossier.pushed(), read(hoomdossier)["data"]) == ([], [])
    hoomdossier.link()
    assert (hoomdossier.pushed(), contacts(read(hoomdossier))) == ([], [1001])


def test_a_coach_without_a_contact_id_is_left_out(hoomdossier: Hoomdossier) -> None:
    resident(hoomdossier, 1001)
    hoomdossier.database.update("users", 8011, extra=None)
    assert [entry["coaches"] for entry in read(hoomdossier)["data"]] == [[]]


def test_buildings_of_other_cooperations_are_left_out(hoomdossier: Hoomdossier) -> None:
    hoomdossier.load({"database_before": "fixture.json"})
    token = {"Authorization": "Bearer tok-energiedorp", "Accept": "application/json"}
    link = {"building_coach_statuses": {"coach_contact_id": 500, "resident_contact_id": 777}}
    assert hoomdossier.call("/building-coach-status", link, **token).status_code == 200
    hoomdossier.form(21, "appointment", appointment_date="2026-12-01T10:00")
    assert contacts(hoomdossier.call("/appointments", **token).json()) == [777]
    hoomdossier.database.update("users", 11, cooperation_id=2)
    assert contacts(hoomdossier.call("/appointments", **token).json()) == []


# -- order and pages ---------------------------------------------------------------------------------------------------


def test_entries_are_ordered_by_change_and_start_at_updated_since(hoomdossier: Hoomdossier) -> None:
    first, _ = resident(hoomdossier, 1001), resident(hoomdossier, 1002)
    assert contacts(read(hoomdossier)) == [1001, 1002]
    moment = read(hoomdossier)["data"][1]["updated_at"]
    assert contacts(read(hoomdossier, updated_since=moment)) == [1002], "the moment itself is included"
    hoomdossier.form(first, "appointment", appointment_date="2026-12-03T10:00")
    assert contacts(read(hoomdossier)) == [1002, 1001]
    assert contacts(read(hoomdossier, updated_since="2100-01-01T00:00:00+01:00")) == []


def test_the_pages_together_hold_every_entry_once(hoomdossier: Hoomdossier) -> None:
    for contact in range(1001, 1006):
        resident(hoomdossier, contact)
    seen, query = [], {"limit": 2}
    while True:
        page = read(hoomdossier, **query)
        seen.append(contacts(page))
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [[1001, 1002], [1003, 1004], [1005]]
    assert read(hoomdossier, limit=5)["next_cursor"] is None, "no empty page at the end"


def test_entries_of_the_same_moment_are_spread_over_pages(hoomdossier: Hoomdossier) -> None:
    for contact in (1001, 1002, 1003):
        building = resident(hoomdossier, contact)
        newest = hoomdossier.database.rows("building_statuses", building_id=building)[-1]
        hoomdossier.database.update("building_statuses", newest["id"], created_at="2026-12-01T09:00:00.000000Z")
    page = read(hoomdossier, limit=2)
    assert contacts(page) == [1001, 1002]
    assert contacts(read(hoomdossier, cursor=page["next_cursor"])) == [1003]


def test_a_change_during_the_reading_is_read_again(hoomdossier: Hoomdossier) -> None:
    first = resident(hoomdossier, 1001)
    for contact in (1002, 1003):
        resident(hoomdossier, contact)
    cursor = read(hoomdossier, limit=1)["next_cursor"]
    hoomdossier.form(first, "appointment", appointment_date="2026-12-09T10:00")
    assert contacts(read(hoomdossier, cursor=cursor)) == [1002, 1003, 1001]


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("updated_since", "gisteren"),
        ("updated_since", "2026-12-01T09:00:00"),
        ("updated_since", ""),
        ("updated_since", "0001-01-01T00:00:00+14:00"),
        ("cursor", "geen cursor"),
        ("cursor", ""),
        ("cursor", "W10="),
        ("cursor", "MQ=="),
        ("cursor", "WzEsIntdIl0="),
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "-1"),
        ("limit", "²"),
        ("limit", ""),
    ],
)
def test_an_invalid_parameter_is_422(field: str, value: str, hoomdossier: Hoomdossier) -> None:
    answer = hoomdossier.http.get("/api/v1/appointments", params={field: value}, headers=API)
    assert (answer.status_code, list(answer.json())) == (422, [field])
    check("422", answer.json())


def test_every_invalid_parameter_is_named(hoomdossier: Hoomdossier) -> None:
    query = {"updated_since": "x", "cursor": "x", "limit": "x"}
    answer = hoomdossier.http.get("/api/v1/appointments", params=query, headers=API)
    assert (answer.status_code, set(answer.json())) == (422, set(query))


def test_other_errors_are_those_of_the_api(hoomdossier: Hoomdossier) -> None:
    answer = hoomdossier.call("/appointments", Authorization="Bearer wrong")
    assert answer.status_code == 401
    check("401", answer.json())
    answer = hoomdossier.call("/appointments", **{"X-Cooperation-Slug": "nergens"})
    assert answer.status_code == 404
    check("404", answer.json())
    answer = hoomdossier.call("/appointments", {})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


# -- the document ------------------------------------------------------------------------------------------------------


def test_the_openapi_document_is_valid() -> None:
    validate(SPECIFICATION)
    check("200", OPERATION["responses"]["200"]["content"]["application/json"]["example"])


def test_the_openapi_document_names_the_parameters() -> None:
    assert [parameter["name"] for parameter in OPERATION["parameters"]] == ["updated_since", "cursor", "limit"]
