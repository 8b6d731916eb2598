"""A sign-up becomes contact, intake, opportunity and visit in Econobis, once, with what the form's settings say."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from shared.dead_letters.decide import close, replay
from shared.domain.keys import digest
from shared.domain.submission import LOOKS, Submission
from shared.flows.submit_intake import SubmitIntake
from shared.work.once import LEASE_MARGIN
from tests.fixtures import read
from tests.world.faults import no_more_faults
from tests.world.hoomdossier_events import delete, tell_deleted
from tests.world.personal_data import found, kept
from tests.world.residents import COOPERATION, OTHER, Resident, check_whole, dead_letters, sign_up
from tests.world.sent import forms, letters
from tests.world.world import World

OPPORTUNITY = ("intake_maatregel_ids", "kansactie_aanmaken", "kansactie_org_of_coach")
FORM = "        measures: [1]\n        action: visit\n        coach: 21\n"
WEBFORM = f"before POST demo-{COOPERATION}-webform"
NO_INTAKE = [line for line in read("examples/webform-response-200.json") if not line.startswith("Intake met id")]


def sign_ups(world: World) -> list[dict[str, str]]:
    """Without the calls that ask for a dossier alone."""
    return [form for form in forms(world) if "intake_id_extern" in form]


def test_the_intake_has_our_id(world: World):
    """`intake_id_extern`: with it Econobis finds the intake again, whoever asks twice."""
    resident = Resident(world, 1)
    id_ = sign_up(resident)
    world.settle()
    (form,) = forms(world)
    assert form["intake_id_extern"] == id_
    (submission,) = [record for _, record in world.observer.records(Submission).all()]
    (intake,) = world.rows(COOPERATION, "intakes")
    assert (submission.contact_id, submission.intake_id) == (resident.contact_id, intake["id"])
    assert submission.visit_ids == [resident.visit["id"]]


def test_what_it_is_about_is_said_by_the_forms_settings(adjusted):
    """Campaign, measure, action, coach, reasons and sources; whoever fills in the form has no say in it."""
    more = "        reasons: [2]\n        sources: [4, 5]\n"
    with adjusted((FORM, FORM.replace("coach: 21", "coach: 22") + more)) as world:
        resident = Resident(world, 1)
        mine = {"kansactie_org_of_coach": "21", "intake_campagne_id": "7", "intake_maatregel_ids": "2,3"}
        sign_up(resident, **mine, intake_motivatie_ids="1", intake_aanmeldingsbron_ids="1")
        world.settle()
        (form,) = forms(world)
        assert form["intake_campagne_id"] == "1"
        assert [form[name] for name in OPPORTUNITY] == ["1", "visit", "22"]
        assert form["intake_motivatie_ids"] == "2"
        assert form["intake_aanmeldingsbron_ids"] == "4,5"
        assert resident.visit["contact_id"] == 22
        (intake,) = world.rows(COOPERATION, "intakes")
        assert intake["campaign_id"] == 1


def test_a_form_without_a_dossier_asks_for_none(adjusted):
    with adjusted(("dossier: true", "dossier: false")) as world:
        resident = Resident(world, 1)
        sign_up(resident)
        world.settle()
        assert "hoomdossier_aanmaken" not in forms(world)[0]
        assert len(forms(world)) == 1
        assert not world.received("hoomdossier", COOPERATION, "/register")


def test_a_form_without_an_action_makes_an_opportunity_without_a_visit(adjusted):
    with adjusted((FORM, FORM.replace("action: visit", "action: null"))) as world:
        sign_up(Resident(world, 1))
        world.settle()
        assert len(world.rows(COOPERATION, "opportunities")) == 1
        assert not world.rows(COOPERATION, "quotation_requests")


def test_a_correction_arrives_and_makes_no_second_opportunity(world: World):
    """Opportunity and action go along in the first call only; Econobis would make them again (known-limits E2)."""
    resident = Resident(world, 1)
    id_ = sign_up(resident)
    world.settle()
    assert sign_up(resident, telefoonnummer="0470123456", intake_opmerkingen_bewoner="Na vijven bellen") == id_
    world.settle()
    first, second = forms(world)
    assert set(OPPORTUNITY) <= set(first)
    assert not set(OPPORTUNITY) & set(second)
    assert second["intake_id_extern"] == first["intake_id_extern"] == id_
    assert second["telefoonnummer"].endswith("470123456")
    assert second["intake_opmerkingen_bewoner"] == "Na vijven bellen"
    assert resident.visit  # One intake, one opportunity, one visit.
    resident.check()
    check_whole(world)


def test_a_correction_keeps_the_interest_of_the_intake(world: World):
    """A later call replaces Econobis' interests by those it has, so it has them too (known-limits E2)."""
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    before = world.rows(COOPERATION, "intake_measure_requested")
    sign_up(resident, telefoonnummer="0470123456")
    world.settle()
    after = world.rows(COOPERATION, "intake_measure_requested")
    assert before
    assert [row["measure_category_id"] for row in after] == [row["measure_category_id"] for row in before]


