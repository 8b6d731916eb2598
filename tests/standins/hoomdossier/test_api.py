"""The API around its two calls: tokens, throttle, Laravel's error pages, faults on request, the start of the demo."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from infra.standins.database import Database
from infra.standins.hoomdossier.app import create_hoomdossier
from infra.standins.hoomdossier.caller import Refusal, Throttle
from infra.standins.hoomdossier.settings import HoomdossierSettings
from tests.standins.hoomdossier.conftest import API, REGISTRATION, Hoomdossier, stand_in

UNKNOWN_COOPERATION = {"message": "No query results for model [App\\Models\\Cooperation]."}


def test_ping(hoomdossier: Hoomdossier) -> None:
    answer = hoomdossier.call("/")
    assert (answer.status_code, answer.text) == (200, "[]")
    assert answer.headers["Content-Type"] == "application/json"


# -- who may call ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "demo-token", "Basic demo-token"])
def test_without_a_known_token_it_answers_401(authorization: str | None, hoomdossier: Hoomdossier) -> None:
    headers = {"Accept": "application/json", **({"Authorization": authorization} if authorization else {})}
    answer = hoomdossier.http.post("/api/v1/register", json=REGISTRATION, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthenticated."})
    assert not hoomdossier.database.rows("accounts", email=REGISTRATION["email"])


def test_without_accept_json_a_401_is_a_redirect(hoomdossier: Hoomdossier) -> None:
    answer = hoomdossier.http.get("/api/v1/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_a_token_of_another_cooperation_is_refused(hoomdossier: Hoomdossier) -> None:
    hoomdossier.load({"database_before": "fixture.json"})
    headers = {"Authorization": "Bearer tok-energiedorp", "Accept": "application/json"}
    for slug, status, body in (
        ("energiedorp", 200, []),
        ("anderdorp", 403, {"message": "Unauthorized for current cooperation."}),
        ("nergens", 404, UNKNOWN_COOPERATION),
    ):
        answer = hoomdossier.http.get("/api/v1/", headers={**headers, "X-Cooperation-Slug": slug})
        assert (answer.status_code, answer.json()) == (status, body)


def test_the_cooperation_header_overrides_the_host(hoomdossier: Hoomdossier) -> None:
    hoomdossier.load({"database_before": "fixture.json"})
    headers = {"Authorization": "Bearer tok-energiedorp", "Accept": "application/json"}
    host = {"Host": "anderdorp.hoomdossier.nl"}
    assert hoomdossier.http.get("/api/v1/", headers={**headers, **host}).status_code == 403
    both = {**headers, **host, "X-Cooperation-Slug": "energiedorp"}
    assert hoomdossier.http.get("/api/v1/", headers=both).status_code == 200


def test_an_unknown_cooperation_is_404_even_without_a_token(hoomdossier: Hoomdossier) -> None:
    headers = {"Accept": "application/json", "X-Cooperation-Slug": "nergens"}
    answer = hoomdossier.http.get("/api/v1/", headers=headers)
    assert (answer.status_code, answer.json()) == (404, UNKNOWN_COOPERATION)


# -- Laravel's own answers ---------------------------------------------------------------------------------------------


def test_an_unknown_route_is_404_and_a_wrong_method_405(hoomdossier: Hoomdossier) -> None:
    answer = hoomdossier.call("/users")
    assert (answer.status_code, answer.json()) == (404, {"message": "The route api/v1/users could not be found."})
    answer = hoomdossier.call("/register")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "The GET method is not supported for route api/v1/register." in answer.json()["message"]


def test_a_form_is_accepted_too(hoomdossier: Hoomdossier) -> None:
    fields = {name: str(value) for name, value in REGISTRATION.items() if name != "extra"}
    assert hoomdossier.http.post("/api/v1/register", data=fields, headers=API).status_code == 201


def test_texts_are_trimmed_at_every_depth(hoomdossier: Hoomdossier) -> None:
    body = {
        **REGISTRATION,
        "street": "\u00a0 Laan\u200b",
        "phone_number": " ",
        "extra": {"contact_id": 1, "via": " x "},
    }
    user_id = hoomdossier.call("/register", body).json()["user_id"]
    assert hoomdossier.database.rows("buildings", user_id=user_id)[0]["street"] == "Laan"
    user = hoomdossier.database.rows("users", id=user_id)[0]
    assert (user["phone_number"], json.loads(user["extra"])) == ("", {"contact_id": 1, "via": "x"})


def test_a_user_from_a_failed_registration_can_be_linked(hoomdossier: Hoomdossier) -> None:
    building = hoomdossier.register()
    user_id = hoomdossier.database.rows("buildings", id=building)[0]["user_id"]
    hoomdossier.database.update("users", user_id, cooperation_id=None)
    hoomdossier.link()
    hoomdossier.database.update("users", user_id, cooperation_id=2)
    body = {"building_coach_statuses": {"coach_contact_id": 12, "resident_contact_id": 1001}}
    assert hoomdossier.call("/building-coach-status", body).status_code == 422, "another cooperation's is unknown"


# -- how often ---------------------------------------------------------------------------------------------------------


def test_an_address_may_make_sixty_calls_a_minute_over_all_cooperations() -> None:
    throttle = Throttle()
    with stand_in(throttle=throttle) as one, stand_in(throttle=throttle) as other:
        assert {one.call("/").status_code for _ in range(30)} == {200}
        assert {other.call("/", Authorization="Bearer wrong").status_code for _ in range(30)} == {401}
        answer = one.call("/register", {})
        assert (answer.status_code, answer.json()) == (429, {"message": "Too Many Attempts."})
        assert 55 <= int(answer.headers["Retry-After"]) <= 60
        assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("60", "0")
        assert one.http.get("/").status_code == 200, "a page is no call"
        one.http.post("/_reset").raise_for_status()
        assert one.call("/").status_code == 200


def test_the_minute_of_a_caller_begins_with_its_first_call() -> None:
    throttle, start = Throttle(2), datetime(2024, 5, 1, 12, tzinfo=UTC)
    for seconds in (0, 59, 60, 61):
        throttle.count("caller", start + timedelta(seconds=seconds))
    with pytest.raises(Refusal) as refused:
        throttle.count("caller", start + timedelta(seconds=70))
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "50")
    throttle.count("another", start)


# -- faults on purpose -------------------------------------------------------------------------------------------------


def faults(hoomdossier: Hoomdossier, *wanted: dict[str, Any]) -> None:
    hoomdossier.http.post("/_faults", json=list(wanted)).raise_for_status()


def is_registered(hoomdossier: Hoomdossier) -> bool:
    return bool(hoomdossier.database.rows("accounts", email=REGISTRATION["email"]))


def test_a_status_fault_answers_without_doing_the_work(hoomdossier: Hoomdossier) -> None:
    headers = {"Retry-After": "7"}
    faults(hoomdossier, {"match": "register", "kind": "status", "status": 503, "headers": headers, "body": "later"})
    assert hoomdossier.call("/").status_code == 200, "another path"
    answer = hoomdossier.call("/register", REGISTRATION)
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (503, "later", "7")
    assert not is_registered(hoomdossier)
    assert hoomdossier.call("/register", REGISTRATION).status_code == 201, "once is over"


def test_a_lost_answer_fault_does_the_work_and_drops_the_connection(hoomdossier: Hoomdossier) -> None:
    faults(hoomdossier, {"match": "register", "kind": "lost_answer"})
    with pytest.raises(httpx.TransportError):
        hoomdossier.call("/register", REGISTRATION)
    assert is_registered(hoomdossier)
    refused = hoomdossier.call("/register", REGISTRATION)
    assert (refused.status_code, set(refused.json())) == (422, {"email", "extra.contact_id"})


def test_a_reset_fault_drops_the_connection_without_doing_the_work(hoomdossier: Hoomdossier) -> None:
    faults(hoomdossier, {"kind": "reset"})
    with pytest.raises(httpx.TransportError):
        hoomdossier.call("/register", REGISTRATION)
    assert not is_registered(hoomdossier)


def test_a_body_fault_does_the_work_and_changes_the_answer(hoomdossier: Hoomdossier) -> None:
    faults(hoomdossier, {"match": "register", "kind": "body", "status": 502, "body": "<html>"})
    answer = hoomdossier.call("/register", REGISTRATION)
    assert (answer.status_code, answer.text) == (502, "<html>")
    assert is_registered(hoomdossier)


# -- the demo, and what was received -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cooperation", "country", "coaches"), [("zonnig-dorp", "NL", {11, 12}), ("meer-energie", "BE", {21, 22})]
)
def test_the_demo_starts_with_two_coaches(cooperation: str, country: Any, coaches: set[int]) -> None:
    database = Database()
    create_hoomdossier(cooperation, database, HoomdossierSettings(country=country, token="t"))
    contacts = {row["extra"] for row in database.rows("users")}
    assert contacts == {f'{{"contact_id":{contact}}}' for contact in coaches}
    assert {row["role_id"] for row in database.rows("model_has_roles")} == {4}


def test_a_reset_goes_back_to_the_start(hoomdossier: Hoomdossier) -> None:
    hoomdossier.register()
    hoomdossier.load({"now": "2024-05-01 12:00:00 Europe/Amsterdam"})
    state = hoomdossier.http.post("/_reset").json()
    assert len(state["users"]) == 2
    assert not state["now"].startswith("2024")


def test_it_continues_from_a_recorded_case(hoomdossier: Hoomdossier) -> None:
    hoomdossier.load({"now": "2024-05-01 12:34:56 Europe/Amsterdam", "database_before": "fixture.json"})
    headers = {"Authorization": "Bearer tok-energiedorp", "Accept": "application/json"}
    link = {"building_coach_statuses": {"coach_contact_id": 500, "resident_contact_id": 777}}
    answers = [hoomdossier.http.post("/api/v1/building-coach-status", json=link, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 422]
    page = hoomdossier.form(21, "appointment", appointment_date="2024-05-06T10:00")
    assert page.status_code == 303
    assert hoomdossier.pushed() == ["afspraak"]
    assert hoomdossier.http.get("/buildings/21").status_code == 200


def test_it_shows_the_requests_that_it_received(hoomdossier: Hoomdossier) -> None:
    hoomdossier.call("/register", REGISTRATION)
    (received,) = hoomdossier.http.get("/_received").json()
    assert (received["method"], received["path"], received["answered"]) == ("POST", "/api/v1/register", 201)
    assert REGISTRATION["email"] in received["body"]
