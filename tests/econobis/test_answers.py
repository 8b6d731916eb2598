"""Edge cases of the meaning of Econobis' log lines, without a connection."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.econobis.answers import (
    BrokenAnswer,
    NotEconobis,
    WebformAnswer,
    read_webform_answer,
    success_lines,
)
from shared.errors import OutcomeUnknown, PeerError, Refused, TooFast, Unavailable

COMMITTED = (
    "Aanroep succesvol afgerond tot nu toe. "
    "Eventueel verwerken van deelname, order, taak en aanmaak Hoomdossier volgen nog."
)
LOGGED = "Log is gelogd naar het applicatielog."
UNDONE = "Gehele API aanroep is ongedaan gemaakt!"
ANSWER = ["Actie: UPC", "Actie bij contact: 7", "Intake met id 5 aangemaakt en gekoppeld aan adres id 8."]


def read(*lines: str) -> WebformAnswer:
    return read_webform_answer([*ANSWER, *lines], lambda text: text.replace("geheim", "***"))


def said(status: int, body: Any) -> PeerError:
    with pytest.raises(PeerError) as raised:
        success_lines(status, json.dumps(body).encode(), retry_after=None, redact=lambda text: text)
    return raised.value


@pytest.mark.parametrize(
    ("line", "updated"),
    [
        ("Kansactie bezoek gevonden voor contact, coach en campagne. Status bijgewerkt van 1 naar 2", True),
        ("Geen kansactie bezoek gevonden voor contact, coach en campagne, status kan niet worden bijgewerkt.", False),
        ("iets anders", None),
    ],
)
def test_whether_the_visits_status_was_updated(line: str, updated: bool | None) -> None:
    assert read(line).visit_status_updated is updated


def test_without_an_intake_the_last_remark_says_why_and_holds_no_key() -> None:
    answer = read_webform_answer(["Actie: CCT", "Jan geheim", LOGGED], lambda text: text.replace("geheim", "***"))
    assert (answer.intake_id, answer.why_no_intake) == (None, "Jan ***")
    assert read_webform_answer([LOGGED], str).why_no_intake == "geen intake"
    assert read("Jan", LOGGED).why_no_intake == ""


@pytest.mark.parametrize("status", [199, 300, 304])
def test_only_a_status_of_200_to_299_is_a_success(status: int) -> None:
    assert isinstance(said(status, [*ANSWER, LOGGED]), BrokenAnswer)


@pytest.mark.parametrize(("status", "kind"), [(199, OutcomeUnknown), (299, BrokenAnswer), (300, NotEconobis), (399, NotEconobis)])  # fmt: skip
def test_without_lines_the_status_decides(status: int, kind: type[PeerError]) -> None:
    assert type(said(status, {"x": 1})) is kind


@pytest.mark.parametrize(("status", "told"), [(399, False), (400, True), (499, True), (500, False)])
def test_the_message_of_a_server_error_is_left_out(status: int, told: bool) -> None:
    assert (said(status, {"message": "Jan Berg"}).reason == "Jan Berg") is told


@pytest.mark.parametrize("message", [["x"], {"x": 1}, 7, "", None])
def test_a_message_that_is_no_text_is_left_out(message: object) -> None:
    assert said(400, {"message": message}).reason == "Econobis antwoordde met status 400."


BEFORE_THE_WORK: dict[type[PeerError], set[int]] = {
    Refused: {400, 401, 403, 406, 411, 413, 414, 415, 431},
    NotEconobis: {*range(300, 400), 404, 405},
    Unavailable: {408, 425, 503},
    TooFast: {429},
}


@pytest.mark.parametrize("kind", BEFORE_THE_WORK)
def test_only_these_statuses_prove_that_nothing_was_done(kind: type[PeerError]) -> None:
    """After every other status the outcome is unknown, and such a call is not repeated."""
    assert {status for status in range(200, 600) if type(said(status, None)) is kind} == BEFORE_THE_WORK[kind]


# -- a second transaction that was undone (known-limits G2) ------------------------------------------------------------

AFTER = ["Taak met id 9 aangemaakt.", "Aanmaken hoomdossier contact"]
VISIT = "Kansactie bezoek gevonden voor contact, coach en campagne. Status bijgewerkt van 1 naar 2"
FAULT = "Fout opgetreden verwerking in vervolg verwerking: geheim: geen groep."
UNKNOWN_FAULT = "Onbekende fout opgetreden in vervolg verwerking."
FOLLOW_UP_UNDONE = "API aanroep vervolg is ongedaan gemaakt!"


def submitted(status: int, *lines: str, must_have: str = LOGGED) -> WebformAnswer:
    body = json.dumps([*ANSWER, *lines]).encode()
    said_lines = success_lines(status, body, retry_after=None, redact=str, must_have=must_have)
    return read_webform_answer(said_lines, lambda text: text.replace("geheim", "***"))


@pytest.mark.parametrize("status", [200, 404, 412, 422, 500, 503])
@pytest.mark.parametrize(
    ("fault", "reason"), [(FAULT, "***: geen groep."), (UNKNOWN_FAULT, "Onbekende fout opgetreden")]
)
def test_the_first_part_is_stored_and_the_account_is_not(status: int, fault: str, reason: str) -> None:
    answer = submitted(status, COMMITTED, *AFTER, VISIT, fault, FOLLOW_UP_UNDONE, LOGGED, "Log is gemaild naar 1")
    assert (answer.contact_id, answer.intake_id) == (7, 5)
    assert (answer.dossier, answer.visit_status_updated) == ("none", None)
    assert answer.follow_up_undone == reason


@pytest.mark.parametrize("told", [[FAULT], [FOLLOW_UP_UNDONE], [UNKNOWN_FAULT]])
def test_each_line_shows_that_the_follow_up_was_undone(told: list[str]) -> None:
    assert submitted(422, COMMITTED, *told).follow_up_undone


def test_an_account_that_was_there_before_stays() -> None:
    known = ["Aanmaken hoomdossier contact", "Koppeling hoomdossier bestaat al."]
    assert submitted(500, COMMITTED, *known, FAULT, FOLLOW_UP_UNDONE).dossier == "exists"


def test_only_what_was_logged_before_the_commit_is_stored() -> None:
    first, later = (f"Kans met id {id_} gevonden." for id_ in (8, 9))
    assert submitted(500, first, COMMITTED, later, FAULT, FOLLOW_UP_UNDONE).opportunity_ids == [8]
    assert submitted(200, first, COMMITTED, later, LOGGED).opportunity_ids == [8, 9]


def test_what_was_undone_from_the_start_is_no_success() -> None:
    with pytest.raises(Refused):
        submitted(422, "Fout opgetreden: nee", UNDONE, FOLLOW_UP_UNDONE)
    with pytest.raises(Unavailable):
        submitted(500, UNDONE, FOLLOW_UP_UNDONE)


def test_an_event_has_no_second_part() -> None:
    with pytest.raises(BrokenAnswer):
        submitted(200, FOLLOW_UP_UNDONE, LOGGED, must_have="Aanroep succesvol afgerond.")


def test_a_call_in_which_nothing_was_undone_has_no_reason() -> None:
    assert read(COMMITTED, LOGGED).follow_up_undone is None