def test_a_correction_before_the_first_call_is_one_call(world: World):
    resident = Resident(world, 1)
    sign_up(resident, telefoonnummer="0470111111")
    sign_up(resident, telefoonnummer="0470222222")
    world.settle()
    (form,) = forms(world)
    assert form["telefoonnummer"].endswith("470222222")
    resident.check()


def test_a_correction_while_the_first_call_is_under_way_goes_after_it(world: World):
    resident = Resident(world, 1)
    corrected = []

    def meanwhile(point: str) -> None:
        if point == WEBFORM and not corrected:
            corrected.append(sign_up(resident, telefoonnummer="0470222222"))

    world.boundaries.fault = meanwhile
    sign_up(resident)
    world.settle()
    assert corrected
    first, second = forms(world)
    assert "telefoonnummer" not in first
    assert second["telefoonnummer"].endswith("470222222")
    assert not set(OPPORTUNITY) & set(second)
    resident.check()
    check_whole(world)


def test_a_correction_while_the_rest_of_the_first_one_is_done_goes_after_it(world: World):
    """Econobis has answered, and resident, coach and dossier are being seen to."""
    resident = Resident(world, 1)
    sign_up(resident)
    corrected = []

    def meanwhile(point: str) -> None:
        if point == "before store.replace(submissions)" and not corrected:
            ((_, submission),) = world.observer.records(Submission).all()
            if submission.submitted_version:
                corrected.append(True)
                sign_up(resident, telefoonnummer="0470222222")

    world.boundaries.fault = meanwhile
    began = world.clock()
    world.settle()
    assert corrected
    first, second = sign_ups(world)
    assert "telefoonnummer" not in first
    assert second["telefoonnummer"].endswith("470222222")
    assert not set(OPPORTUNITY) & set(second)
    assert world.clock() - began < timedelta(minutes=1)  # By a task of its own: no sweep had to find it.
    resident.check()
    check_whole(world)


def test_two_of_one_household_are_submitted_one_after_the_other(world: World):
    """They share a mailbox. Econobis makes a contact where it finds none, without a lock."""
    resident, sent = Resident(world, 1), []
    sign_up(resident)
    sign_up(resident, voornaam="Partner")

    def another_instance(point: str) -> None:
        if point == WEBFORM and not sent:
            sent.append(len(sign_ups(world)))
            world.dispatcher.run_due()
            sent.append(len(sign_ups(world)))

    world.boundaries.fault = another_instance
    began = world.clock()
    world.settle()
    assert sent == [0, 0]
    assert len(sign_ups(world)) == 2
    assert world.clock() - began < timedelta(minutes=1)


def test_a_yes_without_an_intake_is_no_success(world: World):
    """Econobis answers 200 and made no intake, for lack of an address (known-limits E8): shown, and a replay makes it."""
    resident = Resident(world, 1)
    world.fault("econobis", COOPERATION, kind="status", match="webform", status=200, body=json.dumps(NO_INTAKE))
    sign_up(resident)
    world.settle()
    (letter,) = dead_letters(world)
    assert (letter.collection, letter.parked.unknown) == ("submissions", False)
    assert letter.why
    assert len(forms(world)) == 1
    replay(world.services, letter, "test")
    world.settle()
    resident.check()
    check_whole(world)


WITHOUT_DOSSIER = ("dossier: true", "dossier: false")  # Else Econobis' asking for it proves that all arrived.
TIMES = [1, 2, 3]


def test_what_became_of_a_call_is_looked_into_and_all_is_there(adjusted):
    """The look has none of the fields that would make it again (known-limits E1, E2), and comes when no call can run."""
    with adjusted(WITHOUT_DOSSIER) as world:
        world.fault("econobis", COOPERATION, kind="lost_answer", match="webform")
        resident = Resident(world, 1)
        began = world.clock()
        sign_up(resident)
        world.settle()
        _, look = forms(world)
        assert not set(OPPORTUNITY) & set(look)
        assert resident.visit
        first, second = (
            datetime.fromisoformat(row["at"]) for row in world.received("econobis", COOPERATION, "webform")
        )
        assert second - first > timedelta(seconds=SubmitIntake.seconds + LEASE_MARGIN)
        assert world.clock() - began < timedelta(minutes=10)
        check_whole(world)


