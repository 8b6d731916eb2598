"""A dossier that a campaign wants is asked for through Econobis until Econobis knows the account id, or says why not."""

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
    """The calls for a dossier alone."""
    return [form for form in forms(world) if "intake_id_extern" not in form]


def test_it_is_asked_for_again_until_econobis_knows_the_account(world: World):
    """Hoomdossier had no room during the sign-up."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=429, match="register", times=20)
    resident.sign_up()
    world.settle()
    assert asks(world)
    resident.check()
    assert answers(world, "hoomdossier", "register").count(201) == 1
    check_whole(world)


def test_what_asks_again_holds_the_contacts_own_data_and_nothing_else(world: World):
    """So it makes no intake, opportunity or visit, and changes no name (known-limits E2, E7)."""
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
def test_asking_again_names_the_contact_as_the_form_did(world: World, prefix: str, last_name: str):
    """Econobis joins the parts when it asks for a dossier, and finds nobody but by each of them."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=429, match="register", times=2)
    typed = {**resident.typed, "tussenvoegsel": prefix, "achternaam": last_name}
    world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", typed)
    world.settle()
    assert {(form.get("tussenvoegsel", ""), form["achternaam"]) for form in asks(world)} == {(prefix, last_name)}
    check_whole(world)


def test_asking_again_makes_no_second_contact_of_a_name_that_staff_corrected(world: World):
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


def test_without_a_fault_it_is_not_asked_for_again(world: World):
    Resident(world, 1).sign_up()
    world.settle()
    assert asks(world) == []


def test_an_event_that_econobis_cannot_take_for_want_of_the_account_makes_it_ask(world: World, resident: Resident):
    """Our answer to its register call got lost (known-limits A1): the same account is told once more."""
    account = resident.contact["hoom_account_id"]
    world.econobis_rows[COOPERATION].update("contacts", resident.contact_id, hoom_account_id=None)
    assert resident.push("gebruik")
    world.settle()
    assert resident.contact["hoom_account_id"] == account
    assert answers(world, "econobis", "/gebruik")[-1] == 200
    assert answers(world, "hoomdossier", "register") == [201]
    assert len(asks(world)) == 1
    check_whole(world)


def test_a_dossier_that_is_refused_is_shown_with_the_reason_and_not_asked_for_again(world: World):
    """Each repeat would be one more task for the staff of Econobis."""
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


def test_a_refused_dossier_is_made_by_a_replay_once_the_reason_is_gone(world: World):
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=422, match="register", body=ADDRESS_IS_WRONG, times=2)
    resident.sign_up()
    world.settle()
    (letter,) = dead_letters(world)
    replay(world.services, letter, "test")
    world.settle()
    resident.check()
    check_whole(world)


def test_a_replay_that_meets_another_obstacle_does_not_tell_the_old_reason(world: World):
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


def test_a_dossier_that_econobis_does_not_ask_for_is_shown(world: World):
    """It tells no reason (known-limits E9); here its setting *Hoom link* is empty."""
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


def test_a_registration_that_did_not_arrive_is_made_by_the_next_request(world: World):
    """Nobody knew what came of it; Econobis is asked again once the call has surely ended."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="reset", match="register")
    began = world.clock()
    resident.sign_up()
    world.settle()
    assert answers(world, "hoomdossier", "register") == ["reset", 201]
    assert len(asks(world)) == 1  # None while the call could still run: each is a task in Econobis.
    assert world.clock() - began < timedelta(minutes=10)
    resident.check()
    check_whole(world)


def test_a_registration_that_did_arrive_lacks_only_its_account_id(world: World):
    """Hoomdossier refuses the second one: the dossier is there. Its API tells nobody the id (known-limits A1)."""
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


def test_a_registration_whose_halves_are_left_is_made_by_the_next_request(world: World):
    """Hoomdossier failed after the account was made (`register__error_before_cooperation_link_then_retry…`)."""
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=500, match="register", times=2)
    resident.sign_up()
    world.settle()
    assert answers(world, "hoomdossier", "register") == [500, 500, 201]
    resident.check()
    check_whole(world)


@pytest.mark.parametrize("kind", ["gebruik", "afspraak"])
def test_an_event_of_that_dossier_heals_it_and_econobis_learns_the_account(world: World, kind: str):
    """The event exists only if the registration had worked."""
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
    assert answers(world, "econobis", f"/{kind}") in ([200], [404, 200])  # It asks at once, not after more failures.
    check_whole(world)


def test_a_person_who_freed_the_contact_id_has_it_asked_for_again(world: World):
    """The dossier that was made is deleted in Hoomdossier, by hand."""
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


def test_a_new_dossier_after_a_delete_waits_for_who_clears_the_old_account(world: World, resident: Resident):
    """Econobis keeps the account id of a deleted dossier, and answers "exists" to whoever wants another (D12)."""
    deleted = delete(world, resident)
    tell_deleted(world, deleted)
    world.settle()
    for letter in dead_letters(world):  # Econobis keeps the housing file of who has an opportunity.
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


def test_a_dossier_that_is_deleted_before_anything_followed_from_it_is_at_rest(world: World, resident: Resident):
    """Its account came and went while the task waited; nothing asks for it for ever."""
    world.services.records(StoredResident).update(of_contact(COOPERATION, resident.contact_id), _due)
    deleted = delete(world, resident)
    tell_deleted(world, deleted)
    world.settle()
    stored = world.observer.records(StoredResident).get(of_contact(COOPERATION, resident.contact_id))
    assert stored
    assert (stored.account_id, stored.due_at) == (None, None)


def _due(resident: ResidentRecord | None) -> ResidentRecord | None:
    """As a registration leaves it, with a task that gets lost."""
    assert resident
    resident.schedule(START)
    return resident


@pytest.mark.parametrize("status", [200, 422, 500])
def test_an_account_that_econobis_undid_is_told_once_more(world: World, status: int):
    """A newer Econobis makes the dossier in a second transaction (known-limits G2): the sign-up itself is stored."""
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


def test_what_econobis_undoes_each_time_is_shown_with_its_words(world: World):
    world.econobis_rows[COOPERATION].insert("_newer_econobis", fault="Groep niet gevonden.", status=422, times=99)
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    (letter,) = [letter for letter in dead_letters(world) if letter.collection == "dossier_requests"]
    assert "Groep niet gevonden." in letter.why
    assert answers(world, "hoomdossier", "register") == [201]
    assert len(world.econobis_rows[COOPERATION].rows("intakes")) == 1
