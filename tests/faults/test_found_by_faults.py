"""What the faults found and is not mended yet: each names what should hold."""

from __future__ import annotations

import pytest

from tests.faults.campaign import Resident, check_whole
from tests.faults.test_queue_faults import overlapping
from tests.faults.world import World


@pytest.mark.xfail(strict=True, reason="Once sends whenever it wakes up; it does not look at its lease before the call")
def test_who_wakes_up_after_its_lease_sends_nothing(world: World):
    """Cloud Run gives an instance whose request is over no time until the next one comes: that may be minutes."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    writes = 0

    def count(point: str) -> str:
        nonlocal writes
        writes += point == "after store.replace(relays)"
        return f"write {writes}" if point == "after store.replace(relays)" else point

    moved = "2027-04-02 11:00:00"
    assert resident.set_appointment("2027-04-01 10:00:00")
    overlapping(world, "write 2", lambda: resident.set_appointment(moved))  # claimed, then sent
    hang = world.boundaries.fault
    world.boundaries.fault = lambda point: hang(count(point))
    world.settle()
    assert writes > 2
    assert resident.visit["date_planned"] == moved


@pytest.mark.xfail(
    strict=True, reason="submit_intake.settle writes the late answer down and leaves it parked as unknown"
)
def test_a_late_answer_takes_a_sign_up_off_the_dead_letters(adjusted):
    """Without a dossier there is no other evidence than the answer itself."""
    with adjusted(("dossier: true", "dossier: false")) as world:
        resident = Resident(world, 1)
        overlapping(world, "after POST demo-meer-energie-webform")
        resident.sign_up()
        world.settle()
        assert resident.visit
        check_whole(world)
