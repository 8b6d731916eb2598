"""The meaning of every recorded answer of the real Hoomdossier, checked with its database after the call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shared.domain.application import Registered
from shared.errors import OutcomeUnknown, PeerError, Refused, TooFast, Unavailable
from shared.hoomdossier.answers import (
    AlreadyRegistered,
    CooperationUnknown,
    KeyRevoked,
    NoAccess,
    NoSuchPage,
    NotRegistered,
    ServerFault,
)
from tests.fixtures import files, read
from tests.hoomdossier.peer import client, running
from tests.standins.econobis.recorder import recording
from tests.world.scripted_peer import answer

Exchange = dict[str, Any]
RECORDINGS = [path for path in files("vectors/hoomdossier_controllers/*.json") if path.name != "fixture.json"]
COACH, RESIDENT = (f"building_coach_statuses.{who}_contact_id" for who in ("coach", "resident"))


def exchanges(recording: Exchange) -> Iterator[Exchange]:
    yield recording
    yield from (later for later in recording.get("further_exchanges", []) if "status" in later)


def outcome(exchange: Exchange) -> Registered | PeerError | None:
    with running(answer(exchange["status"], exchange["response"])) as (_, hoomdossier):
        try:
            if exchange["request"]["path"].endswith("/register"):
                return hoomdossier.register({}, 5)
            return hoomdossier.link_coach(500, 777, 5)
        except PeerError as error:
            return error


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recorded_answer_has_its_meaning(path: Path) -> None:
    for exchange in exchanges(read(path)):
        is_register = exchange["request"]["path"].endswith("/register")
        found, status = outcome(exchange), exchange["status"]
        already = "De opgegeven coach is al gekoppeld aan de gegeven woning." in str(exchange["response"])
        if status == 201:
            assert found == Registered(**exchange["response"])
        elif status == 200 or already:
            assert found is None
        elif status == 500:
            assert type(found) is (OutcomeUnknown if is_register else ServerFault)
        else:
            assert isinstance(found, Refused)
            assert found.fields == exchange["response"]
            assert not found.peer_is_down


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_an_account_that_we_say_was_made_or_refused_was(path: Path) -> None:
    """Refused promises that nothing happened, and the recorded database proves it."""
    recording = read(path)
    found = [outcome(exchange) for exchange in exchanges(recording)]
    users = {row["id"] for row in recording["database_after"].get("users", {}).get("created", [])}
    registered = {it.user_id for it in found if isinstance(it, Registered)}
    if not any(isinstance(it, OutcomeUnknown) for it in found):
        assert users == registered
    if all(isinstance(it, Refused) for it in found):
        assert not any("created" in rows or "changed" in rows for rows in recording["database_after"].values())


@pytest.mark.parametrize(
    ("name", "email", "contact_id"),
    [
        ("register__email_taken", True, False),
        ("register__email_taken_other_case", True, False),
        ("register__contact_id_taken_as_string", False, True),
        ("register__twice_same_body", True, True),
        ("register__error_after_cooperation_link_then_retry_422", True, True),
    ],
)
def test_a_taken_address_and_a_taken_contact_id_are_told_apart(name: str, email: bool, contact_id: bool) -> None:
    found = [outcome(exchange) for exchange in exchanges(read(f"vectors/hoomdossier_controllers/{name}.json"))][-1]
    assert isinstance(found, AlreadyRegistered)
    assert (found.email_taken, found.contact_id_taken) == (email, contact_id)


def test_the_recordings_show_every_outcome() -> None:
    seen = {type(outcome(exchange)) for path in RECORDINGS for exchange in exchanges(read(path))}
    assert seen == {Registered, type(None), OutcomeUnknown, ServerFault, Refused, AlreadyRegistered, NotRegistered}


EXAMPLES: dict[str, type[PeerError] | None] = {
    "hoomdossier-coach-link-422-already-linked": None,
    "hoomdossier-coach-link-422-both-unknown": NotRegistered,
    "hoomdossier-coach-link-422-coach-unknown": NotRegistered,
    "hoomdossier-coach-link-422-missing": Refused,
    "hoomdossier-coach-link-422-no-access": Refused,
    "hoomdossier-coach-link-422-resident-unknown": NotRegistered,
    "hoomdossier-coach-link-422-wrong-role": Refused,
    "hoomdossier-coach-link-response-200": None,
    "hoomdossier-ping-response-200": None,
    "hoomdossier-register-response-201": None,
    "hoomdossier-register-response-201-existing-account": None,
    "hoomdossier-register-response-422-address": Refused,
    "hoomdossier-register-response-422-contact-id-taken": AlreadyRegistered,
    "hoomdossier-register-response-422-email-and-contact-id-taken": AlreadyRegistered,
    "hoomdossier-register-response-422-email-taken": AlreadyRegistered,
    "hoomdossier-register-response-422-phone": Refused,
    "hoomdossier-register-response-422-required": Refused,
    "hoomdossier-register-response-422-tool-questions": Refused,
    "hoomdossier-response-401": KeyRevoked,
    "hoomdossier-response-403": NoAccess,
    "hoomdossier-response-404-unknown-cooperation": CooperationUnknown,
    "hoomdossier-response-429": TooFast,
    "hoomdossier-response-500": OutcomeUnknown,
}


def test_every_example_of_an_answer_has_a_class() -> None:
    assert {path.stem for path in files("examples/hoomdossier-*.json")} == EXAMPLES.keys()


@pytest.mark.parametrize(("name", "wanted"), EXAMPLES.items())
def test_an_example_is_of_its_class(name: str, wanted: type[PeerError] | None) -> None:
    listed = read("examples/index.json")[f"{name}.json"]
    script = answer(listed["status"], read(f"examples/{name}.json"), **listed.get("headers", {}))
    with running(script) as (_, hoomdossier):
        call = partial(hoomdossier.register, {}, 5)
        if "coach-link" in name:
            call = partial(hoomdossier.link_coach, 87, 2481, 5)
        elif "ping" in name:
            call = partial(hoomdossier.ping, 5)
        if wanted is None:
            call()
            return
        with pytest.raises(PeerError) as raised:
            call()
    assert type(raised.value) is wanted
    assert raised.value.code == listed["status"]
    assert raised.value.peer_is_down is (wanted in (KeyRevoked, NoAccess, CooperationUnknown, OutcomeUnknown))


@pytest.mark.parametrize(
    ("name", "coach", "resident"),
    [("both", True, True), ("coach", True, False), ("resident", False, True)],
)
def test_who_is_not_registered_is_named(name: str, coach: bool, resident: bool) -> None:
    body = read(f"examples/hoomdossier-coach-link-422-{name}-unknown.json")
    with running(answer(422, body)) as (_, hoomdossier), pytest.raises(NotRegistered) as raised:
        hoomdossier.link_coach(87, 2481, 5)
    assert (raised.value.coach, raised.value.resident) == (coach, resident)


def test_a_reason_that_a_person_must_mend_is_no_waiting_for_an_account() -> None:
    """The coach's role is wrong and the resident unknown: waiting for the resident would hide the wrong role."""
    fields = {
        **read("examples/hoomdossier-coach-link-422-wrong-role.json"),
        **read("examples/hoomdossier-coach-link-422-resident-unknown.json"),
    }
    with running(answer(422, fields)) as (_, hoomdossier), pytest.raises(Refused) as raised:
        hoomdossier.link_coach(87, 2481, 5)
    assert type(raised.value) is Refused
    assert raised.value.reason == " ".join(texts[0] for texts in fields.values())


