"""Econobis gets an answer that it can show, and the coach is linked at once or as soon as possible."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.functions.examples import COACH, NEW_COACH, OTHER_COACH, coach_link, registration
from tests.standins.receiver import eventually
from tests.world.functions_over_http import Machine


def connect(link: Machine, coach: int = COACH, resident: int = 2481) -> httpx.Response:
    return link.econobis("link-coach", coach_link(coach, resident))


def linked(link: Machine) -> int:
    return len(link.hoomdossier_state().get("building_coach_statuses", []))


def calls(link: Machine) -> list[Any]:
    return [call["answered"] for call in link.hoomdossier_received("/building-coach-status")]


@pytest.fixture
def resident(link: Machine) -> Machine:
    """The functions, and a resident who has a dossier."""
    assert link.econobis("create-dossier", registration()).status_code == 201
    return link


def test_a_coach_is_linked(resident: Machine) -> None:
    answer = connect(resident)
    assert (answer.status_code, answer.json()) == (200, [])
    assert (linked(resident), calls(resident)) == (1, [200])


def test_two_clicks_make_one_call(resident: Machine) -> None:
    """A planner who sees an error saves the action again (known-limits B2)."""
    answers = [connect(resident) for _ in range(2)]
    assert [(it.status_code, it.json()) for it in answers] == [(200, [])] * 2
    assert (linked(resident), calls(resident)) == (1, [200])


def test_eight_clicks_at_once_make_one_call(resident: Machine) -> None:
    resident.hoomdossier_fault(match="building-coach-status", kind="delay", seconds=0.2)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: connect(resident), range(8)))
    assert {(it.status_code, it.text) for it in answers} == {(200, "[]")}
    assert (linked(resident), calls(resident)) == (1, [200])


def test_a_coach_who_is_linked_already_counts_as_linked(resident: Machine) -> None:
    """Somebody linked the coach in Hoomdossier, or the answer to our call was lost (known-limits B2)."""
    resident.hoomdossier_fault(match="building-coach-status", kind="lost_answer")
    assert connect(resident).status_code == 202
    ((place, stored),) = resident.documents("links").items()
    task = {"collection": "links", "key": place.partition("/")[2], "generation": stored["generation"]}
    assert resident.google("run-task", task).status_code == 200
    assert resident.documents("links")[place]["state"] == "done"
    assert (linked(resident), calls(resident)) == (1, ["lost", 422])


def test_a_second_coach_is_linked_too(resident: Machine) -> None:
    assert {connect(resident, coach).status_code for coach in (COACH, OTHER_COACH)} == {200}
    assert linked(resident) == 2


def test_a_resident_who_is_not_registered_yet_is_linked_right_after_it(link: Machine) -> None:
    """Hoomdossier refuses a link before the registration (known-limits B3)."""
    answer = connect(link)
    assert (answer.status_code, answer.json()) == (202, [])
    assert linked(link) == 0
    link.run_queue()
    assert link.econobis("create-dossier", registration()).status_code == 201
    eventually(lambda: linked(link) == 1)
    assert calls(link) == [422, 200]


def test_a_coach_who_is_not_registered_yet_is_linked_right_after_it(resident: Machine) -> None:
    assert connect(resident, NEW_COACH).status_code == 202
    resident.run_queue()
    coach = registration(NEW_COACH, email="nieuw@zonnig-dorp.example")
    assert resident.econobis("create-dossier", coach).status_code == 201
    eventually(lambda: linked(resident) == 1)


def test_a_pair_is_linked_after_both_are_registered(link: Machine) -> None:
    assert connect(link, NEW_COACH).status_code == 202
    link.run_queue()
    for contact in (2481, NEW_COACH):
        assert link.econobis("create-dossier", registration(contact)).status_code == 201
    eventually(lambda: linked(link) == 1)


def test_a_contact_without_the_role_of_coach_is_refused_with_hoomdossiers_reasons(resident: Machine) -> None:
    """The answer has Hoomdossier's texts in the flat form that Econobis can show (known-limits A9)."""
    resident.econobis("create-dossier", registration(99))
    answer = connect(resident, coach=99)
    assert answer.status_code == 422
    ((field, texts),) = answer.json().items()
    assert field == "building_coach_statuses.coach_contact_id"
    assert texts
    assert all(isinstance(text, str) for text in texts)


@pytest.mark.parametrize(
    "fault", [{"kind": "reset"}, {"kind": "status", "status": 503}, {"kind": "status", "status": 429}]
)
def test_a_link_is_kept_for_later_when_hoomdossier_is_away(resident: Machine, fault: dict[str, Any]) -> None:
    """The employee gets no error, because the link is kept for later."""
    resident.hoomdossier_fault(match="building-coach-status", **fault)
    assert connect(resident).status_code == 202
    assert linked(resident) == 0
    (stored,) = resident.documents("links").values()
    assert (stored["state"], stored["due_at"] is None) == ("waiting", False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "building_coach_statuses.coach_contact_id"),
        ({"building_coach_statuses": None}, "building_coach_statuses.coach_contact_id"),
        ({"building_coach_status": {"coach_contact_id": 1}}, "building_coach_statuses.coach_contact_id"),
        (coach_link(coach="elf"), "building_coach_statuses.coach_contact_id"),  # type: ignore[arg-type]
        (coach_link(resident=-1), "building_coach_statuses.resident_contact_id"),
        (coach_link(resident=2**64), "building_coach_statuses.resident_contact_id"),
    ],
)
def test_a_body_without_two_contact_ids_is_refused(link: Machine, body: Any, field: str) -> None:
    answer = link.econobis("link-coach", body)
    assert answer.status_code == 422
    assert field in answer.json()
    assert link.documents() == {}
