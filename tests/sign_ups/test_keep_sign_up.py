"""A sign-up is stored once per person and campaign. A second one of the same person can change it."""

from __future__ import annotations

from datetime import timedelta

from shared.dead_letters.decide import close
from shared.domain.keys import digest
from shared.domain.submission import LOOKS, Submission
from tests.world.faults import NO_INTAKE
from tests.world.hoomdossier_events import delete, tell_deleted
from tests.world.personal_data import found, kept
from tests.world.residents import COOPERATION, Resident, check_whole, dead_letters, sign_up
from tests.world.sent import forms, sign_ups, task_notes
from tests.world.world import World

RIGHT = "bewoner1@juist.example"


def test_a_correction_before_the_first_call_is_one_call(world: World):
    resident = Resident(world, 1)
    sign_up(resident, telefoonnummer="0470111111")
    sign_up(resident, telefoonnummer="0470222222")
    world.settle()
    (form,) = forms(world)
    assert form["telefoonnummer"].endswith("470222222")
    resident.check()


def test_a_changed_remark_before_the_first_call_replaces_the_remark(world: World):
    resident = Resident(world, 1)
    sign_up(resident, intake_opmerkingen_bewoner="Ik heb een hond")
    sign_up(resident, intake_opmerkingen_bewoner="Ik heb geen hond")
    world.settle()
    assert world.rows(COOPERATION, "intakes")[0]["note"] == "Ik heb geen hond"
    assert not [note for note in task_notes(world) if "wijziging" in note]


def test_a_sign_up_after_the_first_was_closed_makes_no_second_opportunity(adjusted):
    """The answer was lost, a person saw the sign-up in Econobis and closed it. Then the resident corrects a number."""
    with adjusted(("dossier: true", "dossier: false")) as world:
        resident = Resident(world, 1)
        world.fault("econobis", COOPERATION, kind="lost_answer", match="webform", times=1 + len(LOOKS))
        sign_up(resident)
        world.settle()
        (letter,) = dead_letters(world)
        close(world.services, letter, "test")
        sign_up(resident, telefoonnummer="0470222222")
        world.settle()
        assert sign_ups(world)[-1]["telefoonnummer"].endswith("470222222")
        assert resident.visit  # One intake, one opportunity, one visit.
        check_whole(world)


def test_a_sign_up_with_a_hash_of_an_older_version_is_sent_once_more(world: World):
    resident = Resident(world, 1)
    id_ = sign_up(resident)
    world.settle()

    def as_it_was(record: Submission | None) -> Submission | None:
        record.digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        return record

    world.observer.records(Submission).update(id_, as_it_was)
    for _ in range(3):
        assert sign_up(resident) == id_
        world.settle()
    assert world.observer.records(Submission).get(id_).version == 2
    assert len(sign_ups(world)) == 2
    assert [len(world.rows(COOPERATION, rows)) for rows in ("intakes", "opportunities")] == [1, 1]


def test_the_stored_hash_of_the_content_is_keyed(world: World):
    """Somebody who reads the store cannot check a guess of the content."""
    id_ = sign_up(Resident(world, 1))
    typed = world.observer.records(Submission).get(id_).sign_up.model_dump(mode="json", exclude={"consent_at"})
    world.settle()
    assert world.observer.records(Submission).get(id_).digest
    assert not found(kept(world), digest(typed))


# -- another e-mail address --------------------------------------------------------------------------------------------


def test_a_corrected_e_mail_address_makes_no_second_intake_and_staff_are_told(world: World):
    """The resident sends the form again within minutes."""
    resident = Resident(world, 1)
    first = sign_up(resident)
    world.settle()
    world.clock.advance(180)
    second = sign_up(resident, emailadres=RIGHT)
    world.settle()
    assert first != second
    assert resident.visit  # One intake, one opportunity, one visit.
    assert {row["contact_id"] for row in world.rows(COOPERATION, "email_addresses", email=RIGHT)} == {
        resident.contact_id
    }
    assert [note for note in task_notes(world) if RIGHT in note and "primaire" in note]
    check_whole(world)


def test_another_e_mail_address_for_the_same_name_gets_no_letters(world: World):
    """It gets no dossier and no letter, also not about the visit later."""
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    sign_up(resident, emailadres="vreemde@elders.example")
    world.settle()
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert not world.letters_to("vreemde@elders.example")
    assert len(world.received("hoomdossier", COOPERATION, "/register")) == 1
    assert len(world.letters_to(resident.email)) == 2
    resident.check()


def test_two_e_mail_addresses_before_the_first_call_are_one_intake(world: World):
    resident = Resident(world, 1)
    sign_up(resident)
    sign_up(resident, emailadres=RIGHT)
    began = world.clock()
    world.settle()
    assert resident.visit
    assert len(sign_ups(world)) == 2
    assert [note for note in task_notes(world) if RIGHT in note]
    assert world.clock() - began < timedelta(minutes=2)
    check_whole(world)


def test_when_the_first_sign_up_is_refused_the_second_stands_alone(world: World):
    resident = Resident(world, 1)
    world.fault("econobis", COOPERATION, kind="status", match="webform", status=200, body=NO_INTAKE)
    sign_up(resident)
    sign_up(resident, emailadres=RIGHT)
    world.settle()
    assert world.letters_to(RIGHT)
    assert len(world.rows(COOPERATION, "opportunities")) == 1
    assert [letter.collection for letter in dead_letters(world)] == ["submissions"]


def test_the_same_name_and_home_after_an_hour_is_another_sign_up(world: World):
    """A father and his son may share name and home."""
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    world.clock.advance(3601)
    sign_up(resident, emailadres=RIGHT)
    world.settle()
    assert len(world.rows(COOPERATION, "intakes")) == 2


# -- the same content again --------------------------------------------------------------------------------------------


def test_the_same_content_after_the_dossier_was_deleted_is_sent_again(world: World):
    """Econobis keeps the old account id and says so, which becomes a dead letter (known-limits D12)."""
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    tell_deleted(world, delete(world, resident))
    world.settle()
    for letter in dead_letters(world):  # Econobis keeps the housing file of a contact with an opportunity.
        close(world.services, letter, "test")
    calls = len(sign_ups(world))
    sign_up(resident)
    world.settle()
    assert len(sign_ups(world)) == calls + 1
    (letter,) = dead_letters(world)
    assert "account-id" in letter.why
    assert resident.visit


def test_the_same_content_makes_no_second_call(world: World):
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    sign_up(resident)
    world.settle()
    assert len(sign_ups(world)) == 1
