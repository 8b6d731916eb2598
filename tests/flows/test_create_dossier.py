"""Econobis asks for a dossier: the roles, the letters, and a lost answer. More in `tests/functions`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.standins.hoomdossier import dossier
from shared.dead_letters.decide import settle
from shared.flows.create_dossier import Register
from shared.work.once import LEASE_MARGIN
from tests.world.crash_points import Killed
from tests.world.residents import COOPERATION, WELCOME, Resident, check_whole, dead_letters
from tests.world.sent import answers
from tests.world.world import World


def add_contact(world: World, contact_id: int, email: str) -> None:
    """Adds a contact to Econobis with all that a dossier needs."""
    rows = world.econobis_rows[COOPERATION]
    rows.insert("contacts", id=contact_id, number=f"C2026-{contact_id}", type_id="person", full_name="Maes, Lotte")
    rows.insert("people", contact_id=contact_id, first_name="Lotte", last_name="Maes")
    rows.insert("email_addresses", contact_id=contact_id, email=email, primary=1)
    rows.insert(
        "addresses", contact_id=contact_id, street="Kerkstraat", number=7, postal_code="9000", city="Gent", primary=1,
        type_id="visit", country_id="BE",
    )  # fmt: skip


def make_dossier(world: World, contact_id: int) -> int:
    url = f"{world.base}/econobis/{COOPERATION}/api/contact/{contact_id}/make-hoomdossier"
    return world.http.get(url).status_code


def test_an_employees_click_makes_the_dossier_and_the_resident_is_welcomed(world: World):
    add_contact(world, 1500, "lotte@example.org")
    assert make_dossier(world, 1500) == 200
    world.settle()
    (user,) = world.dossiers(COOPERATION, 1500)
    assert world.rows(COOPERATION, "contacts", id=1500)[0]["hoom_account_id"] == user["account_id"]
    assert world.letters_to("lotte@example.org") == [WELCOME]
    check_whole(world)


@pytest.mark.parametrize(("gas", "high", "kept"), [(1200.5, 2600.5, (1201, 2601)), (0.4, -20.25, (0, -20))])
def test_usage_with_decimals_is_rounded(world: World, gas: float, high: float, kept: tuple[int, int]) -> None:
    """Econobis has decimals and Hoomdossier refuses them, so there would be no dossier."""
    add_contact(world, 1500, "lotte@example.org")
    econobis = world.econobis_rows[COOPERATION]
    (address,) = econobis.rows("addresses", contact_id=1500)
    period = {"address_id": address["id"], "date_begin": "2026-01-01"}
    econobis.insert("address_energy_consumption_gas", **period, consumption=gas)
    econobis.insert("address_energy_consumption_electricity", **period, consumption_high=high)
    assert make_dossier(world, 1500) == 200
    (user,) = world.dossiers(COOPERATION, 1500)
    habits = world.hoomdossier_rows[COOPERATION].rows("user_energy_habits", user_id=user["id"])
    assert {(habit["amount_gas"], habit["amount_electricity"]) for habit in habits} == {kept}


def test_a_coach_becomes_a_coach_and_gets_no_welcome_of_a_resident(adjusted):
    """Econobis asks for every contact as a resident (known-limits A9)."""
    coach = "      - {contact_id: 1500, name: Lotte Maes, email: lotte@example.org}\n    forms:"
    with adjusted(("bram@meer-energie.example}\n    forms:", f"bram@meer-energie.example}}\n{coach}")) as world:
        add_contact(world, 1500, "lotte@example.org")
        assert make_dossier(world, 1500) == 200
        world.settle()
        (user,) = world.dossiers(COOPERATION, 1500)
        tables = world.hoomdossier_rows[COOPERATION]
        assert [role["name"] for role in dossier.roles(tables, user)] == ["coach"]
        assert world.letters_to("lotte@example.org") == []


def test_a_coach_who_is_also_a_resident_gets_both_roles(adjusted):
    coach = (
        "      - {contact_id: 1500, name: Lotte Maes, email: lotte@example.org, roles: [coach, resident]}\n    forms:"
    )
    with adjusted(("bram@meer-energie.example}\n    forms:", f"bram@meer-energie.example}}\n{coach}")) as world:
        add_contact(world, 1500, "lotte@example.org")
        assert make_dossier(world, 1500) == 200
        (user,) = world.dossiers(COOPERATION, 1500)
        roles = dossier.roles(world.hoomdossier_rows[COOPERATION], user)
        assert sorted(role["name"] for role in roles) == ["coach", "resident"]


def test_a_registration_that_may_still_run_is_not_made_a_second_time(world: World):
    """Hoomdossier has no lock on e-mail address or contact id, so two calls could make two (known-limits A3)."""
    add_contact(world, 1500, "lotte@example.org")
    world.fault("hoomdossier", COOPERATION, kind="reset", match="register")
    assert make_dossier(world, 1500) != 200
    world.clock.advance(Register.seconds + LEASE_MARGIN)
    assert make_dossier(world, 1500) != 200
    assert answers(world, "hoomdossier", "register") == ["reset"]


def test_a_click_after_the_lease_makes_a_dossier_that_had_not_arrived(world: World):
    add_contact(world, 1500, "lotte@example.org")
    world.fault("hoomdossier", COOPERATION, kind="reset", match="register")
    assert make_dossier(world, 1500) != 200
    world.clock.advance(60)
    assert make_dossier(world, 1500) == 200
    world.settle()
    assert len(world.dossiers(COOPERATION, 1500)) == 1
    assert world.letters_to("lotte@example.org") == [WELCOME]
    check_whole(world)


def test_a_click_after_a_lost_answer_says_that_only_the_account_id_is_missing(world: World):
    """An event of the dossier contains the account id, and then Econobis is told."""
    add_contact(world, 1500, "lotte@example.org")
    world.fault("hoomdossier", COOPERATION, kind="lost_answer", match="register")
    assert make_dossier(world, 1500) != 200
    world.clock.advance(60)
    answer = world.http.get(f"{world.base}/econobis/{COOPERATION}/api/contact/1500/make-hoomdossier")
    assert answer.status_code == 422
    assert "account-id" in answer.text
    (letter,) = dead_letters(world)
    assert (letter.collection, letter.parked.unknown) == ("residents", False)
    (user,) = world.dossiers(COOPERATION, 1500)
    assert world.push(COOPERATION, "gebruik", user["building_id"])
    world.settle()
    assert world.rows(COOPERATION, "contacts", id=1500)[0]["hoom_account_id"] == user["account_id"]
    assert world.letters_to("lotte@example.org") == [WELCOME]
    check_whole(world)


def test_settling_with_the_account_id_that_a_person_looked_up_ends_it(world: World):
    add_contact(world, 1500, "lotte@example.org")
    world.fault("hoomdossier", COOPERATION, kind="lost_answer", match="register")
    assert make_dossier(world, 1500) != 200
    world.clock.advance(60)
    assert make_dossier(world, 1500) != 200
    (letter,) = dead_letters(world)
    (user,) = world.dossiers(COOPERATION, 1500)
    settle(world.services, letter, user["account_id"], "test")
    world.settle()
    assert not dead_letters(world)
    assert world.letters_to("lotte@example.org") == [WELCOME]
    assert world.rows(COOPERATION, "contacts", id=1500)[0]["hoom_account_id"] == user["account_id"]


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
def test_without_a_second_click_the_link_asks_for_the_dossier(world: World, kind: str):
    """It asks through Econobis, because only then Econobis gets the account id."""
    add_contact(world, 1500, "lotte@example.org")
    world.fault("hoomdossier", COOPERATION, kind=kind, match="register")
    assert make_dossier(world, 1500) != 200
    began = world.clock()
    world.settle()
    assert world.clock() - began <= timedelta(minutes=10)
    assert len(world.dossiers(COOPERATION, 1500)) == 1
    assert len(world.rows(COOPERATION, "email_addresses", email="lotte@example.org")) == 1  # No second contact.
    if kind == "reset":
        assert world.letters_to("lotte@example.org") == [WELCOME]
        check_whole(world)
    else:
        assert [(one.collection, one.parked.unknown) for one in dead_letters(world)] == [("residents", False)]


def test_after_a_death_during_a_click_the_link_asks_for_the_dossier(world: World):
    add_contact(world, 1500, "lotte@example.org")

    def die(point: str) -> None:
        if point == "before POST register":
            world.boundaries.fault = lambda _point: None
            raise Killed(point)

    world.boundaries.fault = die
    assert make_dossier(world, 1500) != 200
    world.die()
    world.settle()
    assert world.letters_to("lotte@example.org") == [WELCOME]
    check_whole(world)


def test_a_contact_that_econobis_does_not_find_any_more_is_a_dead_letter(world: World):
    """Staff corrected the name meanwhile. Econobis must not create another contact."""
    add_contact(world, 1500, "lotte@example.org")
    world.fault("hoomdossier", COOPERATION, kind="reset", match="register")
    assert make_dossier(world, 1500) != 200
    rows = world.econobis_rows[COOPERATION]
    (person,) = rows.rows("people", contact_id=1500)
    rows.update("people", person["id"], first_name="Ria", last_name="Anders")
    contacts = len(rows.rows("contacts"))
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.collection == "dossier_requests"
    assert "Maak Hoomdossier" in letter.advice
    assert len(rows.rows("contacts")) == contacts
    assert make_dossier(world, 1500) == 200


def test_asking_again_for_a_dossier_that_exists_sends_no_second_welcome(world: World, resident: Resident):
    """Econobis lost the account id; an employee clicks."""
    world.econobis_rows[COOPERATION].update("contacts", resident.contact_id, hoom_account_id=None)
    assert resident.make_dossier().status_code == 200
    world.settle()
    resident.check()
    assert answers(world, "hoomdossier", "register") == [201]
