"""F9-F12: a store that fails, that loses its answer, that many write to at once, or that is down; damaged blobs."""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path
from uuid import uuid4

import pytest

from shared.domain.keys import of_building
from shared.domain.relay import Relay
from shared.domain.submission import Submission
from shared.hoomdossier.inbound import KINDS
from shared.store.firestore import FirestoreStore
from shared.store.port import Store
from tests.world.clock import TestClock
from tests.world.faults import fails
from tests.world.firestore_emulator import FirestoreEmulator
from tests.world.hoomdossier_events import PDF
from tests.world.journey import Journey
from tests.world.proxy import proxy_to
from tests.world.residents import Campaign, Resident, check_whole, dead_letters, in_time, signed_up
from tests.world.threads import at_once
from tests.world.world import World, open_world

WRITES = ("store.create", "store.replace", "store.delete", "blobs.put", "blobs.delete")
PARTS = 8


def no_faults(world: World) -> None:
    world.boundaries.fault = lambda _point: None


def whole_journey(world: World) -> None:
    """A journey with the faults that are set, which then end. Everything must be as without them."""
    journey = Journey(world)
    journey.run()
    no_faults(world)
    world.settle()
    journey.check()
    check_whole(world)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 42))])
def test_f9_a_journey_ends_well_when_one_in_thirty_calls_to_the_store_fails(world: World, seed: int):
    """Before or after the store carried it out."""
    chance = random.Random(seed)
    failed = fails(world, lambda _point, _number: chance.random() < 1 / 30)
    whole_journey(world)
    assert failed


def at_write(number: int, side: str) -> Callable[[str, int], bool]:
    """For `fails`: true before or after the write with this number."""
    writes = 0

    def which(point: str, _number: int) -> bool:
        nonlocal writes
        is_write = point.startswith(tuple(f"{side} {name}" for name in WRITES))
        writes += is_write
        return is_write and writes == number

    return which


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize(
    ("form", "part"),
    [
        *(("short", part) for part in range(0, PARTS, 3)),
        *(pytest.param("full", part, marks=pytest.mark.slow) for part in range(PARTS)),
    ],
)
def test_f9_a_journey_ends_well_when_one_write_fails(tmp_path: Path, form: str, part: int, side: str):
    """`before`: it was not done. `after`: it was done, and its answer was lost. The full form tries each write."""
    number, last = 1 + part * 9 if form == "short" else 1 + part, False
    while not last:
        folder = tmp_path / str(number)
        folder.mkdir()
        with open_world(folder) as world:
            failed = fails(world, at_write(number, side))
            whole_journey(world)
        last = not failed or form == "short"
        number += PARTS
    assert failed or form == "full"


def on_firestore(host: str) -> Callable[[TestClock], Store]:
    project = f"test-{uuid4().hex}"
    return lambda clock: FirestoreStore(project, "(default)", clock, host)


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_f9_a_journey_on_firestore_ends_well_when_one_in_thirty_calls_fails(
    tmp_path: Path, firestore: FirestoreEmulator, seed: int
):
    chance = random.Random(seed)
    with open_world(tmp_path, on_firestore(firestore.host)) as world:
        failed = fails(world, lambda _point, _number: chance.random() < 1 / 30)
        whole_journey(world)
    assert failed


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("side", ["before", "after"])
def test_f9_a_journey_on_firestore_ends_well_when_one_write_fails(
    tmp_path: Path, firestore: FirestoreEmulator, part: int, side: str
):
    for number in range(1 + part, 200, 12):
        folder = tmp_path / str(number)
        folder.mkdir()
        with open_world(folder, on_firestore(firestore.host)) as world:
            failed = fails(world, at_write(number, side))
            whole_journey(world)
        if not failed:
            return


@pytest.mark.emulator
@pytest.mark.slow
def test_f9_a_sign_up_is_made_once_when_the_answer_of_firestore_is_lost(tmp_path: Path, firestore: FirestoreEmulator):
    """A proxy drops the answer. The resident sends the form once more."""
    with proxy_to(firestore.port) as proxy, open_world(tmp_path, on_firestore(proxy.host)) as world:
        resident = Resident(world, 1)
        assert world.observer.records(Submission).get("warm") is None
        proxy.swallow = True
        assert not resident.sign_up()
        proxy.swallow = False
        proxy.cut()
        assert resident.sign_up()
        world.settle()
        resident.check()
        check_whole(world)


