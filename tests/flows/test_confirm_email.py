"""A form that asks to confirm the e-mail address: nothing goes to Econobis before the click in the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.standins.mailbox.box import Fault, Letter
from shared import retention
from shared.domain.confirmation import PAUSE
from shared.domain.letter_count import CONFIRMATIONS
from shared.erasure.erase import erase
from shared.store.port import Query
from tests.world.crash_points import Killed
from tests.world.letters import text
from tests.world.residents import OTHER, Resident, check_whole, dead_letters
from tests.world.sent import forms, letters
from tests.world.world import World

ASK = "Bevestig je aanmelding"
BROWSER = {"Accept": "text/html,*/*;q=0.8"}
FORM = f"/functions/receive-webform/{OTHER}/aanmelden"
COLLECTIONS = ("submissions", "residents", "mails", "confirmations", "letter_counts", "links", "relays")


MAPPING = "mapping: {email: emailadres, postcode: adres_postcode, huisnummer: adres_huisnummer}"
THANKS = "https://zonnig-dorp.example/bedankt"
WITHOUT_PAGE = (MAPPING, f"{MAPPING}\n        confirm_email: true")
ASKS = (MAPPING, f"{MAPPING}\n        confirm_email: true\n        thank_you_page: {THANKS}")


@pytest.fixture
def world(adjusted: Any) -> Iterator[World]:
    """The form of OTHER asks to confirm; the form of COOPERATION does not."""
    with adjusted(ASKS) as world:
        yield world


def post(world: World, headers: dict[str, str] | None = None, **changes: str) -> httpx.Response:
    answer = world.post(FORM, {**Resident(world, 1, OTHER).typed, **changes}, **(headers or {}))
    assert answer is not None
    return answer


def page(world: World, **changes: str) -> httpx.Response:
    typed = {**Resident(world, 1, OTHER).typed, **changes}
    return world.http.post(f"{world.base}{FORM}", data=typed, headers=BROWSER)


def asked(world: World, to: str = "bewoner1@example.org") -> list[Letter]:
    return [letter for letter in letters(world, to) if letter.header("Subject") == ASK]


def link(letter: Letter) -> str:
    (found,) = re.findall(r"https?://\S+/confirm/\S+", text(letter))
    assert f'href="{found}"' in str(letter.part("text/html"))
    return str(found)


def click(world: World, url: str) -> httpx.Response:
    """Opens the page and submits its form, as a browser does."""
    shown = world.http.get(url, headers=BROWSER)
    assert shown.status_code == 200
    assert '<form method="post">' in shown.text
    assert "<script" not in shown.text
    return world.http.post(url, headers={**BROWSER, "Content-Type": "application/x-www-form-urlencoded"})


def confirm_newest(world: World) -> None:
    """Clicks in the newest letter and does all work that follows."""
    world.settle()
    click(world, link(asked(world)[-1]))
    world.settle()


def stored(world: World) -> dict[str, Any]:
    """All documents with personal data, by collection and key."""
    return {
        collection: {it.key: it.data for it in world.observer.store.find(Query(collection))}
        for collection in COLLECTIONS
    }


def test_nothing_goes_to_econobis_before_the_click_and_everything_after_it(world: World):
    assert post(world).status_code == 202
    world.settle()
    assert forms(world, OTHER) == []
    assert stored(world)["submissions"] == {}
    (letter,) = asked(world)
    assert len(world.letters.letters()) == 1
    answer = click(world, link(letter))
    assert (answer.status_code, answer.headers["Location"]) == (303, THANKS)
    world.settle()
    Resident(world, 1, OTHER).check()
    check_whole(world)


def test_a_form_without_a_page_that_thanks_shows_ours(adjusted: Any):
    """It tells what follows, and no longer to look in the e-mail."""
    with adjusted(WITHOUT_PAGE) as world:
        post(world)
        world.settle()
        answer = click(world, link(asked(world)[-1]))
    assert answer.status_code == 200
    assert "Bedankt voor uw aanmelding – Zonnig Dorp" in answer.text
    assert "Wij maken een dossier van uw woning." in answer.text
    assert "Open de link daarin" not in answer.text


def test_the_letter_holds_nothing_that_was_typed(world: World):
    typed = {"voornaam": "Gratis", "achternaam": "Geld", "adres_straat": "Winlaan", "adres_plaats": "Prijsdorp"}
    post(world, **typed)
    world.settle()
    (letter,) = asked(world)
    whole = text(letter) + str(letter.part("text/html")) + str(letter.message["To"]) + str(letter.message["Message-ID"])
    assert not [word for word in typed.values() if word in whole]
    assert letter.header("To") == "bewoner1@example.org"


def test_the_link_holds_no_personal_data_and_cannot_be_guessed(world: World):
    post(world)
    post(world, achternaam="Ander")
    world.settle()
    first, second = (link(letter) for letter in asked(world))
    assert re.fullmatch(r"[0-9a-f]{32}", first.rpartition("/")[2])
    assert first != second
    for wrong in ("0" * 32, "x", first.rpartition("/")[2].upper(), first.rpartition("/")[2][:-1]):
        answer = world.http.get(f"{world.base}{FORM}/confirm/{wrong}", headers=BROWSER)
        assert (answer.status_code, "werkt niet" in answer.text) == (404, True)
    other = first.replace(OTHER, "meer-energie")
    assert world.http.post(other, headers=BROWSER).status_code == 404


def test_the_answer_says_that_the_sign_up_is_still_to_be_confirmed(world: World):
    answer = post(world)
    assert (answer.status_code, answer.json().keys(), answer.json()["status"]) == (202, {"id", "status"}, "to_confirm")
    progress = world.http.get(f"{world.base}{FORM}/{answer.json()['id']}")
    assert progress.json() == {"status": "to_confirm"}
    shown = page(world)
    assert shown.status_code == 200
    assert "Kijk in uw e-mail" in shown.text


def test_the_answer_does_not_tell_who_signed_up_before(world: World):
    """A first sign-up, the same one after it was confirmed, and another resident's sign-up get equal answers."""
    first = post(world)
    confirm_newest(world)
    again, other = post(world), post(world, emailadres="nieuw@example.org")
    for answer in (first, again, other):
        assert (answer.status_code, answer.json()["status"]) == (202, "to_confirm")
        assert world.http.get(f"{world.base}{FORM}/{answer.json()['id']}").json() == {"status": "to_confirm"}


