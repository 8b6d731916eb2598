"""Econobis is asked to request a dossier until it knows the account id, or a dead letter says why not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.dead_letters.decide import close, replay
from shared.domain.keys import of_contact
from shared.domain.resident import Resident as ResidentRecord
from shared.domain.resident import Resident as StoredResident
from tests.world.clock import START
from tests.world.hoomdossier_events import delete, tell_deleted
from tests.world.residents import COOPERATION, WELCOME, Resident, check_whole, dead_letters, sign_up
from tests.world.sent import answers, forms
from tests.world.world import World

ADDRESS_IS_WRONG = '{"number":["Huisnummer is geen geldig huisnummer."]}'


def asks(world: World) -> list[dict[str, str]]:
    """The webform's calls that ask for a dossier alone."""
    return [form for form in forms(world) if "intake_id_extern" not in form]


def test_a_dossier_is_asked_for_until_econobis_knows_the_account(world: World):
    """Hoomdossier had no room during the sign-up."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=429, match="register", times=20)
    resident.sign_up()
    world.settle()
    assert asks(world)
    resident.check()
    assert answers(world, "hoomdossier", "register").count(201) == 1
    check_whole(world)


def test_a_request_has_only_the_data_of_the_contact(world: World):
    """It creates no intake, opportunity or visit, and changes no name (known-limits E2, E7)."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=429, match="register", times=20)
    resident.sign_up()
    world.settle()
    names = {"voornaam", "achternaam", "emailadres", "titel_id", "hoomdossier_aanmaken", "taak_opmerkingen"}
    for form in asks(world):
        assert names <= set(form)
        assert {name for name in set(form) - names if not name.startswith("adres_")} == set()
    assert resident.visit  # One of each.


@pytest.mark.parametrize(("prefix", "last_name"), [("Van", "Damme"), ("van den", "Berg"), ("", "Van Damme")])
def test_a_request_has_the_name_as_it_was_typed(world: World, prefix: str, last_name: str):
    """Econobis joins the parts when it asks for a dossier, but finds a contact only by the separate parts."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=429, match="register", times=2)
    typed = {**resident.typed, "tussenvoegsel": prefix, "achternaam": last_name}
    world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", typed)
    world.settle()
    assert {(form.get("tussenvoegsel", ""), form["achternaam"]) for form in asks(world)} == {(prefix, last_name)}
    check_whole(world)


def test_a_request_makes_no_second_contact_after_staff_corrected_the_name(world: World):
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=429, match="register", times=20)
    resident.sign_up()
    world.dispatcher.run_due()
    (person,) = world.rows(COOPERATION, "people", contact_id=resident.contact_id)
    world.econobis_rows[COOPERATION].update("people", person["id"], last_name="Vries", first_name="Johanna")
    before = len(world.rows(COOPERATION, "contacts"))
    world.settle()
    assert asks(world)
    assert len(world.rows(COOPERATION, "contacts")) == before


def test_without_a_fault_there_is_no_request(world: World):
    Resident(world, 1).sign_up()
    world.settle()
    assert asks(world) == []


def test_an_event_that_econobis_refuses_for_lack_of_the_account_makes_a_request(world: World, resident: Resident):
    """Our answer to its register call was lost (known-limits A1). It gets the same account at the next request."""
    account = resident.contact["hoom_account_id"]
    world.econobis_rows[COOPERATION].update("contacts", resident.contact_id, hoom_account_id=None)
    assert resident.push("gebruik")
    world.settle()
    assert resident.contact["hoom_account_id"] == account
    assert answers(world, "econobis", "/gebruik")[-1] == 200
    assert answers(world, "hoomdossier", "register") == [201]
    assert len(asks(world)) == 1
    check_whole(world)


def test_a_refused_dossier_is_a_dead_letter_with_the_reason_and_is_not_asked_again(world: World):
    """Each request makes a task for the staff of Econobis."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=422, match="register", body=ADDRESS_IS_WRONG, times=9)
    resident.sign_up()
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.collection == "dossier_requests"
    assert "geldig huisnummer" in letter.why
    assert letter.advice
    calls = len(asks(world))
    assert calls <= 1
    world.clock.advance(3 * 86400)
    world.settle()
    assert len(asks(world)) == calls
    assert not world.letters_to(resident.email)


def test_a_replay_makes_a_refused_dossier_once_the_reason_is_gone(world: World):
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=422, match="register", body=ADDRESS_IS_WRONG, times=2)
    resident.sign_up()
    world.settle()
    (letter,) = dead_letters(world)
    replay(world.services, letter, "test")
    world.settle()
    resident.check()
    check_whole(world)


def test_a_replay_that_fails_otherwise_does_not_show_the_old_reason(world: World):
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=422, match="register", body=ADDRESS_IS_WRONG, times=2)
    world.fault("hoomdossier", COOPERATION, kind="status", status=429, match="register", times=20)
    resident.sign_up()
    world.settle()
    (letter,) = dead_letters(world)
    replay(world.services, letter, "test")
    world.settle()
    resident.check()
    check_whole(world)


def test_a_dossier_that_econobis_does_not_ask_for_is_a_dead_letter(world: World):
    """Econobis gives no reason (known-limits E9). Here its setting *Hoom link* is empty."""
    (settings,) = world.rows(COOPERATION, "cooperations")
    world.econobis_rows[COOPERATION].update("cooperations", settings["id"], hoom_link=None)
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.collection == "dossier_requests"
    assert "niet aangevraagd" in letter.why
    assert len(asks(world)) <= 2
    world.econobis_rows[COOPERATION].update("cooperations", settings["id"], hoom_link=settings["hoom_link"])
    replay(world.services, letter, "test")
    world.settle()
    resident.check()


