"""The events of a home reach the resident's journey, with the moment when it happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import to_text
from shared.domain.keys import of_contact
from shared.domain.local_time import from_amsterdam
from shared.domain.resident import Resident as Known
from tests.fixtures import read
from tests.world.hoomdossier_events import built, delete, tell_deleted
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World

EXECUTED = read("examples/push-woning-status-request.json")["status"]
ROOF = {
    "name": "Dakisolatie", "savings_gas": "1.00", "measure_id": 1, "surface": "45.50", "execute_self": True,
    "measure_type": "App\\Models\\MeasureApplication",
}  # fmt: skip
OWN = {
    "name": "Het raam van oma Jansen", "measure_id": 4, "measure_type": "App\\Models\\CustomMeasureApplication",
    "measure_category": {"id": 2, "short": "glass", "name": "Glas"},
}  # fmt: skip


def known(resident: Resident) -> Known:
    found = resident.world.observer.records(Known).get(of_contact(COOPERATION, resident.contact_id))
    assert found
    return found


def writes(world: World, resident: Resident) -> str:
    document = world.observer.store.get("residents", of_contact(COOPERATION, resident.contact_id))
    assert document
    return document.version


def plan(*measures: dict[str, Any]) -> dict[str, Any]:
    advices = {str(number): measure for number, measure in enumerate(measures)}
    return {"user_action_plan_advices": advices, "user_action_plan_advice_comments": []}


def test_a_sign_up_reaches_the_coach(world: World, resident: Resident) -> None:
    it = known(resident)
    assert (it.form, it.campaign_id, it.place().waits_for) == ("aanmelden", 1, "appointment")
    assert it.milestones.signed_up and it.milestones.intake and it.milestones.dossier and it.milestones.coach_linked


def test_an_appointment_that_is_set_moved_and_removed(world: World, resident: Resident) -> None:
    made = world.clock()
    resident.set_appointment("2026-12-05 10:00:00")
    world.settle()
    it = known(resident)
    assert (it.place().waits_for, it.place().since) == ("visit", from_amsterdam("2026-12-05 10:00:00"))
    assert it.milestones.appointment_made
    assert timedelta(0) <= it.milestones.appointment_made - made < timedelta(seconds=1)
    resident.set_appointment("2026-12-07 10:00:00")
    world.settle()
    assert known(resident).visit_at == from_amsterdam("2026-12-07 10:00:00")
    resident.set_appointment(None)
    removed = world.clock()
    world.settle()
    it = known(resident)
    assert it.place().waits_for == "cancelled"
    assert it.milestones.cancelled
    assert abs(it.milestones.cancelled - removed) < timedelta(
        seconds=1
    )  # When the coach did it, not when Econobis knew.


def test_a_visit_took_place_at_its_appointment_whenever_the_coach_says_so(world: World, resident: Resident) -> None:
    resident.set_appointment("2026-11-24 10:00:00")
    world.settle()
    world.clock.advance(5 * 24 * 3600)
    assert resident.tell("woning-status", status=EXECUTED) == 200
    world.settle()
    it = known(resident)
    assert (it.milestones.visited, it.place().waits_for) == (from_amsterdam("2026-11-24 10:00:00"), "plan")


def test_a_plan_brings_its_measures_without_words_of_people(world: World, resident: Resident) -> None:
    assert resident.tell("woonplan", **plan(ROOF, OWN)) == 200
    world.settle()
    it = known(resident)
    assert [(measure.name, measure.m2, measure.by_resident) for measure in it.measures] == [
        ("Dakisolatie", 45.5, True),
        ("Glas", None, None),
    ]
    assert it.milestones.plan
    assert resident.tell("woonplan", **plan()) == 200
    world.settle()
    assert it.milestones.plan == known(resident).milestones.plan


def test_home_data_of_the_night_writes_nothing_to_the_resident(world: World, resident: Resident) -> None:
    resident.set_appointment("2026-12-05 10:00:00")
    world.settle()
    before = writes(world, resident)
    for year in (1970, 1971):
        assert resident.tell("gebruik", **built(year)) == 200
        world.settle()
    assert writes(world, resident) == before


def test_a_removed_dossier_is_seen(world: World, resident: Resident) -> None:
    tell_deleted(world, delete(world, resident))
    world.settle()
    it = known(resident)
    assert (it.place().waits_for, it.account_id) == ("removed", None)


def test_a_resident_of_whom_only_an_event_tells_is_there(world: World) -> None:
    related = {"building_id": 77, "user_id": 8, "account_id": 9, "contact_id": 4711}
    body = {
        **read("examples/push-afspraak-request.json"),
        "account_related": related,
        "appointment_date": "2026-12-05 10:00:00",
    }
    path = f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/afspraak"
    answer = world.post(path, body)
    assert answer is not None and answer.status_code == 200
    world.settle()
    document = world.observer.store.get("residents", of_contact(COOPERATION, 4711))
    assert document
    assert (document.data["waits_for"], document.data["since"]) == (
        "visit",
        to_text(from_amsterdam("2026-12-05 10:00:00")),
    )
    assert document.data["tally"][0]["fixed"]["campaign_id"] == 0


@pytest.mark.parametrize("surface", ["veel", -1, True, [], "1e999", 10**400, None, {"a": 1}])
def test_a_surface_that_cannot_be_read_is_left_out(world: World, resident: Resident, surface: Any) -> None:
    assert resident.tell("woonplan", **plan({**ROOF, "surface": surface})) == 200
    world.settle()
    assert [measure.m2 for measure in known(resident).measures] == [None]
