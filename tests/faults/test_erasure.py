"""F30: a resident is forgotten while something about them is queued, parked, under way or stored as a blob."""

from __future__ import annotations

import json

import pytest

from shared.dead_letters.decide import replay
from shared.erasure.erase import erase
from tests.world.hoomdossier_events import PDF
from tests.world.personal_data import found, kept, of_person
from tests.world.residents import COOPERATION, Resident, dead_letters
from tests.world.world import World


def forget(world: World, resident: Resident) -> None:
    erase(world.observer, resident.cooperation, resident.contact_id, by="test")


def check_forgotten(world: World, resident: Resident) -> None:
    text = kept(world)
    assert not found(text, *of_person(resident))
    assert not found(text, "a report", "geheim")  # of PDF and of the plan


def signed_up(world: World, number: int = 1) -> Resident:
    resident = Resident(world, number)
    resident.sign_up()
    world.settle()
    return resident


def events(resident: Resident) -> None:
    assert resident.set_appointment("2027-03-05 10:00:00")
    assert resident.tell("pdf", **PDF) == 200
    assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim " * 20_000}) == 200


def test_f30_what_is_known_of_somebody_before(world: World):
    """These tests would find it."""
    resident = signed_up(world)
    events(resident)
    text = kept(world)
    assert len(found(text, *of_person(resident))) >= 3
    assert len(found(text, "a report", "geheim")) == 2


def test_f30_while_it_is_queued(world: World):
    resident, other = signed_up(world), signed_up(world, 3)
    events(resident)
    before = len(world.received("econobis", COOPERATION))
    forget(world, resident)
    check_forgotten(world, resident)
    world.settle()
    check_forgotten(world, resident)
    assert len(world.received("econobis", COOPERATION)) == before
    assert len(found(kept(world), *of_person(other))) >= 3


def test_f30_while_it_is_parked(world: World):
    resident = signed_up(world)
    world.fault(
        "econobis",
        COOPERATION,
        kind="status",
        match="hoomdossier/",
        status=400,
        times=3,
        body=json.dumps({"message": f"geen {resident.typed['achternaam']}"}),
    )
    events(resident)
    world.settle()
    letters = dead_letters(world)
    assert len(letters) == 3
    forget(world, resident)
    check_forgotten(world, resident)
    for letter in letters:
        replay(world.services, letter, "test")
    world.settle()
    check_forgotten(world, resident)
    assert not dead_letters(world)


def points_of(world: World) -> int:
    resident = signed_up(world)
    world.boundaries.begin()
    events(resident)
    world.settle()
    return len(world.boundaries.passed)


def forgotten_at(world: World, resident: Resident, at: int) -> str:
    """Events of a resident come in and are delivered; at the crash point `at` the resident is forgotten."""
    points: list[str] = []

    def meanwhile(point: str) -> None:
        points.append(point)
        if len(points) == at:
            forget(world, resident)

    events(resident)
    world.boundaries.fault = meanwhile
    world.settle()
    world.boundaries.fault = lambda _point: None
    if len(points) < at:
        return ""
    world.settle()
    return points[at - 1]


@pytest.mark.parametrize("step", [19, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.timeout(900)
def test_f30_at_every_point_of_what_is_under_way(world: World, step: int):
    """In full at each call that leaves us while events are delivered and mails go out, in short at some of them."""
    world.dispatcher.broken = []
    at, point = 1, "the start"
    while point:
        resident = signed_up(world, 2 * at + 1)
        point = forgotten_at(world, resident, at)
        if point:
            left = found(kept(world), *of_person(resident), "a report", "geheim")
            assert not left, (at, point)
        at += step
    assert at > 60


@pytest.mark.parametrize("side", ["before", "after"])
def test_f30_while_econobis_makes_the_intake(adjusted, side: str):
    """Its answer comes when nothing is left to write it down in, and makes nothing new."""
    with adjusted(("dossier: true", "dossier: false")) as world:
        first = signed_up(world)
        forgotten: list[str] = []

        def meanwhile(point: str) -> None:
            if point == f"{side} POST demo-{COOPERATION}-webform" and not forgotten:
                forgotten.append(point)
                forget(world, first)

        # A correction: the contact is known, the second version is under way.
        world.boundaries.fault = meanwhile
        answer = world.post(
            f"/functions/receive-webform/{COOPERATION}/aanmelden", {**first.typed, "telefoonnummer": "0470 12 34 56"}
        )
        assert answer is not None
        assert answer.status_code == 202
        world.settle()
        assert forgotten
        check_forgotten(world, first)


def test_f30_nobody_else_is_forgotten(world: World):
    resident, other = signed_up(world), signed_up(world, 3)
    events(other)
    forget(world, resident)
    world.settle()
    other.check()
    assert other.visit["date_planned"] == "2027-03-05 10:00:00"
    assert len(other.documents) == 1


def test_f30_an_event_about_the_home_of_another_leaves_what_waits_there(world: World):
    """It replaced the appointment that was still to be delivered, at the moment that its own contact was erased."""
    resident, other = signed_up(world), signed_up(world, 3)
    assert other.set_appointment("2027-03-05 10:00:00")
    forgotten: list[str] = []

    def meanwhile(point: str) -> None:
        if point == "before store.replace(relays)" and not forgotten:
            forgotten.append(point)
            forget(world, resident)

    world.boundaries.fault = meanwhile
    assert resident.tell("afspraak", building_id=other.building_id, appointment_date="2027-04-06 11:00:00") == 200
    assert forgotten
    world.settle()
    check_forgotten(world, resident)
    assert not dead_letters(world)
    assert other.visit["date_planned"] == "2027-03-05 10:00:00"


def test_f30_somebody_may_come_back(world: World):
    resident = signed_up(world)
    forget(world, resident)
    assert resident.sign_up()
    world.settle()
    assert len(found(kept(world), *of_person(resident))) >= 3


def test_f30_another_address_of_the_same_person_goes_along(world: World):
    """It waits for the first sign-up, so nothing says yet whose contact it is."""
    resident = signed_up(world)
    path = f"/functions/receive-webform/{COOPERATION}/aanmelden"
    answer = world.post(path, {**resident.typed, "emailadres": "ander@adres.example"})
    assert answer is not None
    assert answer.status_code == 202
    assert found(kept(world), "ander@adres.example")
    forget(world, resident)
    check_forgotten(world, resident)
    assert not found(kept(world), "ander@adres.example")
