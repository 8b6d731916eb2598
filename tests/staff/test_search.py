"""What staff type, and whom it finds."""

from __future__ import annotations

import pytest

from shared.domain.resident import Address, Person
from shared.staff.asked import Asked
from shared.staff.residents import search_residents
from shared.work.services import Services
from tests.staff.people import COOPERATION, store_resident, store_sign_up
from tests.world.world import World


@pytest.fixture
def services(world: World) -> Services:
    services = world.observer
    people = {
        1001: (Person(first_name="Anna", prefix="de", last_name="Vries", email="Anna@Example.org"), ("1234 AB", 12, "")),
        1002: (Person(first_name="Bram", last_name="De Vries", email="bram@example.org"), ("1234 AB", 12, "a")),
        1003: (Person(first_name="Zoë", last_name="Çelik", email="zoe@example.org"), ("1234 AB", 120, "")),
        1004: (Person(first_name="Anna", prefix="van den", last_name="Berg", email="a.b@example.org"), ("1234 AB", 12, "3")),
        1006: (Person(first_name="Fatima", last_name="El Amrani", email="f@example.org"), ("9876 ZZ", 2, "")),
        1007: (Person(first_name="Dirk", prefix="'t", last_name="Hooft", email="d@example.org"), ("9876 ZZ", 3, "")),
        1008: (Person(first_name="Lise", last_name="D\u2019Hondt", email="l@example.org"), ("9876 ZZ", 4, "")),
        1005: (Person(first_name="Devika", last_name="Vriesman", email="devika@example.org"), ("9876 ZZ", 1, "")),
    }  # fmt: skip
    for contact_id, (person, (code, number, addition)) in people.items():
        address = Address(postal_code=code, number=number, addition=addition, street="Dorpsstraat")
        store_resident(services, contact_id, person, address)
    store_resident(services, 1001, Person(first_name="Anna", last_name="Anders"), cooperation="meer-energie")
    store_sign_up(services, "7" * 32, last_name="Vries")
    return services


@pytest.mark.parametrize(
    ("words", "whom"),
    [
        ("De Vries", {1001, 1002}),
        ("de vries", {1001, 1002}),
        ("vries", {1001, 1002, 1005, "s"}),
        ("Anna de Vries", {1001}),
        ("Anna Vries", {1001}),
        ("vries anna", {1001}),
        ("Vries, Anna de", {1001}),
        ("anna", {1001, 1004}),
        ("van den berg", {1004}),
        ("berg", {1004}),
        ("amrani", {1006}),
        ("El Amrani", {1006}),
        ("Fatima Amrani", {1006}),
        ("hooft", {1007}),
        ("'t Hooft", {1007}),
        ("\u2019t Hooft", {1007}),
        ("d'hondt", {1008}),
        ("D\u2019Hondt", {1008}),
        ("zoe", {1003}),
        ("CELIK", {1003}),
        ("Çelik", {1003}),
        ("wim", {"s"}),
        ("1234AB", {1001, 1002, 1003, 1004}),
        ("1234 ab 12", {1001, 1002, 1004}),
        ("1234AB 12a", {1002}),
        ("1234 AB 12-3", {1004}),
        ("1234AB, 120", {1003}),
        ("2345bc 7", {"s"}),
        ("anna@example.org", {1001}),
        ("ANNA@EXAMPLE.ORG", {1001}),
        ("anna@", set()),
        ("7" * 32 + "@example.org", {"s"}),
        ("1003", {1003}),
        (" 1003 ", {1003}),
        ("9999", set()),
        ("anders", set()),
        ("", set()),
        ("   ", set()),
        ("%", set()),
        ("'; drop table documents; --", set()),
        ("x" * 5000, set()),
        ("\U0010ffff", set()),
        ("1" * 400, set()),
        ("\u202eannaA", set()),
    ],
)
def test_what_is_typed_finds(services: Services, words: str, whom: set[object]):
    found = search_residents(services, COOPERATION, words, Asked())
    assert {"s" if row.sign_up else row.contact_id for row in found.rows} == whom


def test_the_filters_leave_out_and_say_how_many(services: Services):
    found = search_residents(services, COOPERATION, "vries", Asked(coach=4))
    assert (found.rows, found.hidden) == ([], 4)
    assert search_residents(services, COOPERATION, "vries", Asked()).hidden == 0


def test_a_belgian_postcode_may_be_the_number_of_a_contact(world: World):
    services = world.observer
    address = Address(postal_code="9000", number=3)
    store_resident(services, 5, address=address, cooperation="meer-energie")
    store_resident(services, 9000, cooperation="meer-energie")
    found = search_residents(services, "meer-energie", "9000", Asked())
    assert {row.contact_id for row in found.rows} == {5, 9000}


def test_a_contact_is_found_by_a_number_that_was_merged(world: World, adjusted: object):
    services = world.observer
    store_resident(services, 7)
    merged = services.cooperations[COOPERATION].model_copy(update={"merged_contacts": {6: 7}})
    services.cooperations = {**services.cooperations, COOPERATION: merged}
    (row,) = search_residents(services, COOPERATION, "6", Asked()).rows
    assert row.contact_id == 7
