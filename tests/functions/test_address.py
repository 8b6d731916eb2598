"""The look-up of an address over HTTP, and the script that asks it."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from functions.sign_up.script import script_address, version
from shared import wiring
from tests.functions.costs import COSTS
from tests.functions.routes import CHROME, is_problem
from tests.world.functions_over_http import Machine, logged

FORM = "/zonnig-dorp/aanmelden"
VISITOR = {"X-Forwarded-For": "203.0.113.9"}


def look_up(
    link: Machine, postcode: str = "1234AB", number: str = "12", form: str = FORM, **more: Any
) -> httpx.Response:
    return link.get("receive-webform", f"{form}/address", params={"postcode": postcode, "number": number}, **more)


def asked(link: Machine) -> list[str]:
    received: list[str] = link.http.get(f"{link.base}/pdok/_received").json()
    return received


def spoil(link: Machine, **fault: Any) -> None:
    link.http.post(f"{link.base}/pdok/_faults", json=[fault]).raise_for_status()


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("postcode", "number"), [("1234AB", "12"), ("1234 ab", "12a"), (" 1234-AB ", "nr 12 bis")])
def test_street_and_town_are_told_however_it_is_typed(link: Machine, postcode: str, number: str) -> None:
    answer = look_up(link, postcode, number)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"street": "Zonnelaan", "city": "Zonnig Dorp", "additions": ["", "A", "B"]}
    assert answer.headers["Cache-Control"] == "no-store"
    assert asked(link) == ["postcode:1234AB and huisnummer:12"]


def test_what_is_asked_again_is_remembered(link: Machine) -> None:
    assert look_up(link).json() == look_up(link).json()
    assert look_up(link, "9999ZZ").status_code == look_up(link, "9999ZZ").status_code == 404
    assert len(asked(link)) == 2
    assert len(link.documents("address_lookups")) == 2


def test_a_home_that_the_register_does_not_know_is_said(link: Machine) -> None:
    assert is_problem(look_up(link, "9999ZZ", "3"), 404) == {
        "number": "Bij postcode 9999 ZZ kent het adressenregister geen huisnummer 3."
    }


@pytest.mark.parametrize(
    ("asked_for", "fields"),
    [
        ({"postcode": "12", "number": "12"}, {"postcode"}),
        ({"postcode": "1234AB", "number": "twaalf"}, {"number"}),
        ({"postcode": "1234AB or *:*", "number": "12 or *:*"}, {"postcode", "number"}),
        ({"postcode": "1234AB"}, {"number"}),
        ({}, {"postcode", "number"}),
        ({"postcode": "9000", "number": "1"}, {"postcode"}),  # Belgian
        ({"postcode": "1" * 9000, "number": "1" * 9000}, {"postcode", "number"}),
    ],
    ids=["short", "words", "solr", "no-number", "nothing", "belgian", "long"],
)
def test_bad_input_gets_a_clear_error_and_asks_nobody(
    lasting_link: Machine, asked_for: dict[str, str], fields: set[str]
) -> None:
    before = asked(lasting_link)
    answer = lasting_link.get("receive-webform", f"{FORM}/address", params=asked_for)
    assert is_problem(answer, 400).keys() == fields
    assert asked(lasting_link) == before
    assert not [line for line in logged if "1234" in str(line)]


def test_outside_the_netherlands_there_is_no_look_up(lasting_link: Machine) -> None:
    is_problem(look_up(lasting_link, "9000", form="/meer-energie/aanmelden"), 404)


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"body": "onderhoud"}, {"body": '{"response": {}}'}, {"seconds": 3}], ids=str
)
def test_a_register_that_fails_or_is_slow_keeps_nobody_waiting(link: Machine, fault: dict[str, Any]) -> None:
    spoil(link, times=1, **fault)
    started = time.monotonic()
    answer = look_up(link)
    assert (answer.status_code, answer.content) == (204, b"")
    assert time.monotonic() - started < 1.6
    started = time.monotonic()
    assert look_up(link).status_code == 204
    assert time.monotonic() - started < 0.5  # For a while it is not asked again.
    assert len(asked(link)) == 1
    assert not link.documents("address_lookups")
    assert [line["message"] for line in logged if line["severity"] == "WARNING"] == ["address register is away"]


def test_two_streets_at_one_number_are_not_told(link: Machine) -> None:
    rows = [{"straatnaam": street, "woonplaatsnaam": "Dorp", "huisnummer": 12} for street in ("A", "B")]
    spoil(link, body=httpx.Response(200, json={"response": {"numFound": 2, "docs": rows}}).text)
    assert look_up(link).status_code == 204


def test_no_address_is_logged_or_stored(link: Machine) -> None:
    look_up(link)
    spoil(link, status=500)
    look_up(link, "1234AC", "7")
    assert not [line for line in logged if any(text in str(line) for text in ("1234", "Zonnelaan", "Windhof"))]
    stored = str(link.documents())
    assert "1234" not in stored


# -- limits ------------------------------------------------------------------------------------------------------------


def test_a_visitor_may_look_up_as_often_as_it_may_send(link: Machine) -> None:
    most = COSTS["receive-webform address GET"].per_hour or 0
    for _ in range(most):
        assert look_up(link, form="/zonnig-dorp/krap", headers=VISITOR).status_code == 200
    answer = look_up(link, form="/zonnig-dorp/krap", headers=VISITOR)
    is_problem(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0
    assert look_up(link, form="/zonnig-dorp/krap", headers={"X-Forwarded-For": "203.0.113.10"}).status_code == 200
    # Who looked up too much can still sign up.
    assert link.sign_up("/zonnig-dorp/krap", json={}, headers=VISITOR).status_code == 422


# -- another site, and the script --------------------------------------------------------------------------------------


def test_a_script_of_the_own_web_site_may_read_the_answer(lasting_link: Machine) -> None:
    site = "https://www.zonnig-dorp.example"
    answer = look_up(lasting_link, form="/zonnig-dorp/eigen", headers={"Origin": site})
    assert answer.headers["Access-Control-Allow-Origin"] == site
    other = look_up(lasting_link, form="/zonnig-dorp/eigen", headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


def test_the_script_is_kept_for_as_long_as_it_is_the_same(lasting_link: Machine) -> None:
    form = lasting_link.url("receive-webform", FORM)
    answer = lasting_link.http.get(script_address(form), headers={"Accept": CHROME})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    for query in ("", "?v=0", f"?{version()}0"):
        assert lasting_link.http.get(f"{form}/page.js{query}").headers["Cache-Control"] == "no-store"


def test_the_look_up_asks_the_register_of_the_settings(link: Machine) -> None:
    assert wiring.address_register().url == f"{link.base}/pdok/free"