@pytest.mark.parametrize("dossier", [True, False])
def test_what_did_not_arrive_is_made_after_the_look(adjusted, dossier: bool):
    with adjusted(("dossier: true", f"dossier: {str(dossier).lower()}")) as world:
        world.fault("econobis", COOPERATION, kind="reset", match="webform")
        resident = Resident(world, 1)
        began = world.clock()
        sign_up(resident)
        world.settle()
        _, look, rest = sign_ups(world)
        assert not set(OPPORTUNITY) & set(look)
        assert set(OPPORTUNITY) <= set(rest)
        assert resident.visit  # One of each.
        assert world.clock() - began < timedelta(minutes=10)
        if dossier:
            resident.check()
        check_whole(world)


@pytest.mark.parametrize("lost", TIMES)
@pytest.mark.parametrize("first", ["lost_answer", "reset"])
def test_looks_whose_answers_are_lost_too_find_out_by_the_visit(adjusted, first: str, lost: int):
    """An intake that is there may be a look's own, and then says nothing of the opportunity."""
    with adjusted(WITHOUT_DOSSIER) as world:
        world.fault("econobis", COOPERATION, kind=first, match="webform")
        world.fault("econobis", COOPERATION, kind="lost_answer", match="webform", times=lost)
        resident = Resident(world, 1)
        sign_up(resident)
        world.settle()
        assert resident.visit  # One of each.
        assert len(sign_ups(world)) == (2 if first == "lost_answer" else 3) + lost
        check_whole(world)


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
def test_the_call_that_makes_the_rest_may_be_lost_as_well(adjusted, kind: str):
    with adjusted(WITHOUT_DOSSIER) as world:
        resident = Resident(world, 1)
        world.fault("econobis", COOPERATION, kind="reset", match="webform")
        sign_up(resident)
        while not any(one.intake_alone for _, one in world.observer.records(Submission).all()):
            world.dispatcher.run_due() or world.clock.advance(1)
        world.fault("econobis", COOPERATION, kind=kind, match="webform")
        world.settle()
        assert resident.visit  # One of each.
        check_whole(world)


def test_the_visit_that_a_look_asks_for_stays_as_it_is(adjusted):
    """Planned by staff meanwhile: its status and its opportunity's are not touched."""
    with adjusted(WITHOUT_DOSSIER) as world:
        resident = Resident(world, 1)
        world.fault("econobis", COOPERATION, kind="lost_answer", match="webform", times=2)
        sign_up(resident)
        while not resident.is_in_econobis:
            world.dispatcher.run_due()
        world.econobis_rows[COOPERATION].update("quotation_requests", resident.visit["id"], status_id=9)
        (opportunity,) = world.rows(COOPERATION, "opportunities")
        world.settle()
        assert resident.visit["status_id"] == 9
        assert world.rows(COOPERATION, "opportunities") == [opportunity]


def test_without_a_visit_to_look_for_a_person_decides_when_a_look_was_lost(adjusted):
    """Nothing of Econobis tells whether the opportunity is there."""
    with adjusted(WITHOUT_DOSSIER, (FORM, FORM.replace("action: visit", "action: null"))) as world:
        world.fault("econobis", COOPERATION, kind="reset", match="webform")
        world.fault("econobis", COOPERATION, kind="lost_answer", match="webform")
        sign_up(Resident(world, 1))
        world.settle()
        (letter,) = dead_letters(world)
        assert letter.parked.code == "visit_missing"
        replay(world.services, letter, "test")
        world.settle()
        assert len(world.rows(COOPERATION, "opportunities")) == 1
        check_whole(world)


def test_what_stays_unknown_after_looks_over_hours_is_for_a_person(adjusted):
    """Econobis does not answer for days."""
    with adjusted(WITHOUT_DOSSIER) as world:
        world.fault("econobis", COOPERATION, kind="reset", match="webform", times=99)
        resident = Resident(world, 1)
        began = world.clock()
        sign_up(resident)
        world.settle()
        (letter,) = dead_letters(world)
        assert letter.parked.unknown
        assert "opnieuw" in letter.advice
        assert len(forms(world)) == 1 + len(LOOKS)
        assert letter.parked.at - began > timedelta(hours=6)
        world.clock.advance(3 * 86400)
        world.settle()
        assert len(forms(world)) == 1 + len(LOOKS)
        no_more_faults(world)
        replay(world.services, letter, "test")
        world.settle()
        assert resident.visit  # One of each.
        check_whole(world)


