"""The default limits of a form per visitor, per mailbox and in all, over real HTTP."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx
import pytest

from shared import wiring
from tests.functions.examples import sign_up
from tests.functions.routes import is_problem
from tests.world.functions_over_http import Machine, logged

HTML = "text/html,application/xhtml+xml"
FORM = "/zonnig-dorp/krap"
FLOODER, OTHER, WEBSITE = "203.0.113.66", "192.0.2.1", "198.51.100.7"
PER_ADDRESS, PER_FORM, PER_EMAIL = 80, 600, 5


def person(number: int, **changes: Any) -> dict[str, Any]:
    return sign_up(**{"email": f"bewoner{number}@voorbeeld.nl", "adres_huisnummer": str(1 + number), **changes})


def post(link: Machine, fields: dict[str, Any], address: str = OTHER, **headers: str) -> httpx.Response:
    return link.sign_up(FORM, json=fields, headers={"X-Forwarded-For": address, **headers})


def flood(link: Machine, count: int, *addresses: str, first: int = 1000) -> Counter[int]:
    return Counter(
        post(link, person(first + number), addresses[number % len(addresses)]).status_code for number in range(count)
    )


def submissions(link: Machine) -> list[dict[str, Any]]:
    return list(link.documents("submissions").values())


def alarms() -> list[dict[str, Any]]:
    return [line for line in logged if line.get("severity") == "ERROR"]


# -- one caller ------------------------------------------------------------------------------------------------------


def test_a_flood_from_one_address_is_refused_and_others_are_not(link: Machine) -> None:
    assert flood(link, 100, FLOODER) == {202: PER_ADDRESS, 429: 100 - PER_ADDRESS}
    assert post(link, person(1)).status_code == 202
    assert len(submissions(link)) == PER_ADDRESS + 1
    assert not alarms()


def test_a_refusal_says_when_to_try_again_and_stores_nothing(link: Machine) -> None:
    flood(link, PER_ADDRESS, FLOODER)
    before = link.versions()
    answer = post(link, person(1), FLOODER)
    (reason,) = is_problem(answer, 429).values()
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert reason.endswith("Probeer het over een minuut opnieuw.")
    assert link.versions() == before


def test_a_browser_gets_the_refusal_as_a_page(link: Machine) -> None:
    flood(link, PER_ADDRESS, FLOODER)
    headers = {"X-Forwarded-For": FLOODER, "Accept": HTML}
    answer = link.sign_up(FORM, data=person(1), headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert answer.headers["Retry-After"]
    assert "internetadres" in answer.text
    assert "nog niet opgeslagen" in answer.text


@pytest.mark.parametrize(
    "spoofed",
    ["{n}.2.3.4, {real}", "{real}, {n}.2.3.4,{real}", "unknown, ::{n}, {real}", "{n}.1.1.1,\t {real}", ",,{n},{real}"],
)
def test_an_address_that_the_visitor_puts_in_the_header_does_not_count(link: Machine, spoofed: str) -> None:
    addresses = [spoofed.format(n=number, real=FLOODER) for number in range(1, PER_ADDRESS + 21)]
    assert flood(link, PER_ADDRESS + 20, *addresses)[429] == 20


def test_each_ipv6_network_of_64_bits_is_one_connection(link: Machine) -> None:
    assert (
        flood(link, PER_ADDRESS + 20, *(f"2001:db8:1:2::{number:x}" for number in range(PER_ADDRESS + 20)))[429] == 20
    )
    assert post(link, person(1), "2001:db8:1:3::1").status_code == 202
    assert post(link, person(2), "2001:db8:2:2::1").status_code == 202


def test_a_customer_with_many_networks_has_ten_times_the_limit(link: Machine) -> None:
    answers = Counter(
        post(link, {}, f"2001:db8:7:{number:x}::1").status_code for number in range(10 * PER_ADDRESS + 100)
    )
    assert answers[422] == pytest.approx(10 * PER_ADDRESS, abs=20)
    assert post(link, {}, "2001:db8:8:1::1").status_code == 422


def limit(**changes: int) -> None:
    """Gives the form other limits."""
    services = wiring.services()
    settings = services.cooperations["zonnig-dorp"]
    form = settings.forms["krap"]
    limited = form.model_copy(update={"limits": form.limits.model_copy(update=changes)})
    changed = settings.model_copy(update={"forms": {**settings.forms, "krap": limited}})
    services.cooperations = {**services.cooperations, "zonnig-dorp": changed}


def test_how_many_connections_a_customer_may_have_is_a_setting(link: Machine) -> None:
    limit(per_address=5, connections=3)
    answers = Counter(post(link, {}, f"2001:db8:7:{number:x}::1").status_code for number in range(20))
    assert answers == {422: 15, 429: 5}


@pytest.mark.parametrize("at_once", [1, 4])
def test_how_many_sign_ups_of_one_address_are_handled_at_once_is_a_setting(link: Machine, at_once: int) -> None:
    limit(at_once=at_once)
    assert flood(link, 5, FLOODER) == {202: 5}
    assert len([one for one in submissions(link) if one["share"] == "heavy"]) == 5 - at_once


def test_refused_and_unreadable_requests_count_too(link: Machine) -> None:
    for number in range(PER_ADDRESS // 4):
        assert post(link, person(number, email="x"), FLOODER).status_code == 422
        assert post(link, person(number, website="https://x"), FLOODER).status_code == 202
        bad = {"X-Forwarded-For": FLOODER, "Content-Type": "application/json"}
        assert link.sign_up(FORM, content=b"{", headers=bad).status_code == 400
        assert link.sign_up(FORM, content=b" " * 70_000, headers=bad).status_code == 413
    assert post(link, person(1), FLOODER).status_code == 429


def test_the_body_of_a_refused_request_is_not_read(link: Machine) -> None:
    flood(link, PER_ADDRESS, FLOODER)
    headers = {"X-Forwarded-For": FLOODER, "Content-Type": "text/nonsense"}
    assert link.sign_up(FORM, content=b"\xff", headers=headers).status_code == 429


def test_the_server_of_a_web_site_may_send_for_many_visitors(link: Machine) -> None:
    assert flood(link, 100, WEBSITE) == {202: 100}
    kept = submissions(link)
    assert not [one for one in kept if one["share"] == "heavy"]


def test_each_form_has_limits_of_its_own(link: Machine) -> None:
    flood(link, PER_ADDRESS + 1, FLOODER)
    headers = {"X-Forwarded-For": FLOODER}
    assert link.sign_up("/zonnig-dorp/aanmelden", json=person(1), headers=headers).status_code == 202


def test_no_address_is_kept_or_logged(link: Machine) -> None:
    flood(link, PER_ADDRESS + 5, FLOODER)
    flood(link, PER_EMAIL + 5, "2001:db8:77:88::1")
    assert link.documents("quotas")
    everything = json.dumps([link.documents(), logged])
    assert not [text for text in (FLOODER, "2001:db8", "77:88", "krap-203") if text in everything]


# -- one mailbox -----------------------------------------------------------------------------------------------------


def test_a_hundred_names_with_one_e_mail_address_are_limited(link: Machine) -> None:
    for number in range(100):
        fields = person(
            number, email="anna@voorbeeld.nl", input_3=f"Naam{chr(97 + number % 26)}{chr(97 + number // 26)}"
        )
        answer = post(link, fields, f"192.0.2.{number}")
        assert answer.status_code == (202 if number < PER_EMAIL else 429)
    assert is_problem(answer, 429).keys() == {"email"}
    assert int(answer.headers["Retry-After"]) > 3600
    assert len(submissions(link)) == PER_EMAIL
    assert not alarms()


def test_plus_and_capitals_are_the_same_mailbox(link: Machine) -> None:
    for number in range(20):
        email = f"{'Anna' if number % 2 else 'anna'}+{number}@Voorbeeld.nl"
        answer = post(link, {**person(number), "email": email}, f"192.0.2.{number}")
        assert answer.status_code == (202 if number < PER_EMAIL else 429)


def test_a_family_shares_a_mailbox(link: Machine) -> None:
    for name in ("Anna", "Bea", "Cor", "Dirk"):
        assert post(link, sign_up(input_3=name)).status_code == 202
    assert len(submissions(link)) == 4


def test_corrections_count_for_the_mailbox_and_repeats_do_not(link: Machine) -> None:
    for number in range(PER_EMAIL):
        for _ in range(3):
            fields = sign_up(telefoonnummer=f"061234567{number}")
            assert post(link, fields, f"192.0.2.{number}").status_code == 202
    last = sign_up(telefoonnummer=f"061234567{PER_EMAIL}")
    assert post(link, last).status_code == 429
    for _ in range(10):
        assert post(link, fields).status_code == 202
    (submission,) = submissions(link)
    assert submission["version"] == PER_EMAIL


def test_the_refusal_for_a_full_mailbox_does_not_tell_who_signed_up_before(link: Machine) -> None:
    assert post(link, sign_up()).status_code == 202
    for number in range(PER_EMAIL):
        post(link, sign_up(adres_huisnummer=str(100 + number)))
    known, unknown = post(link, sign_up()), post(link, sign_up(adres_huisnummer="99"))
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (429, unknown.content)


def test_two_versions_sent_in_turn_count_each_time(link: Machine) -> None:
    answers = [post(link, sign_up(telefoonnummer=f"061234567{number % 2}")).status_code for number in range(12)]
    assert answers[:PER_EMAIL] == [202] * PER_EMAIL
    assert submissions(link)[0]["version"] == PER_EMAIL


# -- the form --------------------------------------------------------------------------------------------------------


def test_a_flood_from_many_addresses_is_limited_by_the_form_with_one_alarm(link: Machine) -> None:
    addresses = [f"203.0.{number // 250}.{number % 250}" for number in range(PER_FORM + 100)]
    answers = flood(link, PER_FORM + 100, *addresses)
    assert PER_FORM <= answers[202] <= PER_FORM + 10  # One more fits every six seconds.
    answer = max((post(link, person(number)) for number in (1, 2)), key=lambda it: it.status_code)
    assert 0 < int(answer.headers["Retry-After"]) <= 6
    assert "Dit formulier" in answer.text
    (alarm,) = alarms()
    assert (alarm["message"], alarm["cooperation"], alarm["form"]) == ("a form is flooded", "zonnig-dorp", "krap")
    assert link.sign_up("/zonnig-dorp/aanmelden", json=person(1)).status_code == 202


def test_a_flood_of_refused_requests_is_an_alarm_too(link: Machine) -> None:
    for _ in range(2 * PER_FORM + 5):
        post(link, {}, FLOODER)
    (alarm,) = alarms()
    assert alarm["message"] == "a form is flooded"


def test_a_flood_from_a_few_senders_is_one_warning(link: Machine) -> None:
    flood(link, 2 * PER_ADDRESS + 30, FLOODER, "203.0.113.67")
    warnings = [line for line in logged if line["message"] == "too much of one"]
    assert len(warnings) == 1
    assert (warnings[0]["severity"], warnings[0]["kind"]) == ("WARNING", "address")
    assert not alarms()


# -- shares and cost -------------------------------------------------------------------------------------------------


def test_the_fourth_and_later_sign_ups_of_one_address_get_the_heavy_share(link: Machine) -> None:
    flood(link, 10, FLOODER)
    shares = Counter(one["share"] for one in submissions(link))
    assert shares["heavy"] == 10 - 3
    assert post(link, person(1)).status_code == 202
    assert Counter(one["share"] for one in submissions(link))["heavy"] == 10 - 3


def test_a_usual_sign_up_stores_only_its_submission_and_what_it_counts_for(link: Machine) -> None:
    for number in range(3):
        assert post(link, person(number), f"192.0.2.{number}").status_code == 202
    assert {place.split("/")[0] for place in link.documents()} == {"submissions", "tallies"}
