"""F30: a resident is erased while work about them is queued, parked, in flight or stored as a blob."""

from __future__ import annotations

import json

import pytest

from shared.dead_letters.decide import replay
from shared.domain.ids import ContactId
from shared.erasure.erase import erase
from shared.errors import StoreUnavailable
from tests.world.faults import fails
from tests.world.hoomdossier_events import PDF
from tests.world.personal_data import found, kept, of_person
from tests.world.residents import COOPERATION, Resident, dead_letters
from tests.world.world import World


def erase_resident(world: World, resident: Resident) -> None:
    erase(world.observer, resident.cooperation, resident.contact_id, by="test")


def check_erased(world: World, resident: Resident) -> None:
    text = kept(world)
    assert not found(text, *of_person(resident))
    assert not found(text, "a report", "geheim")  # the texts of the report and of the plan


def signed_up(world: World, number: int = 1) -> Resident:
    resident = Resident(world, number)
    resident.sign_up()
    world.settle()
    return resident


def events(resident: Resident) -> None:
    assert resident.set_appointment("2027-03-05 10:00:00")
    assert resident.tell("pdf", **PDF) == 200
    assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim " * 20_000}) == 200


def test_f30_before_an_erasure_the_search_finds_the_resident(world: World):
    """Otherwise the tests below would prove nothing."""
    resident = signed_up(world)
    events(resident)
    text = kept(world)
    assert len(found(text, *of_person(resident))) >= 3
    assert len(found(text, "a report", "geheim")) == 2


def test_f30_queued_events_are_erased_and_not_delivered(world: World):
    resident, other = signed_up(world), signed_up(world, 3)
    events(resident)
    before = len(world.received("econobis", COOPERATION))
    erase_resident(world, resident)
    check_erased(world, resident)
    world.settle()
    check_erased(world, resident)
    assert len(world.received("econobis", COOPERATION)) == before
    assert len(found(kept(world), *of_person(other))) >= 3


def test_f30_dead_letters_are_erased_and_a_replay_does_nothing(world: World):
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
    erase_resident(world, resident)
    check_erased(world, resident)
    for letter in letters:
        replay(world.services, letter, "test")
    world.settle()
    check_erased(world, resident)
    assert not dead_letters(world)


def erased_at(world: World, resident: Resident, at: int) -> str:
    """Events of a resident arrive and are delivered; at crash point number `at` the resident is erased.

    Returns the name of that point, `""` when there were fewer.
    """
    points: list[str] = []

    def meanwhile(point: str) -> None:
        points.append(point)
        if len(points) == at:
            erase_resident(world, resident)

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
def test_f30_nothing_is_left_when_the_resident_is_erased_during_a_delivery(world: World, step: int):
    """The full form erases at each crash point of deliveries and letters, the short form at one in nineteen."""
    world.dispatcher.broken = []
    at, point = 1, "the start"
    while point:
        resident = signed_up(world, 2 * at + 1)
        point = erased_at(world, resident, at)
        if point:
            left = found(kept(world), *of_person(resident), "a report", "geheim")
            assert not left, (at, point)
        at += step
    assert at > 60


@pytest.mark.parametrize("side", ["before", "after"])
def test_f30_econobis_answer_after_the_erasure_makes_no_new_document(adjusted, side: str):
    """The resident is erased during the call with a correction of the sign-up."""
    with adjusted(("dossier: true", "dossier: false")) as world:
        first = signed_up(world)
        erased: list[str] = []

        def meanwhile(point: str) -> None:
            if point == f"{side} POST demo-{COOPERATION}-webform" and not erased:
                erased.append(point)
                erase_resident(world, first)

        world.boundaries.fault = meanwhile
        answer = world.post(
            f"/functions/receive-webform/{COOPERATION}/aanmelden", {**first.typed, "telefoonnummer": "0470 12 34 56"}
        )
        assert answer is not None
        assert answer.status_code == 202
        world.settle()
        assert erased
        check_erased(world, first)


def test_f30_a_sign_up_that_is_erased_by_its_email_address_during_the_call_makes_no_resident(adjusted):
    """The operator does not know yet which contact Econobis makes of it."""
    with adjusted(("dossier: true", "dossier: false")) as world:
        resident = Resident(world, 1)
        gone: list[int] = []

        def meanwhile(point: str) -> None:
            if point == f"after POST demo-{COOPERATION}-webform" and not gone:
                email = resident.typed["emailadres"]
                gone.append(erase(world.observer, COOPERATION, ContactId(9999), by="test", email=email)["submissions"])

        world.boundaries.fault = meanwhile
        assert resident.sign_up()
        world.settle()
        assert gone == [1]
        check_erased(world, resident)


def test_f30_a_request_for_a_dossier_that_is_erased_during_the_call_raises_no_alarm(
    world: World, capsys: pytest.CaptureFixture[str]
):
    """Hoomdossier refused the dossier before: nobody has to look at that any more."""
    body = json.dumps({"address.street": ["De straat is te lang."]})
    world.fault("hoomdossier", COOPERATION, kind="status", match="register", status=422, body=body)
    resident = Resident(world, 1)
    calls: list[str] = []

    def meanwhile(point: str) -> None:
        if point == f"after POST demo-{COOPERATION}-webform":
            calls.append(point)
            if len(calls) == 2:  # The first is the sign-up.
                erase_resident(world, resident)

    world.fault("hoomdossier", COOPERATION, kind="status", match="register", status=503, times=9)
    world.boundaries.fault = meanwhile
    assert resident.sign_up()
    world.settle()
    assert len(calls) == 2
    check_erased(world, resident)
    assert "needs a person" not in capsys.readouterr().out


def test_f30_another_resident_is_not_erased(world: World):
    resident, other = signed_up(world), signed_up(world, 3)
    events(other)
    erase_resident(world, resident)
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
            erase_resident(world, resident)

    world.boundaries.fault = meanwhile
    assert resident.tell("afspraak", building_id=other.building_id, appointment_date="2027-04-06 11:00:00") == 200
    assert forgotten
    world.settle()
    check_erased(world, resident)
    assert not dead_letters(world)
    assert other.visit["date_planned"] == "2027-03-05 10:00:00"


def test_f30_an_erased_resident_may_sign_up_again(world: World):
    resident = signed_up(world)
    erase_resident(world, resident)
    assert resident.sign_up()
    world.settle()
    assert len(found(kept(world), *of_person(resident))) >= 3


def test_f30_a_waiting_sign_up_with_another_e_mail_address_is_erased_too(world: World):
    """It has no contact id yet, because it waits for the first sign-up of the same person."""
    resident = signed_up(world)
    path = f"/functions/receive-webform/{COOPERATION}/aanmelden"
    answer = world.post(path, {**resident.typed, "emailadres": "ander@adres.example"})
    assert answer is not None
    assert answer.status_code == 202
    assert found(kept(world), "ander@adres.example")
    erase_resident(world, resident)
    check_erased(world, resident)
    assert not found(kept(world), "ander@adres.example")


def test_f30_whatever_was_erased_before_an_outage_it_is_written_down_who_did_it(world: World):
    resident = signed_up(world)
    failed = fails(world, lambda point, _number: ".delete" in point)
    with pytest.raises(StoreUnavailable):
        erase(world.services, resident.cooperation, resident.contact_id, by="anna")
    assert failed
    lines = world.observer.audit.decisions_about(COOPERATION, ContactId(resident.contact_id))
    assert [(line.action, line.by) for line in lines] == [("erase", "anna")]