def test_linked_already_but_without_consent_is_told() -> None:
    fields = {
        **read("examples/hoomdossier-coach-link-422-already-linked.json"),
        **read("examples/hoomdossier-coach-link-422-no-access.json"),
    }
    with running(answer(422, fields)) as (_, hoomdossier), pytest.raises(Refused) as raised:
        hoomdossier.link_coach(87, 2481, 5)
    assert raised.value.fields == fields


WIRE = {path.stem: read(path) for path in files("vectors/wire/econobis_to_hoomdossier__*.json")}
ANSWERED = [name for name, case in WIRE.items() if case["response_given"]]
BY_STATUS: dict[int, type[PeerError]] = {
    **dict.fromkeys((301, 302, 303, 307, 308, 404), NoSuchPage),
    **dict.fromkeys((400, 422), Refused),
    401: KeyRevoked,
    403: NoAccess,
    429: TooFast,
}


@pytest.mark.parametrize("name", ANSWERED)
def test_answers_that_the_real_econobis_was_given(name: str) -> None:
    given = WIRE[name]["response_given"]
    wanted = wanted_of(given)
    with recording([{**given, "delay_seconds": 0}]) as recorder, client(f"http://{recorder.host}") as hoomdossier:
        if isinstance(wanted, Registered):
            assert hoomdossier.register({}, 5) == wanted
            return
        with pytest.raises(wanted) as raised:
            hoomdossier.register({}, 5)
    if after := given.get("headers", {}).get("Retry-After"):
        assert raised.value.retry_after == int(after)


def wanted_of(given: dict[str, Any]) -> Any:
    """Each recorded answer to Econobis, read as the answer to a registration."""
    status, body = given.get("status", 0), (given.get("body") or "").removeprefix("\ufeff")
    if status == 503 and "Service Unavailable" in body:
        return Unavailable
    if kind := BY_STATUS.get(status):
        return kind
    said = json.loads(body) if 200 <= status < 300 and body.startswith("{") and body.endswith("}") else {}
    if str(said.get("account_id", "")).isdigit():
        return Registered(int(said["account_id"]), int(said.get("user_id", 0)))
    return OutcomeUnknown
