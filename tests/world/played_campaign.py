"""A campaign, played in the world: one resident for each way that a journey may go."""

from __future__ import annotations

from shared.domain.ids import ContactId
from shared.erasure.erase import erase
from tests.fixtures import read
from tests.world.hoomdossier_events import delete, tell_deleted
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World

EXECUTED = read("examples/push-woning-status-request.json")["status"]
ROOF = {
    "name": "Dakisolatie", "savings_gas": "1.00", "measure_id": 1, "surface": "45.50", "execute_self": True,
    "measure_type": "App\\Models\\MeasureApplication",
}  # fmt: skip
PLAN = {"user_action_plan_advices": {"0": ROOF}, "user_action_plan_advice_comments": []}
SOON = "2026-12-05 10:00:00"


def play(world: World) -> list[Resident]:
    """Ten residents, one for each way that a journey may go, and one whom Econobis has not got yet."""
    residents = [Resident(world, number) for number in range(1, 11)]
    for resident in residents:
        assert resident.sign_up()
    world.settle()
    for resident in residents[1:7]:
        resident.set_appointment(SOON)
    world.settle()
    residents[5].set_appointment(None)  # cancelled
    residents[6].set_appointment("2026-12-07 10:00:00")  # moved
    tell_deleted(world, delete(world, residents[7]))
    world.settle()
    world.clock.advance(13 * 24 * 3600)
    for resident in residents[2:5]:
        assert resident.tell("woning-status", status=EXECUTED) == 200
    for resident in residents[3:5]:
        assert resident.tell("woonplan", **PLAN) == 200
    world.settle()
    erase(world.services, COOPERATION, ContactId(residents[8].contact_id), "anna")
    world.fault("econobis", COOPERATION, kind="status", status=503, match="/webform")
    world.fault("econobis", COOPERATION, kind="status", status=503, match="/webform")
    assert Resident(world, 11).sign_up()
    world.services.queue.run_due()
    return residents