def test_the_answer_for_a_full_mailbox_does_not_tell_it_either(world: World):
    """A sign-up that waits for its confirmation is refused just as a new one."""
    post(world)
    for number in range(CONFIRMATIONS.most):
        post(world, adres_huisnummer=str(9 + number))
    world.clock.advance(PAUSE.total_seconds())
    again, new = post(world), post(world, adres_huisnummer="99")
    assert (again.status_code, again.content) == (new.status_code, new.content) == (429, new.content)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
def test_a_link_scanner_changes_nothing(world: World, method: str):
    post(world)
    world.settle()
    before, url = stored(world), link(asked(world)[0])
    for headers in ({}, BROWSER, {"User-Agent": "SafeLinks", "Range": "bytes=0-10"}):
        world.http.request(method, url, headers=headers)
    assert stored(world) == before
    world.settle()
    assert forms(world, OTHER) == []


def test_a_second_click_changes_nothing(world: World):
    post(world)
    world.settle()
    url = link(asked(world)[0])
    click(world, url)
    before = stored(world)
    for method in ("GET", "POST"):
        answer = world.http.request(method, url, headers=BROWSER)
        assert (answer.status_code, "al bevestigd" in answer.text) == (200, True)
    assert stored(world) == before
    world.settle()
    assert len(world.rows(OTHER, "intakes")) == 1


def test_a_sign_up_that_is_not_confirmed_expires_with_its_content(world: World):
    post(world)
    world.settle()
    url = link(asked(world)[0])
    world.clock.advance(retention.CONFIRMATIONS.total_seconds() - 60)
    assert world.http.get(url, headers=BROWSER).status_code == 200
    world.clock.advance(61)
    for method in ("GET", "POST"):
        answer = world.http.request(method, url, headers=BROWSER)
        assert (answer.status_code, "werkt niet" in answer.text) == (404, True)
    assert stored(world)["confirmations"] == {}
    world.settle()
    assert forms(world, OTHER) == []


def test_sending_the_form_again_sends_the_letter_again_a_few_times(world: World):
    """Two requests within PAUSE are one letter."""
    for number in range(1, CONFIRMATIONS.most + 4):
        status = 202 if number <= CONFIRMATIONS.most else 429
        assert [post(world).status_code for _ in range(2)] == [status] * 2
        world.settle()
        assert len(asked(world)) == min(number, CONFIRMATIONS.most)
        world.clock.advance(PAUSE.total_seconds())
    assert len({link(letter) for letter in asked(world)}) == 1
    assert len(asked(world)) == CONFIRMATIONS.most
    click(world, link(asked(world)[0]))
    world.settle()
    Resident(world, 1, OTHER).check()


