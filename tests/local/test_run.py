"""`make run`, from outside: one port, real processes, and what a person or a program can do there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from infra.local.demo.machine import Machine
from infra.local.demo.world import World, eventually

ANNA = {
    "voornaam": "Anna", "achternaam": "Jansen", "emailadres": "anna@example.org", "adres_postcode": "1234 AB",
    "adres_huisnummer": "5", "akkoord_privacybeleid": "ja",
}  # fmt: skip
COOPERATION = "zonnig-dorp"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Machine(tmp_path_factory.mktemp("state")) as machine:
        yield machine.base


@pytest.fixture
def world(base: str) -> Iterator[World]:
    world = World(base)
    yield world
    world.http.close()


def sign_up(world: World) -> int:
    """The contact, once the dossier is there."""
    answer = world.http.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", json=ANNA)
    assert answer.status_code == 202
    contact = eventually("no contact", world.contact_id, COOPERATION, ANNA["emailadres"])
    eventually("no dossier", world.account_id, COOPERATION, contact)
    return contact


def test_after_a_reset_the_demo_begins_anew_for_the_link_too(world: World) -> None:
    """The stand-ins give out the same ids again, and the same resident signs up again."""
    for _ in range(2):
        contact = sign_up(world)
        assert contact == 1001
        assert len(world.econobis(COOPERATION)["intakes"]) == 1
        for peer in ("econobis", "hoomdossier"):
            assert world.http.post(f"/{peer}/{COOPERATION}/_reset").status_code == 200
        assert not world.econobis(COOPERATION).get("intakes")


@pytest.mark.parametrize(
    "place", ["/aanmelden/zonnig-dorp", "/econobis/meer-energie/", "/hoomdossier/zonnig-dorp/", "/mail/"]
)
def test_the_first_page_leads_everywhere(world: World, place: str) -> None:
    assert f'href="{place}"' in world.http.get("/").text
    assert world.http.get(place).status_code == 200


@pytest.mark.parametrize("cooperation", ["zonnig-dorp", "meer-energie"])
def test_the_form_asks_a_browser_for_no_street_with_its_number(world: World, cooperation: str) -> None:
    page = world.http.get(f"/aanmelden/{cooperation}").text
    tokens = dict(re.findall(r'name="(\w+)"[^>]* autocomplete="([^"]+)"', page))
    street = {"adres_straat": "off", "adres_plaats": "address-level2"} if cooperation == "meer-energie" else {}
    assert tokens == {
        "voornaam": "given-name", "tussenvoegsel": "off", "achternaam": "family-name", "emailadres": "email",
        "telefoonnummer": "tel", "adres_postcode": "postal-code", "adres_huisnummer": "off", "adres_toevoeging": "off",
        "laat_dit_leeg": "off", **street,
    }  # fmt: skip


def test_the_error_page_calls_fields_by_their_name(world: World) -> None:
    page = world.http.get("/nog-niet-goed?velden=adres_huisnummer,postcode,%3Cb%3E").text
    for label in ("<li>Huisnummer</li>", "<li>Postcode</li>", "<li>&lt;b&gt;</li>"):
        assert label in page


@pytest.mark.parametrize("function", ["pull-appointments", "sweep"])
def test_a_person_may_play_the_scheduler(world: World, function: str) -> None:
    assert world.http.post(f"/functions/{function}").status_code == 200


@pytest.mark.parametrize("function", ["run-task", "send-email"])
def test_nobody_plays_the_queue(world: World, function: str) -> None:
    answer = world.http.post(f"/functions/{function}", json={"collection": "mails", "key": "x", "generation": 1})
    assert answer.status_code == 401