def test_f10_64_events_of_one_building_at_once_end_in_the_same_date_everywhere(world: World):
    """Each event that was accepted counts. The last date, in Econobis and in the link, is one of those."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    dates = [f"2027-03-{day:02} {hour}:00:00" for day in range(1, 17) for hour in range(10, 14)]
    coaches = [{"contact_id": 21}]

    def tell(number: int) -> bool:
        return resident.tell("afspraak", appointment_date=dates[number], coaches=coaches) == 200

    taken = at_once(64, tell)
    world.settle()
    relay = world.observer.records(Relay).get(of_building(resident.cooperation, resident.building_id))
    assert relay
    assert resident.visit["date_planned"] == relay.appointment
    assert relay.appointment in [date for date, told in zip(dates, taken, strict=True) if told]
    assert relay.version == sum(taken)
    check_whole(world)


def test_f10_eight_residents_who_each_sign_up_eight_times_at_once_are_there_once(world: World):
    campaign = Campaign(world, 8)
    at_once(64, lambda number: campaign.residents[number % 8].sign_up())
    campaign.sign_up()
    world.settle()
    campaign.check()


@pytest.mark.timed
@pytest.mark.parametrize("part", ["store.", "blobs."])
def test_f11_nothing_is_lost_when_store_or_blobs_are_down_for_half_an_hour(world: World, part: str):
    """Forms and Econobis get an error within two seconds, because they can try again. Events of Hoomdossier, which does
    not, are set aside when the store is down. Afterwards all work is done within one sweep, without a restart.
    """
    campaign = signed_up(world, 2)
    first, second = campaign.residents
    assert first.tell("pdf", **PDF) == 200
    assert first.set_appointment("2027-03-05 10:00:00")
    failed = fails(world, lambda point, _number: part in point)
    began = time.monotonic()
    assert second.tell("pdf", **PDF) == (200 if part == "store." else 503)
    if part == "store.":
        assert not Resident(world, 77).sign_up()
        assert second.set_appointment("2027-03-05 12:00:00")
        answer = world.post(
            f"/functions/create-dossier/{second.cooperation}",
            {},
            Authorization=f"Bearer demo-{second.cooperation}-econobis",
        )
        assert answer is not None
        assert answer.status_code == 422
    assert time.monotonic() - began < 2
    ends = world.clock().timestamp() + 1800
    while world.clock().timestamp() < ends:
        if not world.dispatcher.run_due():
            world.clock.advance(30)
    assert failed
    no_faults(world)
    ended = world.clock()
    world.settle()
    assert in_time(world, ended, timedelta(minutes=6))
    assert first.visit["date_planned"] == "2027-03-05 10:00:00"
    if part == "store.":
        assert second.visit["date_planned"] == "2027-03-05 12:00:00"
    else:
        assert not second.documents
        assert second.tell("pdf", **PDF) == 200
        world.settle()
    assert [len(resident.documents) for resident in campaign.residents] == [1, 1]
    campaign.check()


@pytest.mark.emulator
@pytest.mark.slow
def test_f11_the_link_goes_on_when_firestore_is_back(tmp_path: Path, firestore: FirestoreEmulator):
    with proxy_to(firestore.port) as proxy, open_world(tmp_path, on_firestore(proxy.host)) as world:
        resident = Resident(world, 1)
        assert resident.sign_up()
        proxy.swallow = True
        proxy.cut()
        for _ in range(3):
            began = time.monotonic()
            assert not Resident(world, 3).sign_up()
            assert time.monotonic() - began < 4
            world.dispatcher.run_due()
            world.clock.advance(600)
        proxy.swallow = False
        proxy.cut()
        ended = world.clock()
        world.settle()
        resident.check()
        check_whole(world)
        assert in_time(world, ended)


LARGE = {"user_action_plan_advice_comments": {"resident": "x" * 150_000}}


@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        ("pdf", "truncated"),
        *(
            pytest.param(kind, damage, marks=pytest.mark.slow)
            for kind, damage in product(("pdf", "woonplan"), ("truncated", "changed", "gone", "empty"))
        ),
    ],
)
def test_f12_a_damaged_body_is_shown_to_a_person_and_not_delivered(world: World, kind: str, damage: str):
    """When Hoomdossier sends it once more, it is delivered."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    content = PDF if kind == "pdf" else LARGE
    assert resident.tell(kind, **content) == 200
    (file,) = (world.folder / "blobs").iterdir()
    body = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes({"truncated": body[:-1], "changed": b"#" + body[1:], "empty": b""}[damage])
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.kind == KINDS[kind]
    assert "beschadigd" in letter.advice
    assert not letter.parked.unknown
    assert not world.received("econobis", resident.cooperation, f"/{kind}")
    assert resident.tell(kind, **content) == 200
    world.settle()
    (row,) = world.received("econobis", resident.cooperation, f"/{kind}")
    assert row["answered"] == 200
    assert not list((world.folder / "blobs").iterdir())
    check_whole(world)


def test_f12_a_report_that_is_no_pdf_is_shown_to_a_person_and_not_delivered(world: World):
    """As when its first byte was lost on the way to the link."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    half = base64.b64encode(b"PDF-1.4 without its first byte").decode()
    assert resident.tell("pdf", pdf={"contents": half}) == 200
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.why == "Het bestand is geen PDF."
    assert not resident.documents
    assert resident.tell("pdf", **PDF) == 200
    world.settle()
    assert len(resident.documents) == 1
    check_whole(world)