def test_a_correction_that_nobody_answered_goes_once_more(world: World):
    """It makes nothing, so it needs no look."""
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    world.fault("econobis", COOPERATION, kind="reset", match="webform")
    sign_up(resident, telefoonnummer="0470222222")
    world.settle()
    assert [form.get("telefoonnummer", "")[-9:] for form in sign_ups(world)] == ["", "470222222", "470222222"]
    resident.check()
    check_whole(world)


def test_a_dossier_that_econobis_asks_for_afterwards_settles_it(world: World):
    """Econobis asks for it only when the whole sign-up is stored, so no person has to look."""
    world.fault("econobis", COOPERATION, kind="lost_answer", match="webform")
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    (submission,) = [record for _, record in world.observer.records(Submission).all()]
    assert (submission.state, submission.contact_id) == ("done", resident.contact_id)
    assert submission.sign_up is None
    assert len(sign_ups(world)) == 1
    assert world.received("hoomdossier", COOPERATION, "/building-coach-status")  # What follows from it was done.
    resident.check()
    check_whole(world)


def test_a_dossier_that_econobis_asks_for_later_settles_it(world: World):
    """Econobis was slow: our call had ended when it did the work."""
    resident = Resident(world, 1)
    world.fault("econobis", COOPERATION, kind="reset", match="webform")
    id_ = sign_up(resident)
    while world.dispatcher.run_due():
        pass
    url = f"{world.base}/econobis/{COOPERATION}/api/webform/external/demo-{COOPERATION}-webform"
    late = {"intake_id_extern": id_, "intake_campagne_id": "1", "intake_maatregel_ids": "1", "adres_land_id": "BE"}
    visit = {"kansactie_aanmaken": "visit", "kansactie_org_of_coach": "21", "hoomdossier_aanmaken": "1"}
    assert world.http.post(url, data={**resident.typed, **late, **visit}).status_code == 200
    world.settle()
    assert len(sign_ups(world)) == 2  # Ours, and Econobis' own belated work.
    resident.check()
    check_whole(world)


def test_a_dossier_that_econobis_asked_for_settles_it_also_when_all_that_follows_was_done(world: World):
    """The dossier's own work was quicker than the news that the answer is lost."""
    resident = Resident(world, 1)
    world.fault("econobis", COOPERATION, kind="lost_answer", match="webform")

    def all_that_follows(point: str) -> None:
        if point == "before store.replace(submissions)" and resident.is_in_econobis:
            world.boundaries.fault = lambda _point: None
            while world.dispatcher.run_due():
                pass

    world.boundaries.fault = all_that_follows
    sign_up(resident)
    world.settle()
    assert len(sign_ups(world)) == 1
    resident.check()
    check_whole(world)


@pytest.mark.parametrize("later", [0, 100])
def test_a_dossier_that_an_employee_asks_for_does_not_settle_a_correction(world: World, later: int):
    """The contact is in Econobis since the first call, so anybody may ask; the correction itself never arrived."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=422, match="register", body='{"city":["x"]}', times=9)
    sign_up(resident)
    world.settle()
    world.fault("econobis", COOPERATION, kind="reset", match="webform")
    sign_up(resident, telefoonnummer="0470222222")
    while world.dispatcher.run_due():
        pass
    no_more_faults(world)
    world.clock.advance(later)
    assert resident.make_dossier().status_code == 200
    world.settle()
    assert len(sign_ups(world)) == 3
    assert sign_ups(world)[-1]["telefoonnummer"].endswith("470222222")
    assert resident.visit  # One intake, one opportunity, one visit.


def test_a_dossier_that_is_asked_for_long_after_the_call_settles_nothing(world: World):
    """By somebody who knows the person from elsewhere."""
    resident = Resident(world, 1)
    world.fault("econobis", COOPERATION, kind="reset", match="webform")
    sign_up(resident)
    while world.dispatcher.run_due():
        pass
    world.clock.advance(SubmitIntake.seconds + 1)
    body = {**read("examples/econobis-register-request-minimal.json"), "email": resident.email, "postal_code": "9000"}
    key = {"Authorization": f"Bearer demo-{COOPERATION}-econobis"}
    answer = world.post(f"/functions/create-dossier/{COOPERATION}", body, **key)
    assert answer is not None
    assert answer.status_code == 201, answer.text
    world.settle()
    assert len(sign_ups(world)) == 3  # It was looked for, was not there, and was made.


SECOND_FORM = """\
      tweede:
        campaign: 2
        measures: [1]
        dossier: true
    mail:
      name: Meer Energie
