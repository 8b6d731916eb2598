"""Econobis gets ids, or a reason that its dialog can show, within the time."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions import create_dossier as function
from shared import wiring
from tests.functions.examples import NEW_COACH, event, registration
from tests.standins.receiver import eventually
from tests.world.functions_over_http import SECRETS, Machine, logged

BUDGET = 4.0  # seconds, for the tests that use it up


def create(link: Machine, body: Any = None, **call: Any) -> httpx.Response:
    return link.econobis("create-dossier", registration() if body is None else body, **call)


def reasons(answer: httpx.Response) -> dict[str, list[str]]:
    """The reasons in the flat 422 that Econobis' dialog can show (known-limits A6)."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, list[str]] = answer.json()
    assert body
    for texts in body.values():
        assert texts
        assert all(isinstance(text, str) and text for text in texts)
    return body


def calls(link: Machine) -> int:
    return len(link.hoomdossier_received("/register"))


def test_a_dossier_is_made_and_its_ids_are_answered(link: Machine) -> None:
    answer = create(link)
    assert answer.status_code == 201
    state = link.hoomdossier_state()
    (user,) = (it for it in state["users"] if it["id"] == answer.json()["user_id"])
    assert answer.json() == {"account_id": user["account_id"], "user_id": user["id"]}
    assert user["first_name"] == "Anna"


def test_the_same_contact_gets_the_same_ids_without_a_second_call(link: Machine) -> None:
    first = create(link)
    again = create(link, registration(email="nieuw@voorbeeld.nl", phone_number=""))
    assert (again.status_code, again.content) == (201, first.content)
    assert calls(link) == 1


def test_the_same_contact_id_in_another_cooperation_is_another_contact(link: Machine) -> None:
    create(link)
    other = create(link, registration(postal_code="9000"), cooperation="meer-energie", key=SECRETS["MEER_ECONOBIS"])
    assert other.status_code == 201
    assert len(link.documents("residents")) == 2
    assert calls(link) == 1


def test_64_requests_at_once_make_one_call_and_get_one_answer(link: Machine) -> None:
    link.hoomdossier_fault(match="register", kind="delay", seconds=0.5)
    together = threading.Barrier(64)

    def ask(_: int) -> tuple[int, bytes]:
        together.wait()
        answer = create(link)
        return answer.status_code, answer.content

    started = time.monotonic()
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(ask, range(64)))
    assert {status for status, _ in answers} == {201}
    assert len(set(answers)) == 1
    assert calls(link) == 1
    assert time.monotonic() - started < 25


def test_two_contacts_with_one_e_mail_address_are_registered_one_after_the_other(link: Machine) -> None:
    """Hoomdossier checks that an address is free without a lock, so two calls at once could both pass (known-limits A3)."""
    link.hoomdossier_fault(match="register", kind="delay", seconds=0.3)
    bodies = [registration(number, email="samen@voorbeeld.nl") for number in (1, 2)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda body: create(link, body), bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    (refused,) = (answer for answer in answers if answer.status_code == 422)
    assert "al geregistreerd" in reasons(refused)["email"][0]


def test_a_coach_is_registered_as_coach(link: Machine) -> None:
    create(link, registration(NEW_COACH, roles=["resident"]))
    (call,) = link.hoomdossier_received("/register")
    assert '"roles":["coach"]' in call["body"].replace(" ", "")


def test_a_resident_is_registered_as_resident_whatever_the_caller_says(link: Machine) -> None:
    create(link, registration(roles=["coach", "cooperation-admin"]))
    (call,) = link.hoomdossier_received("/register")
    assert '"roles":["resident"]' in call["body"].replace(" ", "")


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"phone_number": "bel mij niet"}, "phone_number"),
        ({"phone_number": None}, "phone_number"),
        ({"tool_questions": {"resident-count": 0}}, "resident-count"),
        ({"tool_questions": {"resident-count": 2, "amount-gas": None}}, "amount-gas"),
        ({"tool_questions": None}, "resident-count"),
    ],
)
def test_an_optional_value_that_does_not_fit_is_left_out(link: Machine, change: dict[str, Any], gone: str) -> None:
    assert create(link, registration(**change)).status_code == 201
    (call,) = link.hoomdossier_received("/register")
    assert gone not in call["body"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "geen adres"}, "email"),
        ({"postal_code": "1012 SS"}, "postal_code"),
        ({"number": 0}, "number"),
        ({"number": "12a-bis-achter"}, "number"),
        ({"number": "twaalf"}, "number"),
        ({"number": "٣"}, "number"),
        ({"number": 10**300}, "number"),
        ({"house_number_extension": "tweede etage achter"}, "house_number_extension"),
        ({"last_name": "x" * 192}, "last_name"),
        ({"extra": {"contact_id": -1}}, "extra.contact_id"),
        ({"extra": {"contact_id": 1.5}}, "extra.contact_id"),
        ({"extra": {"contact_id": 2**53}}, "extra.contact_id"),
        ({"extra": []}, "extra.contact_id"),
        ({"first_name": ""}, "first_name"),
        ({"street": {"a": 1}}, "street"),
    ],
)
def test_a_value_that_hoomdossier_would_refuse_is_refused_before_the_call(
    link: Machine, change: dict[str, Any], field: str
) -> None:
    answer = create(link, registration(**change))
    assert any(name.startswith(field.partition(".")[0]) for name in reasons(answer)), answer.text
    assert calls(link) == 0


