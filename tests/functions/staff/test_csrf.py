"""No other site, and no other person, can have a form of ours sent: every branch of the check, seen from outside."""

from __future__ import annotations

import inspect
import re
import time
from html import unescape
from typing import Any

import httpx
import pytest

from functions.staff import csrf
from functions.staff.csrf import SECONDS, make_token
from functions.staff.form import MOST_FIELDS
from tests.world.functions_over_http import Machine, logged

PERSON = "coordinator@zonnig-dorp.example"
PATH = "/_/sign-out"  # The one form that every page has, and that stores nothing.
AS = {"Cookie": f"dossierlink_as={PERSON}"}


def send(link: Machine, token: str | None = None, path: str = PATH, **headers: str) -> httpx.Response:
    data = {"token": make_token(PERSON, path) if token is None else token}
    return link.http.post(link.url("show-staff", path), data=data, headers={**AS, **headers})


def done(answer: httpx.Response) -> bool:
    assert answer.status_code in {303, 403}, answer.text
    return answer.status_code == 303


def host(link: Machine) -> str:
    return link.base.partition("//")[2]


def test_a_form_of_ours_is_taken(lasting_link: Machine) -> None:
    assert done(send(lasting_link))
    same = {"Origin": lasting_link.base, "Sec-Fetch-Site": "same-origin"}
    assert done(send(lasting_link, **same))
    assert done(send(lasting_link, token=make_token(PERSON.upper(), PATH)))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "x", ""])
def test_a_browser_that_names_another_site_is_refused(lasting_link: Machine, site: str) -> None:
    assert not done(send(lasting_link, **{"Sec-Fetch-Site": site}))


@pytest.mark.parametrize(
    "origin",
    ["null", "", "https://evil.example", "http://127.0.0.1", "http://127.0.0.1:1", "http://[", "x", "file://", "http://HOST.evil.example",
     "http://evil@HOST", "ftp://HOST", "//HOST", "HOST"],
)  # fmt: skip
def test_another_origin_is_refused(lasting_link: Machine, origin: str) -> None:
    assert not done(send(lasting_link, Origin=origin.replace("HOST", host(lasting_link))))


def test_behind_googles_front_the_host_that_the_browser_asked_for_counts(lasting_link: Machine) -> None:
    """Cloud Run ends TLS, so we see http and the host of the browser."""
    name = "show-staff-1.europe-west4.run.app"
    assert done(send(lasting_link, Host=name, Origin=f"https://{name}"))
    assert not done(send(lasting_link, Host=name, Origin="https://show-staff-2.europe-west4.run.app"))
    assert not done(send(lasting_link, Host=name, Origin=f"https://{name}:8443"))
    assert not done(send(lasting_link, Host=name, Origin=f"http://{name}"))
    other = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "Origin": "https://evil.example"}
    assert not done(send(lasting_link, Host=name, **other))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "x",
        "ffffffff",
        "ffffffff.",
        ".0",
        "zz.00",
        "-1.00",
        "ffffffff." + "0" * 64,
        "é.é",
        "9" * 10000,
        "a.b.c",
        "\x00.\x00",
    ],
)
def test_a_malformed_token_is_refused_and_breaks_nothing(lasting_link: Machine, token: str) -> None:
    assert not done(send(lasting_link, token))


def test_a_token_is_for_one_person_and_one_address(lasting_link: Machine) -> None:
    until, _, signature = make_token(PERSON, PATH).partition(".")
    for token in (
        make_token("kijker@zonnig-dorp.example", PATH),
        make_token("", PATH),
        make_token(PERSON, "/_/sign-out/"),
        make_token(PERSON + "\n" + PATH, ""),
        f"{int(until, 16) + 1:x}.{signature}",
        f"{until.upper()}x.{signature}",
        f"{until}.{signature.upper()}",
        f"{until}.{signature}0",
    ):
        assert not done(send(lasting_link, token))