"""


def test_a_dossier_that_was_asked_for_before_settles_nothing(adjusted):
    """The resident of an earlier campaign signs up for another, and that call did not arrive."""
    campaigns = ("      1: {name: Warme wijk}\n", "      1: {name: Warme wijk}\n      2: {name: Zonnedaken}\n")
    with adjusted(campaigns, ("    mail:\n      name: Meer Energie\n", SECOND_FORM)) as world:
        world.econobis_rows[COOPERATION].insert("campaigns", id=2, name="Zonnedaken")
        resident = Resident(world, 1)
        sign_up(resident)
        world.settle()
        world.clock.advance(60)
        world.fault("econobis", COOPERATION, kind="reset", match="webform")
        sign_up(resident, "tweede")
        world.settle()
        assert [row["campaign_id"] for row in world.rows(COOPERATION, "intakes")] == [1, 2]
        assert len(world.rows(COOPERATION, "opportunities")) == 2


def test_what_was_typed_is_not_kept(world: World):
    """Name, address and e-mail stay with the resident, while the link lives; all else is Econobis' from now on."""
    resident = Resident(world, 1)
    sign_up(resident, intake_opmerkingen_bewoner="Mijn cv-ketel is van 1998")
    assert found(kept(world), "cv-ketel")
    world.settle()
    assert not found(kept(world), "cv-ketel")
    assert all(record.sign_up is None for _, record in world.observer.records(Submission).all())
    assert world.rows(COOPERATION, "intakes")[0]["note"] == "Mijn cv-ketel is van 1998"


def test_what_was_typed_can_be_guessed_from_no_hash(world: World):
    """Who reads the store, and guesses all that was typed, cannot see that it was that."""
    id_ = sign_up(Resident(world, 1))
    typed = world.observer.records(Submission).get(id_).sign_up.model_dump(mode="json", exclude={"consent_at"})
    world.settle()
    assert world.observer.records(Submission).get(id_).digest
    assert not found(kept(world), digest(typed))


def test_a_sign_up_of_a_version_whose_hashes_had_no_key_is_corrected_once(world: World):
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


def test_what_was_typed_goes_with_the_dead_letter(world: World):
    """It is kept for as long as a person may want to send it again, and no longer."""
    world.fault("econobis", COOPERATION, kind="status", match="webform", status=200, body=json.dumps(NO_INTAKE))
    sign_up(Resident(world, 1), intake_opmerkingen_bewoner="Mijn cv-ketel is van 1998")
    world.settle()
    (letter,) = dead_letters(world)
    assert found(kept(world), "cv-ketel")
    close(world.services, letter, "test")
    assert not found(kept(world), "cv-ketel")


def test_who_signs_up_again_after_it_was_closed_gets_no_second_opportunity(adjusted):
    """The answer was lost, a person saw it in Econobis and closed it: then the resident corrects a number."""
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


# -- what Econobis takes only of what it makes ---------------------------------------------------------------------------


def task_notes(world: World) -> list[str]:
    return [row["note"] or "" for row in world.rows(COOPERATION, "tasks")]


def test_another_remark_reaches_staff_in_the_task_of_the_call(world: World):
    """Econobis takes a remark with an intake that it makes, and of no other (econobis.md 4.6)."""
    resident = Resident(world, 1)
    sign_up(resident, intake_opmerkingen_bewoner="Ik heb een hond")
    world.settle()
    sign_up(resident, intake_opmerkingen_bewoner="De hond is er in mei niet")
    world.settle()
    assert world.rows(COOPERATION, "intakes")[0]["note"] == "Ik heb een hond"
    assert [note for note in task_notes(world) if "De hond is er in mei niet" in note]
    assert not found(kept(world), "hond")
    check_whole(world)


def test_another_remark_before_anything_was_sent_is_simply_the_remark(world: World):
    resident = Resident(world, 1)
    sign_up(resident, intake_opmerkingen_bewoner="Ik heb een hond")
    sign_up(resident, intake_opmerkingen_bewoner="Ik heb geen hond")
    world.settle()
    assert world.rows(COOPERATION, "intakes")[0]["note"] == "Ik heb geen hond"
    assert not [note for note in task_notes(world) if "wijziging" in note]


