"""Mistakes that the first run of the faults found. A test's name says what must be true."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.keys import of_contact
from shared.erasure.erase import erase
from shared.errors import StoreUnavailable
from shared.flows.sweep import sweep
from shared.store.port import Query
from tests.world.faults import fails, overlapping, until
from tests.world.hoomdossier_events import PDF
from tests.world.personal_data import found, kept, of_person
from tests.world.residents import Campaign, Resident, check_whole, dead_letters
from tests.world.world import World


def test_f8_an_instance_that_wakes_up_after_its_lease_makes_no_call(world: World):
    """Cloud Run gives an instance no CPU between two requests, which may be minutes."""
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
    overlapping(
        world, "write 2", lambda: resident.set_appointment(moved)
    )  # The 1st write claims, the 2nd marks as sent.
    hang = world.boundaries.fault
    world.boundaries.fault = lambda point: hang(count(point))
    world.settle()
    assert writes > 2
    assert resident.visit["date_planned"] == moved


def test_f8_a_late_answer_takes_a_sign_up_from_the_dead_letters(adjusted):
    """The form asks for no dossier, so the answer is the only evidence that the sign-up arrived."""
    with adjusted(("dossier: true", "dossier: false")) as world:
        resident = Resident(world, 1)
        overlapping(world, "after POST demo-meer-energie-webform")
        resident.sign_up()
        world.settle()
        assert resident.visit
        check_whole(world)


def test_f30_an_erasure_during_a_delivery_raises_no_unexpected_error(world: World):
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    world.dispatcher.broken, reads = [], 0

    def meanwhile(point: str) -> None:
        nonlocal reads
        reads += point == "before store.get(relays)"
        if reads == 3:
            reads += 1
            erase(world.observer, resident.cooperation, resident.contact_id, by="test")

    assert resident.set_appointment("2027-04-01 10:00:00")
    world.boundaries.fault = meanwhile
    world.settle()
    assert reads >= 4
    assert not world.dispatcher.broken


def test_f30_a_sign_up_whose_answer_was_lost_can_be_erased(adjusted):
    """Econobis has the contact. The link still keeps what was typed, to look whether the sign-up arrived."""
    with adjusted(("dossier: true", "dossier: false")) as world:
        resident = Resident(world, 1)
        world.fault("econobis", resident.cooperation, kind="lost_answer", match="webform")
        resident.sign_up()
        while world.dispatcher.run_due():
            pass
        assert found(kept(world), *of_person(resident))
        erase(world.observer, resident.cooperation, resident.contact_id, by="test", email=resident.email)
        assert not found(kept(world), *of_person(resident))


def test_f26_a_document_that_cannot_be_read_does_not_stop_the_sweep(world: World):
    """After a rollback the old code finds a document with a state of the new code."""
    campaign = Campaign(world, 2)
    campaign.sign_up()
    world.dispatcher.lose_all()
    (first, *_) = world.observer.store.find(Query("submissions"))
    newer = {**first.data, "state": "a state of a later version"}
    world.observer.store.replace("submissions", first.key, newer, first.version)
    world.clock.advance(600)
    sweep(world.services)
    assert len(world.dispatcher.waiting) == 1


def poisoned(world: World) -> Resident:
    """A resident whose welcome letter makes our own code fail: its document names an unknown cooperation."""
    resident = Resident(world, 1)
    world.boundaries.fault = _no_mail
    resident.sign_up()
    while world.dispatcher.run_due():
        pass
    world.boundaries.fault = lambda _point: None
    key = f"welcome-{of_contact(resident.cooperation, resident.contact_id)}"
    document = world.observer.store.get("mails", key)
    assert document
    changed = {**document.data, "cooperation": "one-that-left-the-settings"}
    world.observer.store.replace("mails", key, changed, document.version)
    return resident


def _no_mail(point: str) -> None:
    if point == "before smtp.send()":
        raise StoreUnavailable("not yet")


def test_f25_work_that_always_breaks_our_code_becomes_a_dead_letter(world: World):
    """With errors in the log alone nobody would see which work does not go on."""
    poisoned(world)
    world.dispatcher.broken = []
    until(world, world.clock() + timedelta(days=1))
    assert len(world.dispatcher.broken) < 100
    assert dead_letters(world)


@pytest.mark.parametrize("seconds", [300, 1])
def test_f23_the_last_push_wins_whichever_instance_accepts_it(world: World, seconds: int):
    """An instance whose clock is ahead accepted the first push."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    level = world.services
    world.services = world.instance(lambda: world.clock() + timedelta(seconds=seconds))
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.services = level
    world.clock.advance(seconds / 2)
    assert resident.set_appointment("2027-03-06 10:00:00")
    world.settle()
    assert resident.visit["date_planned"] == "2027-03-06 10:00:00"


def test_two_kinds_of_events_of_one_building_are_delivered_without_a_sweep(world: World):
    """Hoomdossier pushes `woonplan` and `gebruik` when a plan is saved."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    assert resident.push("woonplan")
    world.clock.advance(1)
    assert resident.push("gebruik")
    while world.dispatcher.run_due():
        pass
    assert world.received("econobis", resident.cooperation, "/woonplan")
    assert world.received("econobis", resident.cooperation, "/gebruik")


def test_f11_a_report_is_delivered_soon_after_the_blobs_can_be_read_again(world: World):
    """No call to Econobis failed, so no long pause is needed to spare its staff."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    assert resident.tell("pdf", **PDF) == 200
    failed = fails(world, lambda point, _number: "blobs." in point)
    until(world, world.clock() + timedelta(minutes=30))
    assert failed
    world.boundaries.fault = lambda _point: None
    until(world, world.clock() + timedelta(minutes=6))
    assert len(resident.documents) == 1


def test_f25_a_crash_of_our_code_after_a_delivery_leaves_no_work_that_is_never_done(world: World):
    """The report is in Econobis; then its blob cannot be deleted, with an error that nobody expected."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    assert resident.tell("pdf", **PDF) == 200
    left = 1

    def breaks(point: str) -> None:
        nonlocal left
        if left and point.startswith("before blobs.delete"):
            left -= 1
            raise RuntimeError

    world.boundaries.fault = breaks
    world.settle(timedelta(hours=1))
    assert not left
    assert not dead_letters(world)