def test_without_the_field_it_is_refused(lasting_link: Machine) -> None:
    address = lasting_link.url("show-staff", PATH)
    for request in ({"data": {}}, {"params": {"token": make_token(PERSON, PATH)}}, {"headers": {"X-CSRF-Token": "x"}}):
        assert not done(lasting_link.http.post(address, **{**request, "headers": {**AS, **request.get("headers", {})}}))


def test_each_form_that_is_refused_gets_a_line_in_the_log_without_a_name(lasting_link: Machine) -> None:
    send(lasting_link, "x")
    send(lasting_link, Origin="https://evil.example")
    assert [(line["severity"], line["error"]) for line in logged] == [("WARNING", "WrongToken")] * 2
    assert PERSON not in str(logged)


def test_the_time_of_a_comparison_tells_nothing() -> None:
    """Not measured: the comparison is the one that takes as long for every text."""
    assert "hmac.compare_digest(signature" in inspect.getsource(csrf.check_token)


# -- what was typed ----------------------------------------------------------------------------------------------------

TYPED = {"note": "Hallo <b>“Anna”</b> & co\r\ntweede regel", "several": ["1", "2"], "empty": ""}


def hidden(page: str) -> list[tuple[str, str]]:
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return [(unescape(name), unescape(value)) for name, value in fields]


def test_an_expired_sign_in_loses_nothing_and_the_same_form_works_after_it(lasting_link: Machine) -> None:
    address, token = lasting_link.url("show-staff", PATH) + "?lang=en", make_token(PERSON, PATH)
    answer = lasting_link.http.post(address, data={**TYPED, "token": token})
    assert answer.status_code == 401
    assert "You are no longer signed in" in answer.text
    assert "<b>" not in answer.text
    kept = hidden(answer.text)
    assert kept == [
        ("note", TYPED["note"]), ("several", "1"), ("several", "2"), ("empty", ""), ("token", token),
    ]  # fmt: skip
    assert 'action="/functions/show-staff/_/sign-out?lang=en"' in answer.text
    again: Any = dict(kept)
    assert done(lasting_link.http.post(address, data=again, headers=AS))
    assert not done(
        lasting_link.http.post(address, data=again, headers={"Cookie": "dossierlink_as=kijker@zonnig-dorp.example"})
    )


def test_an_old_form_can_be_sent_again_by_who_filled_it_in(
    lasting_link: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_token(PERSON, PATH)
    now = time.time()
    moment = type("Later", (), {"time": staticmethod(lambda: now + SECONDS + 10)})
    monkeypatch.setattr(csrf, "time", moment)  # A token holds for a day.
    address = lasting_link.url("show-staff", PATH)
    answer = lasting_link.http.post(address, data={**TYPED, "token": old}, headers=AS)
    assert answer.status_code == 403
    assert "Deze pagina stond langer dan een dag open" in answer.text
    kept: Any = dict(hidden(answer.text))
    assert kept["note"] == TYPED["note"]
    assert kept["token"] != old
    assert done(lasting_link.http.post(address, data=kept, headers=AS))


def test_a_form_of_another_site_is_kept_for_nobody(lasting_link: Machine) -> None:
    """Else that site could have our page show its text, with a button under it."""
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for who in ({}, AS):
            address = lasting_link.url("show-staff", PATH)
            answer = lasting_link.http.post(address, data=TYPED, headers={**who, **headers})
            assert answer.status_code == 403
            assert "Anna" not in answer.text


# -- what is no form ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"token": 1}', "application/json", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        (b"\xff=1", "application/x-www-form-urlencoded", 400),
        (b"&" * MOST_FIELDS, "application/x-www-form-urlencoded", 413),
        (b"a=" + b"x" * 64 * 1024, "application/x-www-form-urlencoded", 413),
        (b"", "application/json", 403),
    ],
)
def test_what_is_no_form_is_refused_with_a_page(lasting_link: Machine, content: bytes, kind: str, status: int) -> None:
    headers = {**AS, "Content-Type": kind}
    answer = lasting_link.http.post(lasting_link.url("show-staff", PATH), content=content, headers=headers)
    assert answer.status_code == status
    assert "Er is niets veranderd" in answer.text