def test_another_remark_while_the_first_call_is_looked_into_is_told_with_the_look(adjusted):
    with adjusted(WITHOUT_DOSSIER) as world:
        world.fault("econobis", COOPERATION, kind="lost_answer", match="webform")
        resident = Resident(world, 1)
        sign_up(resident, intake_opmerkingen_bewoner="Ik heb een hond")
        while world.dispatcher.run_due():
            pass
        sign_up(resident, intake_opmerkingen_bewoner="De hond is er in mei niet")
        world.settle()
        assert len(sign_ups(world)) == 2
        assert [note for note in task_notes(world) if "De hond is er in mei niet" in note]
        assert resident.visit


# -- a mistake in the e-mail address -------------------------------------------------------------------------------------


RIGHT = "bewoner1@juist.example"


def test_who_mends_the_e_mail_address_gets_no_second_intake_or_visit_and_staff_are_told(world: World):
    """Back to the form, and sent again within minutes."""
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


def test_another_address_for_somebodys_name_gets_nothing_to_see(world: World):
    """No dossier, no mail: not now, and not about what follows."""
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


def test_two_addresses_before_anything_was_sent_are_one_intake(world: World):
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


def test_when_the_first_one_is_refused_the_second_is_a_sign_up_of_its_own(world: World):
    resident = Resident(world, 1)
    world.fault("econobis", COOPERATION, kind="status", match="webform", status=200, body=json.dumps(NO_INTAKE))
    sign_up(resident)
    sign_up(resident, emailadres=RIGHT)
    world.settle()
    assert world.letters_to(RIGHT)
    assert len(world.rows(COOPERATION, "opportunities")) == 1
    assert [letter.collection for letter in dead_letters(world)] == ["submissions"]


def test_the_same_name_and_home_after_the_hour_is_a_sign_up_of_its_own(world: World):
    """A father and his son may share them."""
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    world.clock.advance(3601)
    sign_up(resident, emailadres=RIGHT)
    world.settle()
    assert len(world.rows(COOPERATION, "intakes")) == 2


# -- what Econobis knows better ------------------------------------------------------------------------------------------


def test_street_and_town_that_econobis_found_are_kept_when_none_were_typed(world: World):
    """It asks the address register, and tells what it found when it asks for the dossier."""
    resident = Resident(world, 1, OTHER)
    sign_up(resident, adres_straat="", adres_plaats="")
    world.settle()
    record = world.observer.find_resident(OTHER, resident.contact_id)
    assert record
    assert (record.address.street, record.address.city) == ("Dorpsstraat", "Zonnig Dorp")


def test_a_correction_without_street_and_town_does_not_take_them_away(world: World):
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    sign_up(resident, adres_straat="", adres_plaats="", telefoonnummer="0470222222")
    world.settle()
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert "Kerkstraat" in str(letters(world, resident.email)[-1].part("text/plain"))


def test_a_name_that_staff_mended_is_known_once_econobis_tells_it(world: World):
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    rows = world.econobis_rows[COOPERATION]
    (person,) = rows.rows("people", contact_id=resident.contact_id)
    rows.update("people", person["id"], last_name="Gemend")
    rows.update("contacts", resident.contact_id, hoom_account_id=None)
    assert resident.make_dossier().status_code == 200
    record = world.observer.find_resident(COOPERATION, resident.contact_id)
    assert record
    assert record.person.last_name == "Gemend"


# -- the same again after the dossier is gone ----------------------------------------------------------------------------


def test_the_same_words_after_the_dossier_was_deleted_are_a_new_wish(world: World):
    """Econobis keeps the old account, and says so: that is shown (known-limits D12)."""
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    tell_deleted(world, delete(world, resident))
    world.settle()
    for letter in dead_letters(world):  # Econobis keeps the housing file of who has an opportunity.
        close(world.services, letter, "test")
    calls = len(sign_ups(world))
    sign_up(resident)
    world.settle()
    assert len(sign_ups(world)) == calls + 1
    (letter,) = dead_letters(world)
    assert "account-id" in letter.why
    assert resident.visit


def test_the_same_words_while_nothing_was_deleted_are_nothing(world: World):
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    sign_up(resident)
    world.settle()
    assert len(sign_ups(world)) == 1