def test_one_mailbox_gets_a_few_letters_a_day_whatever_else_is_typed(world: World):
    answers = [
        post(world, emailadres=f"bewoner1+{number}@example.org", adres_huisnummer=str(9 + number))
        for number in range(6)
    ]
    world.settle()
    assert [answer.status_code for answer in answers] == [202] * CONFIRMATIONS.most + [429] * (6 - CONFIRMATIONS.most)
    assert "een van die e-mails" in answers[-1].json()["detail"]
    assert len(world.letters.letters()) == CONFIRMATIONS.most
    assert len(stored(world)["confirmations"]) == CONFIRMATIONS.most
    shown = page(world, emailadres="bewoner1+7@example.org")
    assert (shown.status_code, "een van die e-mails" in shown.text) == (429, True)
    world.clock.advance(CONFIRMATIONS.within.total_seconds())
    assert post(world, emailadres="bewoner1+8@example.org").status_code == 202


def test_a_sign_up_counts_for_the_limits_when_it_is_sent_and_not_when_it_is_confirmed(adjusted: Any):
    """So a flood stores no more than the form takes, and everybody who got a letter can confirm."""
    with adjusted(ASKS, ("per_form: 100000", "per_form: 3")) as world:
        answers = [
            post(world, emailadres=f"bewoner{number}@example.org", adres_huisnummer=str(number))
            for number in range(1, 6)
        ]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
        assert "Retry-After" in answers[-1].headers
        assert len(stored(world)["confirmations"]) == 3
        assert post(world, emailadres="bewoner1@example.org", adres_huisnummer="1").status_code == 429
        world.settle()
        for number in range(1, 4):
            assert click(world, link(asked(world, f"bewoner{number}@example.org")[0])).status_code == 303
        world.settle()
        assert len(world.rows(OTHER, "intakes")) == 3


def test_a_sign_up_with_a_mistyped_address_does_not_hold_back_the_right_one(world: World):
    """The first sign-up was never confirmed."""
    post(world, emailadres="bewonr1@example.org")
    post(world)
    confirm_newest(world)
    Resident(world, 1, OTHER).check()
    assert len(world.rows(OTHER, "intakes")) == 1


def test_a_correction_is_confirmed_too(world: World):
    """Otherwise anybody who knows name and address could change the sign-up of a resident."""
    post(world)
    confirm_newest(world)
    post(world, telefoonnummer="0612345678")
    world.settle()
    assert len(forms(world, OTHER)) == 1
    confirm_newest(world)
    assert forms(world, OTHER)[-1]["telefoonnummer"] == "0612345678"
    assert len(world.rows(OTHER, "intakes")) == 1
    check_whole(world)


def test_erasure_removes_sign_ups_that_are_not_confirmed(world: World):
    post(world)
    confirm_newest(world)
    post(world, intake_opmerkingen_bewoner="Bij de achterdeur aanbellen")
    gone = erase(world.services, OTHER, Resident(world, 1, OTHER).contact_id, "anna")
    assert gone["confirmations"] == 2
    assert stored(world)["confirmations"] == {}
    world.settle()
    assert len(asked(world)) == 1


def test_a_letter_to_an_address_that_does_not_exist_is_no_dead_letter(world: World):
    """Anybody can type such an address, and staff can do nothing about it."""
    world.letters.add_faults([Fault(match="RCPT", kind="reply", status=550, body="5.1.1 no such user")])
    post(world)
    world.settle()
    assert not dead_letters(world)


def test_a_letter_that_the_mail_server_refuses_to_relay_is_a_dead_letter(world: World):
    world.letters.add_faults([Fault(match="RCPT", kind="reply", status=550, body="5.7.1 relaying denied")])
    post(world)
    world.settle()
    assert len(dead_letters(world)) == 1


@pytest.mark.parametrize("number", range(1, 16))
def test_a_death_at_any_point_of_sending_and_confirming_loses_nothing(world: World, number: int):
    """After a lost answer the resident tries again."""
    world.boundaries.begin(number)
    sent = world.post(FORM, Resident(world, 1, OTHER).typed)
    died = sent is None
    if died:
        world.die()
        assert post(world).status_code == 202
    _settled(world)
    (letter, *_) = asked(world)
    world.boundaries.begin(None if died else number)
    try:
        clicked = world.http.post(link(letter), headers=BROWSER)
    except httpx.TransportError:
        world.die()
        clicked = world.http.post(link(letter), headers=BROWSER)
    assert clicked.status_code in {200, 303}
    world.boundaries.begin()
    world.settle()
    Resident(world, 1, OTHER).check()
    assert len(world.rows(OTHER, "intakes")) == 1
    check_whole(world)


def _settled(world: World) -> None:
    try:
        world.settle()
    except Killed:
        world.die()
        world.settle()


def test_sign_ups_with_addresses_of_strangers_never_reach_econobis(world: World):
    """Each stranger gets one letter."""
    for number in range(100):
        assert post(world, emailadres=f"vreemd{number}@example.org").status_code == 202
    world.settle()
    assert len(world.letters.letters()) == 100
    assert forms(world, OTHER) == []
    assert world.received("hoomdossier", OTHER) == []
