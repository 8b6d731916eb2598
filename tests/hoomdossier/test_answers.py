"""Edge cases of the meaning of Hoomdossier's answers, without a connection."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from shared.call_peer import Answer
from shared.domain.application import Registered
from shared.errors import OutcomeUnknown, PeerError, Refused, TooFast, Unavailable
from shared.hoomdossier.answers import (
    AlreadyRegistered,
    CooperationUnknown,
    KeyRevoked,
    NoAccess,
    NoSuchPage,
    ServerFault,
    registered,
    success,
)

LARGEST = 2**53 - 1


def said(status: int, body: Any = None, *, repeatable: bool = False) -> PeerError:
    with pytest.raises(PeerError) as raised:
        success(Answer(status, httpx.Headers(), json.dumps(body).encode()), wait=None, repeatable=repeatable)
    assert raised.value.code == status
    return raised.value


@pytest.mark.parametrize(("account_id", "kept"), [(1, 1), ("1", 1), (LARGEST, LARGEST), (str(LARGEST), LARGEST)])
def test_every_whole_number_that_json_keeps_is_an_account(account_id: int | str, kept: int) -> None:
    assert registered({"account_id": account_id, "user_id": account_id}, 201) == Registered(kept, kept)


@pytest.mark.parametrize("account_id", [0, "0", -1, LARGEST + 1, str(LARGEST + 1), "9" * 5000, "1 ", "+1", 1.0, True])
def test_everything_else_is_none(account_id: Any) -> None:
    with pytest.raises(OutcomeUnknown, match="niet welk account") as raised:
        registered({"account_id": account_id}, 202)
    assert raised.value.code == 202


@pytest.mark.parametrize("status", [199, 300])
@pytest.mark.parametrize("body", [{"account_id": 1}, []])
def test_only_a_status_of_200_to_299_is_a_success(status: int, body: Any) -> None:
    assert type(said(status, body)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (401, "kent de sleutel van de koppeling niet"),
        (403, "geeft geen toegang"),
        (404, "staat de koppeling van Hoomdossier niet"),
        (429, "te veel aanroepen"),
        (502, "antwoordde met status 502"),
    ],
)
def test_a_status_has_a_reason_in_dutch(status: int, text: str) -> None:
    assert text in said(status).reason


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_only_a_422_has_reasons_per_field(status: int) -> None:
    """A body of this form with another status is not about the fields."""
    error = said(status, {"email": ["Het e-mailadres is al geregistreerd"]})
    assert error.fields == {}
    assert "e-mailadres" not in error.reason
    assert not isinstance(error, AlreadyRegistered)


def test_a_cooperation_is_unknown_only_where_it_says_so() -> None:
    text = "No query results for model [App\\Models\\Cooperation] dorp"
    assert type(said(404, {"message": text})) is CooperationUnknown
    assert type(said(404, {"message": "No query results for model [App\\Models\\Building]"})) is NoSuchPage
    assert type(said(404, {"message": [text]})) is NoSuchPage
    assert type(said(500, {"message": text})) is OutcomeUnknown


def test_only_maintenance_proves_that_nothing_was_done() -> None:
    assert type(said(503, {"message": "Service Unavailable"})) is Unavailable
    assert type(said(503, {"message": "Too busy"})) is OutcomeUnknown
    assert type(said(500, {"message": "Service Unavailable"})) is OutcomeUnknown


def test_what_may_be_repeated_is_never_unknown() -> None:
    fault = said(500, repeatable=True)
    assert (type(fault), fault.peer_is_down) == (ServerFault, False)
    for status in (204, 300, 501, 502, 504):
        assert type(said(status, repeatable=True)) is Unavailable


@pytest.mark.parametrize("body", [{"errors": {"email": ["Vul in", 7, None]}, "message": "x"}, {"email": ["Vul in"]}])
def test_texts_are_taken_from_the_usual_wrapper_too_and_nothing_else(body: Any) -> None:
    error = said(422, body)
    assert (type(error), error.fields, error.reason) == (Refused, {"email": ["Vul in"]}, "Vul in")


def test_a_reason_is_one_line_of_at_most_500_characters() -> None:
    error = said(422, {"email": ["Eerste\n  regel", "x" * 600]})
    assert error.reason.startswith("Eerste regel xxx")
    assert len(error.reason) == 500


BEFORE_THE_WORK: dict[type[PeerError], set[int]] = {
    KeyRevoked: {401},
    NoAccess: {403},
    NoSuchPage: {301, 302, 303, 307, 308, 404, 405},
    Refused: {400, 406, 411, 413, 414, 415, 422, 431},
    Unavailable: {408, 425},
    TooFast: {429},
}


@pytest.mark.parametrize("kind", BEFORE_THE_WORK)
def test_only_these_statuses_prove_that_nothing_was_done(kind: type[PeerError]) -> None:
    """After every other status a registration is unknown, and is not repeated."""
    assert {status for status in range(200, 600) if type(said(status)) is kind} == BEFORE_THE_WORK[kind]
