"""Replays every recorded push of the real queue worker, and compares the request and the effect of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import payloads
from infra.standins.hoomdossier.econobis_client import Outcome, send
from infra.standins.hoomdossier.php import encode_json
from infra.standins.hoomdossier.pushes import JOBS, PushQueue
from infra.standins.hoomdossier.recorded import load_case
from infra.standins.hoomdossier.settings import HoomdossierSettings
from tests.fixtures import files, read
from tests.standins.econobis.recorder import recording
from tests.standins.hoomdossier.recorded_push import body_of, kind_of, tables
from tests.standins.receiver import eventually

RECORDED = {
    path.stem.removeprefix("hoomdossier_to_econobis__"): read(path)
    for path in files("vectors/wire/hoomdossier_to_econobis__*.json")
}
# Without the recordings with an exception thrown by hand inside the real job: no outside cause can repeat those.
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
    """When nothing was sent, the recording names the setting that was missing, or else calls were switched off."""
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
    """Hoomdossier's client has no timeout; many other clients have one of 5 seconds by default."""
    answer = {"status": 200, "headers": {}, "body": "[]", "delay_seconds": 5.5}
    with recording([answer]) as recorder:
        assert send(f"http://{recorder.host}/api", "key", "afspraak", {}) == Outcome(synced=True, status=200)


def requests(case: Row) -> list[Row]:
    return [*([case["request"]] if case["request"] else []), *case.get("further_requests", [])]


def answers(case: Row) -> list[Row]:
    """A redirect to itself repeats. The recorded wait of a minute is shortened; the slow test above waits longer."""
    given = case["response_given"] or {}
    given = {**given, "delay_seconds": min(given.get("delay_seconds", 0), LONGEST_WAIT)}
    return [given, *case.get("further_responses", [given] * 10)]


def outcome(case: Row) -> str:
    told = {"Counted as delivered": "synced", "LOST": "lost", "No HTTP request": "skipped"}
    (found,) = (ours for theirs, ours in told.items() if case["client_behaviour"].startswith(theirs))
    return found


def as_recorded(request: Row, host: str) -> Any:
    """The headers in order. Of a long body the length and the start, because the bytes of the report differ."""
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


# -- recordings that are not here ----------------------------------------------------------------------------------------


def made_up(kind: str, body: Row, **stub: Any) -> Row:
    job = {**JOBS, "delete": "SendUserDeletedToEconobis"}[kind]
    source = f"Hoomdossier app/Jobs/Econobis/Out/{job}.php + app/Services/Econobis/Payloads"
    return {
        "source_file": source,
        "request": {"body": encode_json(body)},
        "client_behaviour": "Counted as delivered",
        "stub_data": stub,
    }


BODIES = {
    path.stem: (kind, read(path))
    for kind in ("afspraak", "woning-status", "scan-status", "gebruik", "woonplan", "pdf")
    for path in files(f"examples/push-{kind}-request*.json")
}
ADVICES = "user_action_plan_advices"


def read_back(case: Row) -> str:
    """The body that the stand-in builds from the tables that were rebuilt from this recording."""
    database = Database()
    load_case(database, {"database_before": tables(case)})
    related = body_of(case)["account_related"]
    return encode_json(payloads.build(database, kind_of(case), database.row("buildings", related["building_id"]) or {}))


@pytest.mark.parametrize("name", BODIES)
def test_the_state_can_be_read_back_from_any_body(name: str) -> None:
    kind, body = BODIES[name]
    coaches = [[coach["user_id"], coach["contact_id"]] for coach in body.get("coaches", [])]
    given = dict(answers_in(body))
    case = made_up(kind, body, coaches=coaches, answers=given)
    if kind == "gebruik":  # The example has only some of the questions.
        whole = body_of(RECORDED["gebruik_answers"])
        case = made_up(kind, {**body, **{part: whole[part] | body[part] for part in ("current", "new")}}, answers=given)
    assert in_cents(read_back(case)) == in_cents(case["request"]["body"])


def in_cents(text: str) -> Any:
    """Keeps the order of keys, and rounds numbers to the two decimals of the examples."""
    return json.loads(text, parse_float=lambda number: round(float(number), 2), object_pairs_hook=list)


def answers_in(body: Row) -> Iterator[tuple[str, Any]]:
    for part in ("current", "new"):
        for short, one in body.get(part, {}).items():
            if isinstance(one["answers"], dict):
                yield short, one["answers"]["value"]
            elif one["answers"]:
                yield short, [answer["value"] for answer in one["answers"]]


RELATED = {"building_id": 7, "user_id": 8, "account_id": 9, "contact_id": "10"}
COACHES = [
    {"contact_id": number, "user_id": number, "building_id": number, "account_id": number} for number in (71, 50)
]


def test_coaches_come_in_the_order_in_which_they_were_linked_and_none_without_an_id() -> None:
    body = {"account_related": RELATED, "appointment_date": None, "coaches": COACHES}
    case = made_up("afspraak", body, coaches=[[71, 71], [60, None], [50, 50]])
    assert read_back(case) == case["request"]["body"]


def test_a_plan_in_full() -> None:
    own = {"measure_category": {"id": 3, "short": "floor", "name": "Vloer"}}
    common = {"savings_gas": "120.50", "savings_electricity": None, "co2_savings": 226.54}
    sized = {"measure_id": 12, "measure_type": "App\\Models\\MeasureApplication"}
    custom = {"measure_id": 12, "measure_type": "App\\Models\\CustomMeasureApplication", **own}
    cooperations = {"measure_id": 1, "measure_type": "App\\Models\\CooperationMeasureApplication", **own}
    advices = {
        "9": {"name": "Vloer", **common, **sized, "surface": 45, "execute_self": False},
        "3": {"name": "Panelen", **common, **sized, "measure_id": 4, "count": None, "execute_self": True},
        "5": {"name": "Kieren", **common, **sized, "measure_id": 5},
        "6": {"name": "Eigen", **common, **custom},
        "7": {"name": "Actie", **common, **cooperations},
    }
    comments = {"coach": "Eerst de vloer", "resident": "Goed – doen we"}
    body = {"account_related": RELATED, ADVICES: advices, "user_action_plan_advice_comments": comments}
    shorts = {9: "floor-insulation", 3: "solar-panels-place-replace", 5: "crack-sealing", 6: None, 8: None}
    stub = [
        {"id": id_, "kind": "c", "short": short, "name": "x", "user_action_plan_advisable_id": 90 + id_}
        for id_, short in shorts.items()
    ]
    assert read_back(made_up("woonplan", body, advices=stub)) == encode_json(body)
    empty = {"account_related": RELATED, ADVICES: [], "user_action_plan_advice_comments": []}
    assert read_back(made_up("woonplan", empty, advices=stub[-1:])) == encode_json(empty)
