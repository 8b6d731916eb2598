"""A sign-up becomes one contact, intake, opportunity and visit in Econobis, with the values of the form's settings."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared.dead_letters.decide import close, replay
from shared.domain.submission import LOOKS, Submission
from shared.flows.submit_intake import SubmitIntake
from shared.work.once import LEASE_MARGIN
from tests.fixtures import read
from tests.world.faults import NO_INTAKE, no_more_faults
from tests.world.fixtures import second_campaign
from tests.world.personal_data import found, kept
from tests.world.residents import COOPERATION, OTHER, Resident, check_whole, dead_letters, sign_up
from tests.world.sent import forms, letters, sign_ups, task_notes
from tests.world.world import World

OPPORTUNITY = ("intake_maatregel_ids", "kansactie_aanmaken", "kansactie_org_of_coach")
FORM = "        measures: [1]\n        action: visit\n        coach: 21\n"
WEBFORM = f"before POST demo-{COOPERATION}-webform"


def test_the_intake_gets_the_submissions_id(world: World):
    """As `intake_id_extern`, by which Econobis finds the intake again at the next call."""
    resident = Resident(world, 1)
    id_ = sign_up(resident)
    world.settle()
    (form,) = forms(world)
    assert form["intake_id_extern"] == id_
    (submission,) = [record for _, record in world.observer.records(Submission).all()]
    (intake,) = world.rows(COOPERATION, "intakes")
    assert (submission.contact_id, submission.intake_id) == (resident.contact_id, intake["id"])
    assert submission.visit_ids == [resident.visit["id"]]


def test_campaign_measures_action_and_coach_come_from_the_settings_of_the_form(adjusted):
    """Values for these in the posted form are ignored, also for reasons and sources."""
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


def test_a_correction_makes_no_second_opportunity(world: World):
    """Only the first call has opportunity and action, because Econobis would create them again (known-limits E2)."""
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


def test_a_correction_keeps_the_measures_of_the_intake(world: World):
    """Each call replaces the measures of the intake, so each call has them (known-limits E2)."""
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    before = world.rows(COOPERATION, "intake_measure_requested")
    sign_up(resident, telefoonnummer="0470123456")
    world.settle()
    after = world.rows(COOPERATION, "intake_measure_requested")
    assert before
    assert [row["measure_category_id"] for row in after] == [row["measure_category_id"] for row in before]


def test_a_correction_during_the_first_call_is_sent_after_it(world: World):
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


def test_a_correction_during_the_work_after_the_first_call_is_sent_after_it(world: World):
    """Econobis has answered, and the link is storing the resident and asking for coach and dossier."""
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
    assert world.clock() - began < timedelta(minutes=1)  # It had a task of its own and did not wait for a sweep.
    resident.check()
    check_whole(world)


def test_two_sign_ups_with_one_e_mail_address_are_sent_one_after_the_other(world: World):
    """Econobis creates a missing contact without a lock, so two calls at once could create two."""
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


def test_a_200_without_an_intake_is_a_dead_letter(world: World):
    """Econobis answers 200 without an intake when it has no address (known-limits E8). A replay creates the intake."""
    resident = Resident(world, 1)
    world.fault("econobis", COOPERATION, kind="status", match="webform", status=200, body=NO_INTAKE)
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


WITHOUT_DOSSIER = ("dossier: true", "dossier: false")  # A request for the dossier would prove that all arrived.
TIMES = [1, 2, 3]


def test_a_look_after_a_lost_answer_creates_nothing_when_all_arrived(adjusted):
    """It has no fields that create anything again (known-limits E1, E2), and waits until the first call has ended."""
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
def test_a_sign_up_that_did_not_arrive_is_made_after_the_look(adjusted, dossier: bool):
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
def test_a_look_by_the_visit_follows_when_the_answer_of_a_look_is_lost(adjusted, first: str, lost: int):
    """A look may have created the intake itself, so the intake does not prove that the opportunity is there."""
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
def test_everything_is_there_once_when_the_call_after_the_look_is_lost_too(adjusted, kind: str):
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


def test_a_look_by_the_visit_does_not_change_the_visit(adjusted):
    """Staff planned it meanwhile. Its status and that of its opportunity stay."""
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


def test_without_a_visit_a_lost_look_is_a_dead_letter(adjusted):
    """No answer of Econobis says whether the opportunity is there."""
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


def test_a_sign_up_is_a_dead_letter_when_all_looks_are_lost(adjusted):
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


def test_a_correction_with_a_lost_answer_is_sent_again_without_a_look(world: World):
    """A correction creates nothing."""
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    world.fault("econobis", COOPERATION, kind="reset", match="webform")
    sign_up(resident, telefoonnummer="0470222222")
    world.settle()
    assert [form.get("telefoonnummer", "")[-9:] for form in sign_ups(world)] == ["", "470222222", "470222222"]
    resident.check()
    check_whole(world)


def test_a_request_for_the_dossier_proves_that_the_sign_up_arrived(world: World):
    """Econobis asks for it only after it stored the whole sign-up."""
    world.fault("econobis", COOPERATION, kind="lost_answer", match="webform")
    resident = Resident(world, 1)
    sign_up(resident)
    world.settle()
    (submission,) = [record for _, record in world.observer.records(Submission).all()]
    assert (submission.state, submission.contact_id) == ("done", resident.contact_id)
    assert submission.sign_up is None
    assert len(sign_ups(world)) == 1
    assert world.received("hoomdossier", COOPERATION, "/building-coach-status")  # The work after the call was done.
    resident.check()
    check_whole(world)


def test_a_request_for_the_dossier_after_our_call_ended_proves_it_too(world: World):
    """Econobis was slow and did the work after our call had ended."""
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
    assert len(sign_ups(world)) == 2  # Our call, and this late one.
    resident.check()
    check_whole(world)


def test_a_dossier_that_is_complete_before_the_lost_answer_is_noticed_proves_it_too(world: World):
    """All tasks of the dossier ran before the link wrote that the answer was lost."""
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
def test_a_request_for_the_dossier_does_not_prove_that_a_correction_arrived(world: World, later: int):
    """The contact is in Econobis since the first call, so an employee can ask. The correction did not arrive."""
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


def test_a_request_for_the_dossier_long_after_the_call_proves_nothing(world: World):
    """Somebody asks who knows the person from elsewhere."""
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
    assert len(sign_ups(world)) == 3  # The call, the look, and the call that made it.


def test_a_request_for_the_dossier_before_the_call_proves_nothing(adjusted):
    """A resident of an earlier campaign signs up for another one, and that call does not arrive."""
    with second_campaign(adjusted) as world:
        resident = Resident(world, 1)
        sign_up(resident)
        world.settle()
        world.clock.advance(60)
        world.fault("econobis", COOPERATION, kind="reset", match="webform")
        sign_up(resident, "tweede")
        world.settle()
        assert [row["campaign_id"] for row in world.rows(COOPERATION, "intakes")] == [1, 2]
        assert len(world.rows(COOPERATION, "opportunities")) == 2


def test_the_content_of_a_sign_up_is_not_kept_after_econobis_has_it(world: World):
    """Name, address and e-mail stay with the resident. The rest is only in Econobis."""
    resident = Resident(world, 1)
    sign_up(resident, intake_opmerkingen_bewoner="Mijn cv-ketel is van 1998")
    assert found(kept(world), "cv-ketel")
    world.settle()
    assert not found(kept(world), "cv-ketel")
    assert all(record.sign_up is None for _, record in world.observer.records(Submission).all())
    assert world.rows(COOPERATION, "intakes")[0]["note"] == "Mijn cv-ketel is van 1998"


def test_the_content_of_a_sign_up_goes_with_its_dead_letter(world: World):
    """It is kept while a person may replay it."""
    world.fault("econobis", COOPERATION, kind="status", match="webform", status=200, body=NO_INTAKE)
    sign_up(Resident(world, 1), intake_opmerkingen_bewoner="Mijn cv-ketel is van 1998")
    world.settle()
    (letter,) = dead_letters(world)
    assert found(kept(world), "cv-ketel")
    close(world.services, letter, "test")
    assert not found(kept(world), "cv-ketel")


# -- remarks -----------------------------------------------------------------------------------------------------------


def test_a_changed_remark_reaches_staff_in_the_task_of_the_call(world: World):
    """Econobis stores a remark only with an intake that the call creates (docs/peers/econobis.md 4.6)."""
    resident = Resident(world, 1)
    sign_up(resident, intake_opmerkingen_bewoner="Ik heb een hond")
    world.settle()
    sign_up(resident, intake_opmerkingen_bewoner="De hond is er in mei niet")
    world.settle()
    assert world.rows(COOPERATION, "intakes")[0]["note"] == "Ik heb een hond"
    assert [note for note in task_notes(world) if "De hond is er in mei niet" in note]
    assert not found(kept(world), "hond")
    check_whole(world)


def test_a_changed_remark_before_the_look_reaches_staff_with_the_look(adjusted):
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


# -- data that Econobis completed --------------------------------------------------------------------------------------


def test_street_and_town_that_econobis_found_are_kept_when_the_form_had_none(world: World):
    """Econobis looks them up in the address register and sends them in its request for the dossier."""
    resident = Resident(world, 1, OTHER)
    sign_up(resident, adres_straat="", adres_plaats="")
    world.settle()
    record = world.observer.find_resident(OTHER, resident.contact_id)
    assert record
    assert (record.address.street, record.address.city) == ("Dorpsstraat", "Zonnig Dorp")


def test_a_correction_without_street_and_town_keeps_the_known_ones(adjusted):
    with adjusted(("required: [adres_straat, adres_plaats]", "required: []")) as world:
        resident = Resident(world, 1)
        sign_up(resident)
        world.settle()
        sign_up(resident, adres_straat="", adres_plaats="", telefoonnummer="0470222222")
        world.settle()
        assert resident.set_appointment("2027-03-05 10:00:00")
        world.settle()
        assert "Kerkstraat" in str(letters(world, resident.email)[-1].part("text/plain"))


def test_a_name_that_staff_corrected_is_known_after_a_request_for_the_dossier(world: World):
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
