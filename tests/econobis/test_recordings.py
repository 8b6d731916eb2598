"""The meaning of every recorded answer of the real Econobis, checked with its database after the call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.econobis.answers import (
    AccountDiffers,
    AccountNotStoredYet,
    BrokenAnswer,
    ContactGone,
    KeyUnknown,
    NoAddress,
    NoRoomInMinute,
    NotACoach,
    RolledBack,
    StillInUse,
    SwitchedOff,
    VisitNotFound,
    WebformAnswer,
)
from shared.errors import OutcomeUnknown, PeerError, Refused, TooFast
from tests.econobis.peer import answer, running
from tests.fixtures import files, read

Exchange = dict[str, Any]
# Without the recordings of the employee's screen and the list of ids.
WEBFORM = [
    path
    for path in files("vectors/webform/*.json")
    if "/webform/external/" in read(path).get("request", {}).get("path", "")
]
BY_WORKFLOW = "Workflow kans maken uitgevoerd."
FOUND = r"Actie bij contact: ([0-9]+)"
CONTACT_PERSON = r"Contactpersoon met id ([0-9]+) aangemaakt\."
VISIT = 2  # The id of the action "visit" (reference_ids.json).


def exchanges(recording: Exchange) -> Iterator[Exchange]:
    yield recording
    yield from (later for later in recording.get("further_exchanges", []) if "status" in later)


def submit(exchange: Exchange) -> WebformAnswer | PeerError:
    with running(answer(exchange["status"], exchange["response"])) as (_, econobis):
        try:
            return econobis.submit_webform({"achternaam": "Nieuw"}, 10)
        except PeerError as error:
            return error


def created(recording: Exchange, table: str, **wanted: Any) -> set[int]:
    rows = recording["database_after"].get(table, {}).get("created", [])
    return {row["id"] for row in rows if all(row.get(key) == value for key, value in wanted.items())}


def logged(pattern: str, *calls: Exchange) -> set[int]:
    """The ids in the lines that this pattern fits."""
    lines = [line for call in calls for line in call["response"] if isinstance(line, str)]
    return {int(match[1]) for line in lines if (match := re.fullmatch(pattern, line))}


@pytest.mark.parametrize("path", WEBFORM, ids=lambda path: path.stem)
def test_the_ids_of_a_recorded_form_are_those_of_its_database(path: Path) -> None:
    recording = read(path)
    calls = [*exchanges(recording)]
    outcomes = [submit(call) for call in calls]
    answers = [outcome for outcome in outcomes if isinstance(outcome, WebformAnswer)]
    if any(isinstance(outcome, OutcomeUnknown) for outcome in outcomes):
        return  # An unknown outcome claims nothing.
    made = {
        outcome.contact_id
        for call, outcome in zip(calls, outcomes, strict=True)
        if isinstance(outcome, WebformAnswer) and outcome.contact_id and not logged(FOUND, call)
    }
    unread = created(recording, "contacts", type_id="organisation") | logged(CONTACT_PERSON, *calls)
    assert made - unread == created(recording, "contacts") - unread
    assert {it.intake_id for it in answers if it.intake_id and not it.intake_found} == created(recording, "intakes")
    assert all(bool(it.why_no_intake) != bool(it.intake_id) for it in answers)
    if any(BY_WORKFLOW in call["response"] for call in calls):
        return  # No line has the ids of rows that a workflow made.
    assert {id_ for it in answers for id_ in it.opportunity_ids} >= created(recording, "opportunities")
    assert {id_ for it in answers for id_ in it.visit_ids} >= created(
        recording, "quotation_requests", opportunity_action_id=VISIT
    )


@pytest.mark.parametrize("path", WEBFORM, ids=lambda path: path.stem)
def test_a_recorded_refusal_left_nothing_behind(path: Path) -> None:
    """Refused, TooFast and Unavailable promise that nothing happened, and the recorded database proves it."""
    recording = read(path)
    outcomes = [submit(exchange) for exchange in exchanges(recording)]
    if all(isinstance(outcome, PeerError) and not isinstance(outcome, OutcomeUnknown) for outcome in outcomes):
        assert not any("created" in rows or "changed" in rows for rows in recording["database_after"].values())


@pytest.mark.parametrize("path", WEBFORM, ids=lambda path: path.stem)
def test_a_recorded_status_has_its_class(path: Path) -> None:
    for exchange in exchanges(read(path)):
        outcome = submit(exchange)
        status, response = exchange["status"], exchange["response"]
        if status == 200:
            assert isinstance(outcome, WebformAnswer)
        elif status == 500:
            assert type(outcome) is (RolledBack if isinstance(response, list) else BrokenAnswer)
        elif "Maximum aantal" in str(response) or status == 429:
            assert isinstance(outcome, TooFast)
        else:
            assert isinstance(outcome, Refused)
            assert any(line == f"Fout opgetreden: {outcome.reason}" for line in response)


def test_the_recordings_show_every_outcome() -> None:
    """Otherwise the three tests above could pass without a case."""
    seen = {type(submit(exchange)) for path in WEBFORM for exchange in exchanges(read(path))}
    assert seen >= {WebformAnswer, RolledBack, BrokenAnswer, KeyUnknown, ContactGone, Refused}


@pytest.mark.parametrize(
    ("name", "wanted"),
    {
        "upc_by_number": {"contact_id": 101, "intake_id": None},
        "nat_shared_email_first_contact_wins": {"contact_id": 102},
        "ncg_forced_wins_over_number": {"contact_id": 1001},
        "cct_intake_fields_are_dropped": {"contact_id": 101, "intake_id": None, "why_no_intake": "Taak met id 9002 aangemaakt."},
        "organisation_new": {"contact_id": None},
        "organisation_new_with_contact_person": {"contact_id": None, "intake_id": 6001},
        "intake_extern_known_other_contact": {"intake_id": 11, "intake_found": True, "opportunity_ids": [7001]},
        "intake_extern_known_other_case": {"intake_id": 11, "intake_found": True},
        "intake_two_measures": {"intake_id": 6001, "intake_found": False, "opportunity_ids": [7001, 7002]},
        "quotation_request_with_amount": {"visit_ids": []},
        "encrypted_kansactie_id_and_hoomdossier": {
            "contact_id": None, "visit_ids": [31], "opportunity_ids": [21], "dossier": "none",
        },
        "hoom_answer_201": {"dossier": "asked"},
        "hoom_answer_503_html": {"dossier": "none"},
        "hoom_value_false_json": {"dossier": "none"},
        "visit_status_update_2": {"visit_status_updated": True, "intake_id": None},
        "visit_status_update_0": {"visit_status_updated": None},
    }.items(),
)  # fmt: skip
def test_what_a_recorded_form_did(name: str, wanted: dict[str, Any]) -> None:
    outcome = submit(read(f"vectors/webform/{name}.json"))
    assert {key: getattr(outcome, key) for key in wanted} == wanted


EXAMPLES: dict[str, type[PeerError] | None] = {
    "webform-response-200": None,
    "webform-response-200-hoomdossier-error": None,
    "webform-response-200-intake-found": None,
    "webform-response-200-visit-not-found": None,
    "webform-response-200-visit-status": None,
    "webform-response-404": KeyUnknown,
    "webform-response-422": Refused,
    "webform-response-422-campaign": Refused,
    "webform-response-422-contact-number": ContactGone,
    "webform-response-422-rate-limited": NoRoomInMinute,
    "webform-response-429-throttle": TooFast,
    "webform-response-500": RolledBack,
    "webform-response-500-after-commit": BrokenAnswer,
    "push-afspraak-response-200": None,
    "push-delete-response-200": None,
    "push-gebruik-response-200": None,
    "push-pdf-response-200": None,
    "push-scan-status-response-200": None,
    "push-woning-status-response-200": None,
    "push-woning-status-response-200-other-status": None,
    "push-woning-status-response-200-was-default": None,
    "push-woonplan-response-200": None,
    "push-woonplan-response-200-empty": None,
    "push-afspraak-response-404-no-coach": Refused,
    "push-afspraak-response-404-no-coaches-tag": Refused,
    "push-afspraak-response-404-no-date": Refused,
    "push-afspraak-response-404-not-a-coach": NotACoach,
    "push-afspraak-response-404-not-found": VisitNotFound,
    "push-any-response-404-account-mismatch": AccountNotStoredYet,
    "push-any-response-404-account-missing": Refused,
    "push-any-response-404-building-missing": Refused,
    "push-any-response-404-contact-missing": Refused,
    "push-any-response-404-contact-not-found": ContactGone,
    "push-any-response-404-endpoint-not-found": KeyUnknown,
    "push-any-response-404-no-account-related": Refused,
    "push-any-response-404-no-payload": Refused,
    "push-any-response-404-no-sync": SwitchedOff,
    "push-any-response-422-no-primary-address": NoAddress,
    "push-any-response-422-rate-limited": NoRoomInMinute,
    "push-any-response-429-throttle": TooFast,
    "push-any-response-500": RolledBack,
    "push-delete-response-404-open-opportunities": StillInUse,
    "push-delete-response-412": StillInUse,
    "push-pdf-response-404-no-content": Refused,
    "push-woning-status-response-404-no-status": Refused,
    "push-woning-status-response-404-not-found": VisitNotFound,
}


def test_every_example_of_an_answer_has_a_class() -> None:
    found = {path.stem for kind in ("webform", "push") for path in files(f"examples/{kind}-*response-*.json")}
    assert found == EXAMPLES.keys()


@pytest.mark.parametrize(("name", "wanted"), EXAMPLES.items())
def test_an_example_is_of_its_class(name: str, wanted: type[PeerError] | None) -> None:
    listed = read("examples/index.json")[f"{name}.json"]
    behaviour = answer(listed["status"], read(f"examples/{name}.json"), **listed.get("headers", {}))
    with running(behaviour) as (_, econobis):
        call = (
            econobis.submit_webform if name.startswith("webform") else lambda _, time: econobis.push("report", {}, time)
        )
        if wanted is None:
            call({}, 10)
            return
        with pytest.raises(PeerError) as raised:
            call({}, 10)
    assert type(raised.value) is wanted
    assert raised.value.code == listed["status"]


ENDPOINT_CASES = read("vectors/endpoints/econobis_endpoint_cases.json")


@pytest.mark.parametrize("case", ENDPOINT_CASES, ids=lambda case: case["name"])
def test_a_recorded_push_has_its_class(case: dict[str, Any]) -> None:
    body = case["response_messages"] if case["uncaught"] is None else {"message": "Server Error"}
    with running(answer(case["status"], body)) as (_, econobis):
        if case["status"] == 200:
            econobis.push("appointment", {}, 10)
            return
        with pytest.raises(PeerError) as raised:
            econobis.push("appointment", {}, 10)
    if case["uncaught"]:
        assert type(raised.value) is BrokenAnswer
    elif case["status"] == 500:
        assert type(raised.value) is RolledBack
    else:
        assert f"Fout opgetreden: {raised.value.reason}" in body
        wanted = next((kind for text, kind in PUSH_CLASSES.items() if raised.value.reason.startswith(text)), Refused)
        assert type(raised.value) is wanted


PUSH_CLASSES: dict[str, type[PeerError]] = {
    "Maximum aantal aanroepen": NoRoomInMinute,
    "Endpoint not found": KeyUnknown,
    "Cooperation doesn't": SwitchedOff,
    "Contact 1 not found": ContactGone,
    "Mismatch account_id 901 (Hoom account id for contact in Econobis: empty)": AccountNotStoredYet,
    "Mismatch account_id": AccountDiffers,
    "Geen woningdossier": NoAddress,
    "Afspraak niet": VisitNotFound,
    "Gekoppelde coach": NotACoach,
    "Woningdossier heeft": StillInUse,
}
