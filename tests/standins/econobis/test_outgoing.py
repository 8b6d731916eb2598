"""Replays the recordings of Econobis' calls to Hoomdossier: the requests byte for byte, and what an answer does."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import pytest

from infra.standins.econobis.faults import AbortError, BrokenError, CrashError
from infra.standins.econobis.hoomdossier_calls import guzzle
from infra.standins.econobis.hoomdossier_calls.coach_link import link_coach
from infra.standins.econobis.php import to_text
from tests.fixtures import files, read
from tests.standins.econobis.conftest import JSON, Econobis, tables
from tests.standins.econobis.recorder import Recorder, recording
from tests.world.ports import closed_port

CASES = {path.stem.removeprefix("econobis_to_hoomdossier__"): read(path) for path in files("vectors/wire/econobis_*")}
COACH_LINKS = [name for name, case in CASES.items() if "connectCoachToHoomdossier()" in case["client_behaviour"]]
REGISTERS = [name for name in CASES if name not in COACH_LINKS]
RESIDENT = 4711


def load(econobis: Econobis, case: dict[str, Any], recorder: Recorder) -> None:
    """Loads the case, with the recorder in the place of Hoomdossier."""
    rows = json.dumps(case["database_rows_given"]).replace("recorder.example", recorder.host)
    econobis.load({"database_before": json.loads(rows.replace("http://closed.example", closed_port()))})


def answers(case: dict[str, Any], host: str = "recorder.example") -> list[dict[str, Any]]:
    """The recorded answers, with short delays: the timeout has a test of its own."""
    given = [case["response_given"], *case.get("further_responses", [])] if case["response_given"] else []
    shortened = [answer | {"delay_seconds": 0.1} if "delay_seconds" in answer else answer for answer in given]
    return json.loads(json.dumps(shortened).replace("recorder.example", host))


def sent(case: dict[str, Any], recorder: Recorder) -> list[dict[str, Any]]:
    requests = [case["request"], *case.get("further_requests", [])] if case["request"] else []
    return json.loads(json.dumps(requests).replace("recorder.example", recorder.host))


@pytest.mark.parametrize("name", REGISTERS)
def test_registers_as_econobis_did(econobis: Econobis, name: str) -> None:
    case = CASES[name]
    with recording([]) as recorder:
        recorder.answers = answers(case, recorder.host)
        load(econobis, case, recorder)
        answer = econobis.http.get(f"/api/contact/{RESIDENT}/make-hoomdossier", headers=JSON)
    assert recorder.requests == sent(case, recorder)
    state = tables(econobis.state())
    check_reaction(case["client_behaviour"], answer.status_code, answer.text, state["contacts"][RESIDENT])
    in_group = [row for row in state.get("contact_groups_pivot", {}).values() if row["contact_id"] == RESIDENT]
    assert bool(in_group) == ("in the Hoom contact group: yes" in case["client_behaviour"])


_TEXT = r'"(?:[^"\\]|\\.)*"'


def check_reaction(behaviour: str, status: int, body: str, contact: dict[str, Any]) -> None:
    """Compares with `client_behaviour`, in which the recordings describe the reaction in words."""
    account = re.search(r"hoom_account_id afterwards: (.+?); contact in the", behaviour)
    assert account, behaviour
    if returned := re.search(rf"make\(\) returned \w+(?: ({_TEXT}|[^;]+))?;", behaviour):
        assert status == 200
        if account[1].startswith("<random"):
            assert body == str(contact["hoom_account_id"])
            assert 1 <= int(body) <= 3000
            return
        assert body == to_text(json.loads(returned[1] or "null"))
    elif "not an HTTP exception" in behaviour or "HTTP status 0," in behaviour:
        assert (status, json.loads(body)) == (500, {"message": "Server Error"})
    elif errors := re.search(r"errors (\{.*?\});", behaviour):
        assert (status, json.loads(body)["errors"]) == (422, json.loads(errors[1]))
    else:
        assert (status, json.loads(body)["message"]) == aborted(behaviour)
    assert contact.get("hoom_account_id") == json.loads(account[1])


def aborted(behaviour: str) -> tuple[int, str]:
    found = re.search(rf"HTTP status (\d+), message ({_TEXT})", behaviour)
    assert found, behaviour
    return int(found[1]), json.loads(found[2])


@pytest.mark.parametrize("name", COACH_LINKS)
def test_links_a_coach_as_econobis_did(econobis: Econobis, name: str) -> None:
    case = CASES[name]
    with recording([]) as recorder:
        recorder.answers = answers(case, recorder.host)
        load(econobis, case, recorder)
        visit = econobis.database.rows("quotation_requests")[0]
        check_link(case["client_behaviour"], econobis, visit)
    assert recorder.requests == sent(case, recorder)


def check_link(behaviour: str, econobis: Econobis, visit: dict[str, Any]) -> None:
    """Compares what the form of a kansactie gets back with `client_behaviour`."""
    if "not an HTTP exception" in behaviour:
        with pytest.raises((BrokenError, CrashError)):
            link_coach(econobis.database, visit)
    elif "HTTP status" in behaviour:
        with pytest.raises(AbortError) as raised:
            link_coach(econobis.database, visit)
        assert (raised.value.status, raised.value.message) == aborted(behaviour)
    else:
        body = link_coach(econobis.database, visit)
        returned = re.search(rf"returned (?:null|\S*Stream ({_TEXT}))", behaviour)
        assert returned, behaviour
        assert (None if body is None else body.decode()) == json.loads(returned[1] or "null")


def test_the_timeout_is_longer_than_any_recorded_delay() -> None:
    delays = [case["response_given"].get("delay_seconds", 0) for case in CASES.values() if case["response_given"]]
    assert max(delays) < guzzle.TIMEOUT_SECONDS


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_a_redirect_is_followed_and_turns_most_posts_into_a_get(econobis: Econobis, status: int, method: str) -> None:
    case = CASES["resp_201_account_id"]
    done = case["response_given"]
    with recording([{"status": status, "headers": {"Location": "/elsewhere"}, "body": ""}, done]) as recorder:
        load(econobis, case, recorder)
        answer = econobis.http.get(f"/api/contact/{RESIDENT}/make-hoomdossier", headers=JSON)
    assert answer.text == "901"
    assert [(request["method"], request["path"]) for request in recorder.requests] == [
        ("POST", "/api/v1/register"),
        (method, "/elsewhere"),
    ]
    assert bool(recorder.requests[1]["body"]) == (method == "POST")


def test_five_redirects_are_followed_and_no_more(econobis: Econobis) -> None:
    case = CASES["resp_201_account_id"]
    round_and_round = {"status": 307, "headers": {"Location": "/again"}, "body": "round"}
    with recording([round_and_round] * 9) as recorder:
        load(econobis, case, recorder)
        answer = econobis.http.get(f"/api/contact/{RESIDENT}/make-hoomdossier", headers=JSON)
    assert len(recorder.requests) == 6
    assert (answer.status_code, answer.json()) == (307, {"message": "round"})


def test_a_redirect_to_another_host_does_not_get_the_token(econobis: Econobis) -> None:
    case = CASES["resp_201_account_id"]
    with recording([case["response_given"]]) as other, recording([]) as recorder:
        elsewhere = {"status": 307, "headers": {"Location": f"http://{other.host}/register"}, "body": ""}
        recorder.answers = [elsewhere]
        load(econobis, case, recorder)
        econobis.http.get(f"/api/contact/{RESIDENT}/make-hoomdossier", headers=JSON)
    assert "Authorization" in recorder.requests[0]["headers"]
    assert "Authorization" not in other.requests[0]["headers"]


def test_a_refused_connection_is_a_500(econobis: Econobis) -> None:
    case = CASES["resp_201_account_id"]
    with recording([]) as recorder:
        load(econobis, case, recorder)
    answer = econobis.http.get(f"/api/contact/{RESIDENT}/make-hoomdossier", headers=JSON)
    assert (answer.status_code, answer.json()) == (500, {"message": "Server Error"})


def test_the_refusal_names_another_contact_with_a_dossier_and_this_e_mail_address(econobis: Econobis) -> None:
    case = CASES["resp_201_account_id"]
    with recording([]) as recorder:
        load(econobis, case, recorder)
    who = {"type_id": "person", "number": "C-1", "full_name": "Berg, Eva"}
    contact = econobis.database.insert("contacts", **who, hoom_account_id=5)
    email = "JAN.vandenberg@example.org"
    econobis.database.insert("email_addresses", contact_id=contact["id"], email=email, primary=1)
    answer = econobis.http.get(f"/api/contact/{RESIDENT}/make-hoomdossier", headers=JSON)
    reason = f"Er bestaat al een contact Berg, Eva (C-1) met zelfde primair e-mailadres {email} en een Hoomdossier"
    assert (answer.status_code, answer.json()) == (422, {"message": reason, "errors": {"econobis": [reason]}})


def test_a_contact_with_a_dossier_is_refused(econobis: Econobis) -> None:
    answer = econobis.http.get("/api/contact/11/make-hoomdossier", headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"]["econobis"][0] == "Koppeling hoomdossier bestaat al"


def registered(econobis: Econobis, **changed: list[dict[str, Any]]) -> str:
    """The body that is sent for the resident of the recordings, with some tables replaced."""
    case = CASES["resp_201_account_id"]
    with recording([case["response_given"]]) as recorder:
        load(econobis, case | {"database_rows_given": case["database_rows_given"] | changed}, recorder)
        econobis.http.get(f"/api/contact/{RESIDENT}/make-hoomdossier", headers=JSON)
    return recorder.requests[0]["body"]


def test_unknown_values_are_sent_empty_or_zero(econobis: Econobis) -> None:
    address = CASES["resp_201_account_id"]["database_rows_given"]["addresses"][0] | {
        "addition": None,
        "street": "A/B é",
    }
    unknown: dict[str, list[dict[str, Any]]] = {
        "addresses": [address],
        "phone_numbers": [],
        "address_energy_consumption_gas": [],
        "address_energy_consumption_electricity": [],
    }
    body = registered(econobis, **unknown)
    assert '"house_number_extension":"","street":"A\\/B \\u00e9"' in body
    assert '"phone_number":"","tool_questions":{"resident-count":3,"amount-gas":0,"amount-electricity":0}' in body


@pytest.mark.parametrize(
    ("used", "returned", "sent_gas", "sent_electricity"),
    [
        ((1200.5, 1800.25, 1200), (300.75, 0), "1200.5", "2699.5"),
        ((1450.0, 1800.0, None), (None, 100.0), "1450", "1700"),
        (("1200.50", "0.1", "0.2"), (0, 0), "1200.5", "0.30000000000000004"),
        ((None, None, None), (20.5, None), "null", "-20.5"),
    ],
)
def test_usage_is_sent_with_its_decimals(
    econobis: Econobis, used: tuple[Any, ...], returned: tuple[Any, ...], sent_gas: str, sent_electricity: str
) -> None:
    at = {"address_id": 31, "date_begin": "2023-01-01"}
    columns = ("consumption_high", "consumption_low", "return_high", "return_low")
    electricity = {**at, **dict(zip(columns, (*used[1:], *returned), strict=True))}
    body = registered(
        econobis,
        address_energy_consumption_gas=[{**at, "consumption": used[0]}],
        address_energy_consumption_electricity=[electricity],
    )
    assert f'"amount-gas":{sent_gas},"amount-electricity":{sent_electricity}}}' in body


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ({"addition": "0"}, '"house_number_extension":""'),
        ({"addition": "0a"}, '"house_number_extension":"0a"'),
        ({"postal_code": 9000}, '"postal_code":9000'),
        ({"postal_code": "9000"}, '"postal_code":"9000"'),
        ({"postal_code": "1234ab"}, '"postal_code":"1234 ab"'),
    ],
)
def test_an_address_is_sent_as_it_is_stored(econobis: Econobis, stored: dict[str, Any], sent: str) -> None:
    """Only the addition `0` is left out: it is false in PHP."""
    address = CASES["resp_201_account_id"]["database_rows_given"]["addresses"][0]
    assert sent in registered(econobis, addresses=[address | stored])


@pytest.mark.parametrize(
    ("account_id", "stored"),
    [('"abc-901"', "abc-901"), ('"901"', 901), ("901", 901), ("901.0", 901), ("null", None), ('"9e2"', 900)],
)
def test_an_account_id_of_any_kind_is_kept(econobis: Econobis, account_id: str, stored: Any) -> None:
    case = CASES["resp_201_account_id"]
    answer = {"status": 201, "headers": {}, "body": f'{{"account_id":{account_id}}}'}
    with recording([answer]) as recorder:
        load(econobis, case, recorder)
        assert econobis.http.get(f"/api/contact/{RESIDENT}/make-hoomdossier", headers=JSON).status_code == 200
    assert tables(econobis.state())["contacts"][RESIDENT].get("hoom_account_id") == stored


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"status": 201, "headers": {}, "body": '{"acc', "note": "Content-Length 500 announced"}, 201),
        ({"connection": "TCP reset after the request was read"}, 0),
        ({"raw_bytes": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[]"}, 200),
    ],
)
def test_an_answer_that_broke_off_is_an_abort_with_its_status(
    econobis: Econobis, given: dict[str, Any], status: int
) -> None:
    case = CASES["coach_connect_204"]
    with recording([given]) as recorder:
        load(econobis, case, recorder)
        with pytest.raises(AbortError) as raised:
            link_coach(econobis.database, econobis.database.rows("quotation_requests")[0])
    assert raised.value.status == status


def test_a_group_with_a_laposta_list_fails_after_the_account_is_stored(econobis: Econobis) -> None:
    case = CASES["resp_201_account_id"]
    groups = {"contact_groups": [{"id": 2, "name": "Hoom", "laposta_list_id": "abc"}]}
    with recording([case["response_given"]]) as recorder:
        load(econobis, case | {"database_rows_given": case["database_rows_given"] | groups}, recorder)
        answer = econobis.http.get(f"/api/contact/{RESIDENT}/make-hoomdossier", headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"econobis": ["Gebruik laposta niet geactiveerd", "Geen key Laposta bekend"]}
    assert tables(econobis.state())["contacts"][RESIDENT]["hoom_account_id"] == 901


def test_other_calls_are_answered_while_econobis_waits_for_hoomdossier(econobis: Econobis) -> None:
    case = CASES["resp_201_account_id"]
    slow = case["response_given"] | {"delay_seconds": 1.0}
    with recording([slow]) as recorder:
        load(econobis, case, recorder)
        register = threading.Thread(
            target=econobis.http.get, args=(f"/api/contact/{RESIDENT}/make-hoomdossier",), kwargs={"headers": JSON}
        )
        register.start()
        assert recorder.answering.wait(5)
        assert econobis.http.get("/").status_code == 200
        assert econobis.post("/api/nobody/hoomdossier/afspraak", b"{}").status_code == 404
        assert not tables(econobis.state())["contacts"][RESIDENT].get("hoom_account_id")
        assert register.is_alive()
        register.join(5)
    assert tables(econobis.state())["contacts"][RESIDENT]["hoom_account_id"] == 901
