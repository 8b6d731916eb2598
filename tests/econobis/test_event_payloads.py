"""What goes to Econobis' event endpoint: the keys it reads, and never a 500 for what Hoomdossier may have sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.standins.database import Database
from infra.standins.econobis.case import load_case
from infra.standins.econobis.endpoints import post
from shared.econobis.event_payloads import (
    PLAIN,
    appointment_payload,
    plan_payload,
    report_payload,
    with_coaches,
    with_contact,
)
from shared.errors import BadInput
from shared.hoomdossier.inbound import KEYS as OF_KIND
from shared.hoomdossier.inbound import KINDS, parse
from tests.fixtures import files, read

ACCOUNT = {"building_id": 333, "user_id": 1902, "account_id": 901, "contact_id": 4711}
COACH = {"contact_id": 500, "user_id": 50, "building_id": 5050, "account_id": 1050}
OTHER = {"contact_id": 501, "user_id": 51, "building_id": 5051, "account_id": 1051}
DATE = "2026-12-14 10:30:00"
KEYS = {
    "afspraak": {"account_related", "appointment_date", "coaches"},
    "woning-status": {"account_related", "status", "coaches"},
    "scan-status": {"account_related", "scans"},
    "gebruik": {"account_related", "current", "new"},
    "woonplan": {"account_related"},
    "pdf": {"account_related", "pdf"},
    "delete": {"account_related"},
}


def fitted(kind: str, raw: dict[str, Any], coach: int | None = None) -> dict[str, Any]:
    if kind == "afspraak":
        return appointment_payload(raw, coach)
    if kind == "woonplan":
        return plan_payload(raw, {}, keep_remarks=False)
    return report_payload(raw, "JVBERi0=") if kind == "pdf" else PLAIN[KINDS[kind]](raw)


def event(**keys: Any) -> dict[str, Any]:
    return {"account_related": ACCOUNT, **keys}


EXAMPLES = [path for path in files("examples/push-*-request*.json") if "nested" not in path.stem]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_goes_on_with_every_key_that_econobis_reads(path: Path) -> None:
    kind, raw = path.stem.removeprefix("push-").partition("-request")[0], read(path)
    payload = fitted(kind, raw)
    assert KEYS[kind] <= payload.keys()
    assert payload["account_related"] == raw["account_related"]


@pytest.mark.parametrize("kind", ["afspraak", "woning-status", "scan-status", "gebruik", "delete"])
def test_a_whole_example_goes_on_as_it_came(kind: str) -> None:
    raw = read(f"examples/push-{kind}-request.json")
    assert fitted(kind, raw) == raw


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_there_when_hoomdossier_sent_almost_nothing(kind: str) -> None:
    payload = fitted(kind, {"account_related": {"building_id": 333}})
    assert payload.keys() == KEYS[kind]
    assert payload["account_related"] == {"building_id": 333, "user_id": None, "account_id": None, "contact_id": None}


# -- appointment -------------------------------------------------------------------------------------------------------


def test_coach_who_has_the_visit_goes_first_and_the_others_keep_their_order() -> None:
    raw = event(appointment_date=DATE, coaches=[OTHER, {**OTHER, "contact_id": 502}, COACH])
    assert [it["contact_id"] for it in appointment_payload(raw, 500)["coaches"]] == [500, 501, 502]
    assert [it["contact_id"] for it in appointment_payload(raw, None)["coaches"]] == [501, 502, 500]
    assert [it["contact_id"] for it in raw["coaches"]] == [501, 502, 500], "what Hoomdossier sent is not changed"


def test_coach_of_the_visit_is_the_only_one_where_hoomdossier_knows_none() -> None:
    """Econobis refuses an appointment without a coach (known-limits C3)."""
    raw = event(appointment_date=DATE)
    assert appointment_payload(raw, 500)["coaches"] == [{"contact_id": 500}]
    assert appointment_payload(raw, None)["coaches"] == []


def test_coach_of_the_visit_who_is_not_linked_is_not_put_before_those_who_are() -> None:
    raw = event(appointment_date=DATE, coaches=[OTHER])
    assert appointment_payload(raw, 500)["coaches"] == [OTHER]


def test_coach_without_a_contact_is_left_out() -> None:
    raw = event(appointment_date=DATE, coaches=[{**OTHER, "contact_id": None}, {}, COACH])
    assert appointment_payload(raw, None)["coaches"] == [COACH]


def test_removed_appointment_is_null() -> None:
    payload = appointment_payload(event(appointment_date=None, coaches=[COACH]), 500)
    assert payload == event(appointment_date=None, coaches=[COACH])
    assert appointment_payload(event(coaches=[COACH]), 500)["appointment_date"] is None


def test_merged_contacts_are_those_of_today() -> None:
    raw = event(appointment_date=DATE, coaches=[COACH, OTHER])
    today = {500: 505}
    merged = with_coaches(with_contact(raw, 4712), lambda id_: today.get(id_, id_))
    assert merged["account_related"] == {**ACCOUNT, "contact_id": 4712}
    assert merged["coaches"] == [{**COACH, "contact_id": 505}, OTHER]
    assert raw["account_related"] is ACCOUNT
    assert ACCOUNT["contact_id"] == 4711


# -- home data and plan ------------------------------------------------------------------------------------------------


def test_answers_keep_a_form_that_econobis_can_read() -> None:
    question = {"id": 5, "short": "roof-type", "name": "Daktype"}
    one = {"value": 1, "name": "Hellend dak", "short": "pitched"}
    shapes = {
        "one": one,
        "several": [one, {"name": "zonder waarde"}],
        "none": [],
        "null": None,
        "odd": "x",
        "nested": {"value": [1]},
    }
    current = {short: {**question, "short": short, "answers": answers} for short, answers in shapes.items()}
    payload = PLAIN["usage"](event(current=current, new=[]))
    found = {short: asked["answers"] for short, asked in payload["current"].items()}
    assert found == {"one": one, "several": [one], "none": [], "null": [], "odd": [], "nested": []}
    assert payload["new"] == {}


def test_questions_in_a_list_get_their_names_back() -> None:
    """PHP writes an object with the keys 0, 1, ... as a list, and Econobis passes over index 0 (known-limits D10)."""
    payload = PLAIN["usage"](event(current=[{"short": "surface", "answers": []}, {"answers": []}, "x"], new=None))
    assert payload["current"] == {"surface": {"short": "surface", "answers": []}}


ADVICES = read("examples/push-woonplan-request.json")["user_action_plan_advices"]


def measures(plan: dict[str, Any], measure_ids: dict[str, str]) -> list[Any]:
    made = plan_payload(event(user_action_plan_advices=plan), measure_ids, keep_remarks=False)
    return [advice["measure_id"] for advice in made["user_action_plan_advices"].values()]


@pytest.mark.parametrize(
    ("measure_ids", "sent"),
    [
        ({}, [1, 18, "overig-uit-hoomdossier"]),
        ({"1": "vloer", "77": "muur"}, ["vloer", 18, "overig-uit-hoomdossier"]),
        ({"MeasureApplication:18": "zon", "CustomMeasureApplication:77": "folie"}, [1, "zon", "folie"]),
        ({"App\\Models\\CustomMeasureApplication:77": "folie"}, [1, 18, "folie"]),
    ],
)
def test_measure_of_another_table_is_never_taken_for_one_with_the_same_number(
    measure_ids: dict[str, str], sent: list[Any]
) -> None:
    """Econobis compares the number alone (known-limits D7)."""
    assert measures(ADVICES, measure_ids) == sent


def test_advice_loses_only_what_econobis_cannot_read() -> None:
    made = plan_payload(event(user_action_plan_advices=ADVICES), {}, keep_remarks=False)["user_action_plan_advices"]
    assert made["98211"] == ADVICES["98211"]
    assert made["98230"] == {
        **{key: value for key, value in ADVICES["98230"].items() if key != "measure_category"},
        "measure_id": "overig-uit-hoomdossier",
    }
    long = plan_payload(event(user_action_plan_advices=[{"name": "x" * 300}]), {}, keep_remarks=False)
    assert [len(advice["name"]) for advice in long["user_action_plan_advices"].values()] == [191]


@pytest.mark.parametrize(
    "plan",
    [[{"name": "a"}, {"name": "b"}], {"0": {"name": "a"}, "1": {"name": "b"}}, {"": {"name": "a"}, "1": {"name": "b"}}],
)
def test_first_advice_of_a_list_is_not_passed_over(plan: Any) -> None:
    made = plan_payload(event(user_action_plan_advices=plan), {}, keep_remarks=False)["user_action_plan_advices"]
    assert [advice["name"] for advice in made.values()] == ["a", "b"]
    assert not {"", "0"} & made.keys()


def test_no_advices_is_no_key_and_an_empty_plan_is_empty() -> None:
    """Without the key Econobis changes nothing; with an empty plan it takes all measures away (known-limits D8)."""
    assert "user_action_plan_advices" not in plan_payload(event(), {}, keep_remarks=False)
    assert plan_payload(event(user_action_plan_advices=[]), {}, keep_remarks=False)["user_action_plan_advices"] == {}


@pytest.mark.parametrize(
    ("comments", "keep", "sent"),
    [
        ({"resident": "a", "coach": "b"}, False, {"resident": "a", "coach": "b"}),
        ({"coach": "b", "other": "c"}, False, {"coach": "b"}),
        ([], False, {}),
        ({"resident": ["a"]}, False, {}),
        ({"resident": "a"}, True, None),
        (None, False, None),
    ],
)
def test_remarks_go_along_only_when_the_cooperation_wants_them_overwritten(
    comments: Any, keep: bool, sent: Any
) -> None:
    raw = event(user_action_plan_advice_comments=comments)
    assert plan_payload(raw, {}, keep_remarks=keep).get("user_action_plan_advice_comments") == sent


# -- the stand-in's own judgement --------------------------------------------------------------------------------------


class Econobis:
    """The stand-in, on the database of the recordings."""

    def __init__(self) -> None:
        self.database = Database()

    def post(self, kind: str, payload: dict[str, Any]) -> tuple[int, Any]:
        load_case(self.database, {"database_before": read("vectors/endpoints/fixture.json")})
        return post(self.database, "KEY", kind, json.dumps(payload).encode())


@pytest.fixture(scope="module")
def econobis() -> Econobis:
    return Econobis()


def test_an_appointment_arrives(econobis: Econobis) -> None:
    status, lines = econobis.post(
        "afspraak", appointment_payload(event(appointment_date=DATE, coaches=[OTHER, COACH]), 500)
    )
    assert status == 200, lines


ENDPOINT_CASES = [case for case in read("vectors/endpoints/econobis_endpoint_cases.json") if case["status"] == 500]


@pytest.mark.parametrize("case", ENDPOINT_CASES, ids=lambda case: case["name"])
def test_what_crashed_the_real_econobis_is_refused_at_the_door_or_made_to_fit(econobis: Econobis, case: Any) -> None:
    body = case["body"] if isinstance(case["body"], str) else json.dumps(case["body"])
    try:
        parsed = parse("afspraak", body.encode())
    except BadInput:
        return
    status, lines = econobis.post("afspraak", appointment_payload(parsed.raw, None))
    assert status != 500, lines


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.sampled_from(["", "0", "x", "12", DATE]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["", "0", "1", "short", "value", "name", "answers", "measure_id", "measure_type", "count", "contact_id"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
OWN = sorted({key.rstrip("!") for keys in OF_KIND.values() for key in keys})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.sampled_from(OWN), JSON))
def test_whatever_gets_through_the_door_is_no_crash_in_econobis(econobis: Econobis, kind: str, keys: Any) -> None:
    """A 500 there is mailed to the cooperation's staff, each time (known-limits D4)."""
    try:
        told = parse(kind, json.dumps(event(**keys)).encode())
    except BadInput:
        return
    if told.unreadable:
        return  # It is for a person, and never goes.
    status, lines = econobis.post(kind, fitted(kind, told.payload, 500))
    assert status != 500, lines