def test_a_house_number_with_its_addition_is_accepted(link: Machine) -> None:
    assert create(link, registration(number="12a", house_number_extension="")).status_code == 201


def test_a_refusal_of_hoomdossier_is_passed_on(link: Machine) -> None:
    create(link, registration(1, email="bezet@voorbeeld.nl"))
    answer = create(link, registration(2, email="bezet@voorbeeld.nl"))
    assert "al geregistreerd" in reasons(answer)["email"][0]
    assert create(link, registration(2, email="vrij@voorbeeld.nl")).status_code == 201


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "body", "status": 201, "body": "{}"},
        {"kind": "body", "status": 201, "body": '{"user_id": 5}'},
        {"kind": "body", "status": 200, "body": '{"account_id": null, "user_id": 5}'},
        {"kind": "body", "status": 200, "body": "<html>Onderhoud</html>"},
        {"kind": "status", "status": 204},
        {"kind": "status", "status": 500, "body": '{"message":"Server Error"}'},
        {"kind": "status", "status": 302, "headers": {"Location": "/"}},
        {"kind": "status", "status": 401, "body": '{"error":"Unauthenticated."}'},
        {"kind": "reset"},
        {"kind": "lost_answer"},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('status', '')} {fault.get('body', '')[:20]}",
)
def test_an_answer_without_an_account_is_no_success(link: Machine, fault: dict[str, Any]) -> None:
    link.hoomdossier_fault(match="register", **fault)
    reasons(create(link))


def test_after_a_lost_answer_the_next_call_is_refused_until_an_event_names_the_account(link: Machine) -> None:
    """The account exists and its id is unknown (known-limits A1)."""
    link.hoomdossier_fault(match="register", kind="lost_answer")
    first = reasons(create(link))
    again = reasons(create(link))
    assert calls(link) == 1
    assert first.keys() == again.keys() == {"koppeling"}
    assert "Hoomdossier" in again["koppeling"][0]
    related = {"building_id": 30001, "user_id": 20001, "account_id": 10001, "contact_id": 2481}
    assert link.event("scan-status", event("scan-status", account_related=related)).status_code == 200
    link.run_queue()
    eventually(lambda: any(it.get("account_id") for it in link.documents("residents").values()))
    healed = create(link)
    assert (healed.status_code, healed.json()["account_id"]) == (201, 10001)
    assert calls(link) == 1


def test_a_429_of_hoomdossier_is_retried_while_there_is_time(link: Machine) -> None:
    link.hoomdossier_fault(match="register", kind="status", status=429, headers={"Retry-After": "1"})
    assert create(link).status_code == 201
    assert calls(link) == 2


@pytest.fixture
def short_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function, "BUDGET", timedelta(seconds=BUDGET))  # The real one is 25 seconds.


@pytest.mark.usefixtures("short_budget")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "delay", "seconds": 2 * BUDGET},
        {"kind": "status", "status": 429, "headers": {"Retry-After": "60"}},
        {"kind": "status", "status": 503, "body": '{"message":"Service Unavailable"}', "times": 99},
    ],
    ids=lambda fault: fault["kind"],
)
def test_every_request_is_answered_in_time_whatever_hoomdossier_does(link: Machine, fault: dict[str, Any]) -> None:
    link.hoomdossier_fault(match="register", **fault)
    started = time.monotonic()
    reasons(create(link))
    assert time.monotonic() - started < BUDGET


@pytest.mark.slow
def test_a_slow_hoomdossier_is_answered_for_within_25_seconds(link: Machine) -> None:
    link.hoomdossier_fault(match="register", kind="delay", seconds=40)
    started = time.monotonic()
    reasons(create(link))
    assert time.monotonic() - started < 25
    started = time.monotonic()
    reasons(create(link))
    assert time.monotonic() - started < 25


def test_a_dossier_is_made_without_the_queue(link: Machine) -> None:
    """The follow-up is stored as work, and the sweep queues it."""
    link.queue.close()
    assert create(link).status_code == 201


def test_while_the_store_is_away_the_employee_soon_gets_a_reason(link: Machine) -> None:
    with closing(sqlite3.connect(link.state / "link.sqlite", isolation_level=None)) as other:
        link.econobis("create-dossier", registration(1))
        other.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        assert reasons(create(link)).keys() == {"koppeling"}
        assert time.monotonic() - started < 2


def test_a_fault_of_our_own_is_answered_in_the_form_that_the_dialog_shows(link: Machine) -> None:
    """The log has the place of the fault, and nothing that anybody typed."""

    class BrokenStore:
        def get(self, *_key: str) -> None:
            raise KeyError("geheim")

    wiring.services().store = BrokenStore()  # type: ignore[assignment]  (it has no methods)
    assert reasons(create(link)).keys() == {"koppeling"}
    (line,) = (line for line in logged if line["message"] == "broken")
    assert (line["error"], line["severity"]) == ("KeyError", "ERROR")
    assert "geheim" not in str(line)
    logged.clear()
