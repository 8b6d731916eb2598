"""The limits of the API, Laravel's own answers, the start of the demo, and the controls."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.test import Client

from infra.standins.database import Database
from infra.standins.econobis.app import create_econobis
from infra.standins.econobis.settings import EconobisSettings
from infra.standins.econobis.throttle import Throttle, TooManyError
from tests.fixtures import read
from tests.standins.econobis.conftest import JSON, SETTINGS, Econobis, tables
from tests.standins.econobis.recorder import recording

FIXTURE = read("vectors/endpoints/fixture.json")
SCAN = json.dumps(
    {"account_related": {"building_id": 333, "user_id": 1902, "account_id": 901, "contact_id": 4711}, "scans": []}
)
PATH = "/api/KEY/hoomdossier/scan-status"
NOON = "2024-05-01 12:00:00 Europe/Amsterdam"


def load(econobis: Econobis, limit: int) -> None:
    webforms = [FIXTURE["webforms"][0] | {"max_requests_per_minute": limit}]
    econobis.load({"now": NOON, "database_before": FIXTURE | {"webforms": webforms}})


def statuses(econobis: Econobis, count: int, path: str = PATH) -> list[int]:
    return [econobis.post(path, SCAN).status_code for _ in range(count)]


# -- limits ------------------------------------------------------------------------------------------------------------


def test_a_key_allows_its_number_of_calls_in_any_sixty_seconds(econobis: Econobis) -> None:
    load(econobis, limit=2)
    assert statuses(econobis, 1) == [200]
    econobis.load({"now": "2024-05-01 12:00:30 Europe/Amsterdam"})
    assert statuses(econobis, 2) == [200, 422]
    econobis.load({"now": "2024-05-01 12:01:01 Europe/Amsterdam"})
    assert statuses(econobis, 2) == [200, 422]


def test_a_call_over_the_limit_of_the_key_is_a_422_that_says_so(econobis: Econobis) -> None:
    load(econobis, limit=0)
    answer = econobis.post(PATH, SCAN)
    assert answer.status_code == 422
    assert "Fout opgetreden: Maximum aantal aanroepen per minuut is bereikt." in answer.json()


def test_a_failed_call_does_not_count_for_the_key(econobis: Econobis) -> None:
    load(econobis, limit=1)
    assert econobis.post(PATH, b"").status_code == 404
    assert statuses(econobis, 2) == [200, 422]


def test_the_webform_counts_with_the_endpoints(econobis: Econobis) -> None:
    load(econobis, limit=1)
    assert statuses(econobis, 1) == [200]
    answer = econobis.http.post("/api/webform/external/KEY", data={"achternaam": "Jansen"}, headers=JSON)
    assert answer.status_code == 422
    assert "Fout opgetreden: Maximum aantal aanroepen per minuut is bereikt." in answer.json()


def test_one_address_may_make_sixty_calls_a_minute_over_all_keys(econobis: Econobis) -> None:
    load(econobis, limit=1000)
    assert set(statuses(econobis, 30)) == {200}
    assert set(statuses(econobis, 30, "/api/another/hoomdossier/scan-status")) == {404}
    answer = econobis.post(PATH, SCAN)
    assert (answer.status_code, answer.json()) == (429, {"message": "Too Many Attempts."})
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("60", "0")
    assert 55 <= int(answer.headers["Retry-After"]) <= 60


def test_the_minute_of_an_address_starts_with_its_first_call() -> None:
    throttle, start = Throttle(2), datetime(2024, 5, 1, 12, tzinfo=UTC)
    for seconds, left in ((0, "1"), (59, "0"), (60, "1")):
        headers = throttle.count("caller", start + timedelta(seconds=seconds))
        assert headers == {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": left}
    throttle.count("caller", start + timedelta(seconds=61))
    with pytest.raises(TooManyError) as refused:
        throttle.count("caller", start + timedelta(seconds=70))
    assert refused.value.headers["Retry-After"] == "50"
    assert throttle.count("another", start)["X-RateLimit-Remaining"] == "1"


@pytest.mark.parametrize("control", ["/_state", "/_reset"])
def test_a_reset_or_a_loaded_case_clears_the_counts_of_all_addresses(econobis: Econobis, control: str) -> None:
    assert statuses(econobis, 61, "/api/another/hoomdossier/pdf")[-1] == 429
    econobis.http.post(control, json={}).raise_for_status()
    assert statuses(econobis, 1, "/api/another/hoomdossier/pdf") == [404]


def test_the_answer_tells_how_many_calls_are_left(econobis: Econobis) -> None:
    load(econobis, limit=1000)
    left = [econobis.post(PATH, SCAN).headers["X-RateLimit-Remaining"] for _ in range(2)]
    assert left == ["59", "58"]


# -- Laravel's own answers ---------------------------------------------------------------------------------------------


def test_an_unknown_route_and_a_wrong_method(econobis: Econobis) -> None:
    answer = econobis.post("/api/KEY/hoomdossier/rapport", SCAN)
    text = "The route api/KEY/hoomdossier/rapport could not be found."
    assert (answer.status_code, answer.json()) == (404, {"message": text})
    answer = econobis.http.get(PATH, headers=JSON)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_a_caller_that_does_not_ask_for_json_gets_a_page(econobis: Econobis) -> None:
    econobis.load({"database_before": FIXTURE})
    body = SCAN.replace("4711", "[4711]")
    assert econobis.post(PATH, body).json() == {"message": "Server Error"}
    answer = econobis.http.post(PATH, content=body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/html; charset=utf-8")


def test_log_lines_are_always_json(econobis: Econobis) -> None:
    econobis.load({"database_before": FIXTURE})
    assert isinstance(econobis.http.post(PATH, content=SCAN).json(), list)


def test_a_dossier_for_an_unknown_contact_is_a_404(econobis: Econobis) -> None:
    answer = econobis.http.get("/api/contact/99/make-hoomdossier")
    text = "No query results for model [App\\Eco\\Contact\\Contact] 99"
    assert (answer.status_code, answer.json()) == (404, {"message": text})


# -- the demo ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cooperation", "country", "coaches"),
    [
        ("zonnig-dorp", "NL", {11: (9011, "cora@zonnig-dorp.example"), 12: (9012, "koen@zonnig-dorp.example")}),
        ("meer-energie", "BE", {21: (9021, "lien@meer-energie.example"), 22: (9022, "bram@meer-energie.example")}),
    ],
)
def test_starts_with_two_coaches(cooperation: str, country: Any, coaches: dict[int, tuple[int, str]]) -> None:
    database = Database()
    create_econobis(cooperation, database, EconobisSettings(country=country, webform_key="k"))
    emails = {row["contact_id"]: row["email"] for row in database.rows("email_addresses")}
    found = {row["id"]: (row["hoom_account_id"], emails[row["id"]]) for row in database.rows("contacts")}
    assert found == coaches
    assert {row["contact_id"] for row in database.rows("campaign_coach", campaign_id=1)} == set(coaches)
    assert {row["inspection_person_type_id"] for row in database.rows("contacts")} == {"coach"}


SIGN_UP = {
    "voornaam": "Anna",
    "tussenvoegsel": "de",
    "achternaam": "Jong",
    "emailadres": "anna@example.org",
    "adres_postcode": "1234 AB",
    "adres_huisnummer": "5",
    "intake_campagne_id": "1",
    "intake_maatregel_ids": "1",
    "intake_id_extern": "sub-1",
    "kansactie_aanmaken": "visit",
    "kansactie_org_of_coach": "11",
}


def test_a_form_an_account_and_an_event_make_a_planned_visit(econobis: Econobis) -> None:
    with recording([{"status": 201, "headers": {}, "body": '{"account_id":77,"user_id":78}'}]) as hoomdossier:
        cooperation = {"hoom_link": f"http://{hoomdossier.host}/register"}
        econobis.database.update("cooperations", 1, **cooperation)
        answer = econobis.http.post("/api/webform/external/KEY", data=SIGN_UP | {"hoomdossier_aanmaken": "1"})
    assert answer.status_code == 200, answer.text
    assert "Contact met id 1001 aangemaakt." in answer.json()
    (request,) = hoomdossier.requests
    registered = json.loads(request["body"])
    assert registered["extra"] == {"contact_id": 1001}
    assert (registered["street"], registered["city"]) == ("Dorpsstraat", "Zonnig Dorp")
    assert request["headers"]["Authorization"] == "Bearer token"

    related = {"building_id": 5, "user_id": 78, "account_id": 77, "contact_id": 1001}
    push = {"account_related": related, "appointment_date": "2026-12-01 10:00:00", "coaches": [{"contact_id": 11}]}
    answer = econobis.post("/api/KEY/hoomdossier/afspraak", json.dumps(push))
    assert answer.status_code == 200, answer.text
    (visit,) = econobis.state()["quotation_requests"]
    assert (visit["date_planned"], visit["status_id"]) == ("2026-12-01 10:00:00", 8)


def test_a_restart_keeps_the_rows_and_takes_the_new_settings(tmp_path: Path) -> None:
    path = tmp_path / "econobis.sqlite"
    create_econobis("zonnig-dorp", database := Database(path), SETTINGS)
    database.insert("contacts", full_name="Jansen, Piet")
    moved = SETTINGS.model_copy(update={"hoom_link": "http://127.0.0.1:10/register"})
    create_econobis("zonnig-dorp", again := Database(path), moved)
    assert again.row("contacts", 1001) == {"id": 1001, "full_name": "Jansen, Piet"}
    assert again.rows("cooperations")[0]["hoom_link"] == "http://127.0.0.1:10/register"


def test_a_restart_adds_a_key_that_the_earlier_run_did_not_have(tmp_path: Path) -> None:
    path = tmp_path / "econobis.sqlite"
    create_econobis("zonnig-dorp", Database(path), SETTINGS)
    more = SETTINGS.model_copy(update={"event_key": "EVENTS"})
    for _ in range(2):
        create_econobis("zonnig-dorp", again := Database(path), more)
        assert [row["api_key"] for row in again.rows("webforms")] == ["KEY", "EVENTS"]


def test_a_restart_keeps_the_settings_of_a_recorded_case(tmp_path: Path) -> None:
    path = tmp_path / "econobis.sqlite"
    case = FIXTURE | {"webforms": [FIXTURE["webforms"][0] | {"api_key": "KeyAlpha"}]}
    Client(create_econobis("zonnig-dorp", Database(path), SETTINGS)).post("/_state", json={"database_before": case})
    create_econobis("zonnig-dorp", again := Database(path), SETTINGS)
    assert again.rows("cooperations")[0]["hoom_link"] == FIXTURE["cooperations"][0]["hoom_link"]


# -- controls ----------------------------------------------------------------------------------------------------------


def test_a_case_without_tables_only_moves_the_clock(econobis: Econobis) -> None:
    econobis.load({"database_before": FIXTURE})
    state = econobis.load({"now": NOON})
    assert [row["full_name"] for row in state["contacts"]] == [row["full_name"] for row in FIXTURE["contacts"]]
    assert state["now"].startswith("2024-05-01T12:00:0")


def test_a_case_without_a_moment_sets_the_clock_to_the_real_time(econobis: Econobis) -> None:
    econobis.load({"database_before": FIXTURE, "now": NOON})
    state = econobis.load({"database_before": FIXTURE})
    assert not state["now"].startswith("2024")


def test_a_table_of_a_case_extends_or_replaces_a_reference_list(econobis: Econobis) -> None:
    measures = len(econobis.state()["measures"])
    added, replaced = {"id": 900, "name": "Dakgoot"}, {"id": 2, "code_ref": "visit", "name": "Bezoek"}
    state = econobis.load({"database_before": {"measures": [added], "opportunity_actions": [replaced]}})
    assert len(state["measures"]) == measures + 1
    assert state["opportunity_actions"] == [replaced]


def test_parts_of_rows_in_a_reference_list_are_filled_in_from_it(econobis: Econobis) -> None:
    flag = {"id": 1, "uses_wf_create_opportunity": 1}
    before = {"measure_categories": [flag], "own_table": [{"own_column": 1}]}
    state = econobis.load({"database_before": before})
    assert state["measure_categories"][0] == {"id": 1, "name": "Vloerisolatie", "uses_wf_create_opportunity": 1}
    assert len(state["measure_categories"]) > 20
    assert state["own_table"] == [{"id": 1, "own_column": 1}]


def test_a_case_may_hold_sql_beside_its_rows(econobis: Econobis) -> None:
    changes = [
        "update addresses set postal_code='1234 AB', own_column=null where id in (201,202)",
        "insert into `contact_groups` (id, name) values (7, 'Nieuws')",
        "delete from people",
        "update webforms set date_end=date(now()) where id=1;",
    ]
    rows = {
        "addresses": [{"id": 201, "number": 1}, {"id": 203, "number": 3}],
        "people": [{"contact_id": 1}],
        "webforms": [{"id": 1, "api_key": "KEY", "last_requests": ["2024-05-01 12:00:00"]}],
    }
    state = econobis.load({"now": NOON, "database_before": {**rows, "other_changes": changes}})
    assert [row["postal_code"] for row in state["addresses"]] == ["1234 AB", ""]
    assert state["contact_groups"] == [{"id": 7, "name": "Nieuws"}]
    assert "people" not in state
    (webform,) = state["webforms"]
    assert (webform["last_requests"], webform["date_end"]) == (["2024-05-01 12:00:00"], "2024-05-01")


def test_a_reset_restores_the_start_of_the_demo(econobis: Econobis) -> None:
    start = tables(econobis.state())
    econobis.load({"database_before": FIXTURE, "now": NOON})
    econobis.http.post("/_faults", json=[{"kind": "status", "status": 503}])
    state = econobis.http.post("/_reset").json()
    assert tables(state) == start
    assert state["faults"] == []
    assert not state["now"].startswith("2024")


def test_a_lost_answer_is_carried_out_and_shown_among_the_received_calls(econobis: Econobis) -> None:
    econobis.load({"database_before": FIXTURE})
    econobis.http.post("/_faults", json=[{"match": "scan-status", "kind": "lost_answer"}])
    with pytest.raises(httpx.TransportError):
        econobis.post(PATH, SCAN)
    assert econobis.post(PATH, SCAN).status_code == 200
    received = econobis.http.get("/_received").json()
    assert [(request["path"], request["answered"]) for request in received] == [(PATH, "lost"), (PATH, 200)]
    assert len(econobis.state()["webforms"][0]["last_requests"]) == 2