def test_a_registration_that_did_not_arrive_is_made_at_the_next_request(world: World):
    """The outcome is unknown, so Econobis is asked again after the call has certainly ended."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="reset", match="register")
    began = world.clock()
    resident.sign_up()
    world.settle()
    assert answers(world, "hoomdossier", "register") == ["reset", 201]
    assert len(asks(world)) == 1  # None during the call: each makes a task in Econobis.
    assert world.clock() - began < timedelta(minutes=10)
    resident.check()
    check_whole(world)


def test_a_registration_with_a_lost_answer_is_a_dead_letter_for_its_account_id(world: World):
    """Hoomdossier refuses the second registration, and its API does not tell the account id (known-limits A1)."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="lost_answer", match="register")
    resident.sign_up()
    world.settle()
    (letter,) = dead_letters(world)
    assert (letter.collection, letter.parked.unknown) == ("residents", False)
    assert "contact ID is al geregistreerd" in letter.why
    assert "account-id" in letter.advice
    assert answers(world, "hoomdossier", "register") == ["lost", 422]
    world.clock.advance(3 * 86400)
    world.settle()
    assert answers(world, "hoomdossier", "register") == ["lost", 422]
    assert len(asks(world)) == 1


def test_a_registration_that_failed_halfway_is_completed_at_the_next_request(world: World):
    """Hoomdossier failed after the account was made (`register__error_before_cooperation_link_then_retry…`)."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=500, match="register", times=2)
    resident.sign_up()
    world.settle()
    assert answers(world, "hoomdossier", "register") == [500, 500, 201]
    resident.check()
    check_whole(world)


@pytest.mark.parametrize("kind", ["gebruik", "afspraak"])
def test_an_event_of_the_dossier_brings_the_account_id_and_econobis_gets_it(world: World, kind: str):
    """An event proves that the registration worked."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="lost_answer", match="register")
    resident.sign_up()
    world.settle()
    assert not resident.contact.get("hoom_account_id")
    assert resident.push("gebruik") if kind == "gebruik" else resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    resident.check()  # The account, and one welcome.
    assert world.letters_to(resident.email).count(WELCOME) == 1
    assert answers(world, "hoomdossier", "register") == ["lost", 422]
    assert answers(world, "econobis", f"/{kind}") in (
        [200],
        [404, 200],
    )  # The request comes at once and not after more failures.
    check_whole(world)


def test_a_replay_after_the_dossier_was_deleted_by_hand_asks_for_it_again(world: World):
    """Somebody deleted the dossier in Hoomdossier, so the contact id is free."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="lost_answer", match="register")
    resident.sign_up()
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.collection == "residents"
    delete(world, resident)
    replay(world.services, letter, "test")
    world.settle()
    resident.check()
    check_whole(world)


def test_a_new_dossier_after_a_delete_waits_until_staff_clear_the_old_account(world: World, resident: Resident):
    """Econobis keeps the account id of a deleted dossier, and then asks for no other one (known-limits D12)."""
    deleted = delete(world, resident)
    tell_deleted(world, deleted)
    world.settle()
    for letter in dead_letters(world):  # Econobis keeps the housing file of a contact with an opportunity.
        close(world.services, letter, "test")
    sign_up(resident, telefoonnummer="0470222222")
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.collection == "dossier_requests"
    assert "account-id" in letter.why
    calls = len(asks(world))
    world.clock.advance(3 * 86400)
    world.settle()
    assert len(asks(world)) == calls == 1
    world.econobis_rows[COOPERATION].update("contacts", resident.contact_id, hoom_account_id=None)
    replay(world.services, letter, "test")
    world.settle()
    assert resident.contact["hoom_account_id"] == resident.dossiers[0]["account_id"] != deleted["account_id"]
    check_whole(world)


def test_a_dossier_that_is_deleted_before_its_task_ran_is_not_asked_for(world: World, resident: Resident):
    """The account id came and went while the task waited."""
    world.services.records(StoredResident).update(of_contact(COOPERATION, resident.contact_id), _due)
    deleted = delete(world, resident)
    tell_deleted(world, deleted)
    world.settle()
    stored = world.observer.records(StoredResident).get(of_contact(COOPERATION, resident.contact_id))
    assert stored
    assert (stored.account_id, stored.due_at) == (None, None)


def _due(resident: ResidentRecord | None) -> ResidentRecord | None:
    """The resident after a registration whose task was lost."""
    assert resident
    resident.schedule(START)
    return resident


@pytest.mark.parametrize("status", [200, 422, 500])
def test_an_account_id_that_econobis_rolled_back_is_sent_again(world: World, status: int):
    """A newer Econobis makes the dossier in a second transaction, after it stored the sign-up (known-limits G2)."""
    econobis = world.econobis_rows[COOPERATION]
    econobis.insert("_newer_econobis", fault="Groep niet gevonden.", status=status, times=1)
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    resident.check()
    assert answers(world, "hoomdossier", "register") == [201]
    assert len(asks(world)) == 1
    assert [len(econobis.rows(table)) for table in ("intakes", "opportunities", "quotation_requests")] == [1, 1, 1]
    check_whole(world)


def test_an_account_id_that_econobis_rolls_back_each_time_is_a_dead_letter(world: World):
    world.econobis_rows[COOPERATION].insert("_newer_econobis", fault="Groep niet gevonden.", status=422, times=99)
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    (letter,) = [letter for letter in dead_letters(world) if letter.collection == "dossier_requests"]
    assert "Groep niet gevonden." in letter.why
    assert answers(world, "hoomdossier", "register") == [201]
    assert len(world.econobis_rows[COOPERATION].rows("intakes")) == 1
