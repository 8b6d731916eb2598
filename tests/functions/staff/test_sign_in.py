"""Signing in over real HTTP: Google in front, OpenID Connect with a service that is as strict as a real one, by choice."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from functions.staff.sign_in import session
from functions.staff.sign_in.session import IDLE, LONGEST, Session
from infra.standins.oidc import OidcProvider
from infra.standins.server import serving
from shared import published_keys
from tests.world.functions_over_http import STAFF_SECRET, Machine, logged, running
from tests.world.iap import EMAIL, Iap, signing

STAFF = "show-staff"
PAGE = "/zonnig-dorp/"
NAVIGATE = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}
SESSION = "dossierlink_session"


# -- Google in front ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, Iap]]:
    with signing() as iap, running(tmp_path_factory.mktemp("iap"), LINK_STAFF=iap.setting) as machine:
        yield machine, iap


def test_google_says_who_is_there(google: tuple[Machine, Iap]) -> None:
    machine, iap = google
    answer = machine.get(STAFF, PAGE, headers={"X-Goog-IAP-JWT-Assertion": iap.assertion()})
    assert answer.status_code == 200
    assert EMAIL in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "sign-out" not in answer.text


def test_without_googles_header_nobody_is_there(google: tuple[Machine, Iap]) -> None:
    """Not by its other headers, which prove nothing, and not by ?as=, which is for local runs."""
    machine, _ = google
    other = {"X-Goog-Authenticated-User-Email": f"accounts.google.com:{EMAIL}", "X-Forwarded-Email": EMAIL}
    for answer in (
        machine.get(STAFF, PAGE),
        machine.get(STAFF, PAGE, headers=other),
        machine.get(STAFF, f"{PAGE}?as={EMAIL}"),
        machine.get(STAFF, PAGE, headers={"Cookie": f"dossierlink_as={EMAIL}; {SESSION}=x"}),
    ):
        assert answer.status_code == 401
        assert "Google heeft niet gezegd wie u bent" in answer.text
        assert EMAIL not in answer.text
    assert not logged


def test_an_assertion_for_another_service_is_logged_without_a_name(google: tuple[Machine, Iap]) -> None:
    """Everybody gets a 401 when the audience is wrong, so an operator must be able to see why."""
    machine, iap = google
    wrong = iap.assertion(aud="/projects/1/locations/e/services/other")
    assert machine.get(STAFF, PAGE, headers={"X-Goog-IAP-JWT-Assertion": wrong}).status_code == 401
    (line,) = logged
    assert (line["severity"], line["message"]) == ("WARNING", "sign-in refused")
    assert EMAIL not in str(logged)


# -- OpenID Connect ----------------------------------------------------------------------------------------------------


@pytest.fixture
def dorp(tmp_path: Path) -> Iterator[tuple[Machine, OidcProvider]]:
    published_keys._kept.clear()  # An earlier service may have had this port.
    provider = OidcProvider("app-1", STAFF_SECRET, person={"email": EMAIL, "email_verified": True})
    with serving(provider) as provider.issuer:
        setting = f"oidc://{urlsplit(provider.issuer).netloc}?client_id=app-1"
        with running(tmp_path, LINK_STAFF=setting) as machine:
            provider.redirect_uri = machine.url(STAFF, "/_/signed-in")
            yield machine, provider


def follow(machine: Machine, path: str, **request: Any) -> httpx.Response:
    """As a browser: until an answer is no redirect."""
    return machine.http.get(machine.url(STAFF, path), headers=NAVIGATE, follow_redirects=True, **request)


def test_a_browser_signs_in_and_comes_back_to_the_page_that_it_wanted(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, _ = dorp
    answer = follow(machine, f"{PAGE}?lang=en&q=a%26b")
    assert answer.status_code == 200
    assert str(answer.url) == machine.url(STAFF, f"{PAGE}?lang=en&q=a%26b")
    assert EMAIL in answer.text
    assert machine.get(STAFF, PAGE).status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, _ = dorp
    answers = follow(machine, PAGE).history
    set_cookies = [it for answer in answers for it in answer.headers.get_list("Set-Cookie")]
    assert {it.partition("=")[0].rpartition("_")[0] for it in set_cookies} == {"dossierlink", "dossierlink_begun"}
    for cookie in set_cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/functions/show-staff/" in cookie
    assert [it.name for it in machine.http.cookies.jar] == [SESSION]  # The sign-in that was begun is used up.


def test_in_google_cloud_the_cookie_goes_over_https_only(
    dorp: tuple[Machine, OidcProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.staff import sign_in  # noqa: PLC0415

    monkeypatch.setattr(sign_in, "_is_secure", lambda: True)  # Google Cloud cannot be had here.
    machine, _ = dorp
    (cookie,) = machine.get(STAFF, "/_/sign-in", follow_redirects=False).headers.get_list("Set-Cookie")
    assert cookie.startswith("__Host-")
    assert "; Secure" in cookie


def test_a_script_and_a_form_are_not_sent_away(dorp: tuple[Machine, OidcProvider]) -> None:
    """A script cannot follow, and what was typed would be lost."""
    machine, provider = dorp
    for answer in (
        machine.get(STAFF, PAGE),
        machine.get(STAFF, PAGE, headers={"Sec-Fetch-Mode": "cors"}),
        machine.post(STAFF, f"{PAGE}residents/1/erase", headers=NAVIGATE, data={"a": "b"}),
    ):
        assert answer.status_code == 401
        assert f"{machine.url(STAFF)[len(machine.base) :]}/_/sign-in?then=" in unescape(answer.text)
    assert provider.asked == []


def test_who_cancels_can_try_again(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, provider = dorp
    provider.person = None
    answer = follow(machine, PAGE)
    assert answer.status_code == 401
    assert "Het inloggen is niet gelukt" in answer.text
    provider.person = {"email": EMAIL, "email_verified": True}
    (link,) = re.findall(r'class="button" href="([^"]+)"', answer.text)
    again = machine.http.get(machine.base + unescape(link), follow_redirects=True)
    assert again.status_code == 200


def test_the_answer_of_a_sign_in_works_only_in_the_browser_that_began_it(dorp: tuple[Machine, OidcProvider]) -> None:
    """Else somebody could sign another person in under his own name."""
    machine, _ = dorp
    begun = machine.get(STAFF, "/_/sign-in", follow_redirects=False)
    back = httpx.get(begun.headers["Location"]).headers["Location"]
    assert httpx.get(back).status_code == 401
    first = machine.http.get(back)
    assert first.status_code == 303
    machine.http.cookies.clear()
    assert machine.http.get(back).status_code == 401


def test_two_tabs_can_sign_in_at_once(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, _ = dorp
    begun = [machine.get(STAFF, f"/_/sign-in?then={then}") for then in (PAGE, f"{PAGE}audit")]
    back = [httpx.get(it.headers["Location"]).headers["Location"] for it in begun]
    ended = [machine.http.get(it).headers["Location"] for it in back]
    assert ended == ["/functions/show-staff/zonnig-dorp/", "/functions/show-staff/zonnig-dorp/audit"]


@pytest.mark.parametrize(
    "then",
    [
        "//evil.example/", "/\\evil.example/", "https://evil.example", "/zonnig-dorp//evil", "javascript:alert(1)",
        "/_/sign-out", "/_/sign-in", "/%5Cevil.example/", "/zonnig-dorp/\r\nSet-Cookie: a=b", "/.evil.example/", "",
        "/zonnig-dorp/nothing/here/at/all",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_the_sign_in(dorp: tuple[Machine, OidcProvider], then: str) -> None:
    machine, _ = dorp
    begun = machine.http.get(machine.url(STAFF, "/_/sign-in"), params={"then": then})
    back = machine.http.get(httpx.get(begun.headers["Location"]).headers["Location"])
    assert back.headers["Location"] == "/functions/show-staff/"


def test_somebody_who_is_no_staff_reads_how_to_be_added(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, provider = dorp
    provider.person = {"email": "vreemd@elders.example", "email_verified": True}
    answer = follow(machine, "/")
    assert answer.status_code == 200
    assert "vreemd@elders.example hoort nog bij geen coöperatie" in answer.text
    assert machine.get(STAFF, PAGE).status_code == 404


def test_an_address_that_the_service_did_not_verify_is_refused_and_logged(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, provider = dorp
    provider.person = {"email": EMAIL, "email_verified": False}
    assert follow(machine, PAGE).status_code == 401
    assert [line["message"] for line in logged] == ["sign-in refused"]
    assert EMAIL not in str(logged)


def test_a_service_that_is_away_is_a_page_that_says_so(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, provider = dorp
    provider.status = 500
    answer = follow(machine, PAGE)
    assert answer.status_code == 503
    assert "De dienst waarmee u inlogt, antwoordt niet" in answer.text


def test_another_host_name_of_ours_leads_to_the_one_that_the_service_knows(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, provider = dorp
    other = {"Host": "show-staff-abc.a.run.app"}
    answer = machine.get(STAFF, f"/_/sign-in?then={PAGE}", headers=other)
    assert answer.headers["Location"] == machine.url(STAFF, f"/_/sign-in?then={PAGE}")
    assert provider.asked == []


# -- the session -------------------------------------------------------------------------------------------------------


def cookie(machine: Machine, since: float, seen: float, email: str = EMAIL) -> dict[str, str]:
    """A session of so many seconds ago."""
    now = int(time.time())
    value = session.signed(Session(email=email, since=now - int(since), seen=now - int(seen)))
    return {"Cookie": f"{SESSION}={value}"}


@pytest.mark.parametrize(
    ("since", "seen", "status"),
    [(0, 0, 200), (LONGEST - 5, 0, 200), (LONGEST, 0, 401), (IDLE, IDLE - 5, 200), (IDLE, IDLE, 401)],
)
def test_a_session_ends(dorp: tuple[Machine, OidcProvider], since: int, seen: int, status: int) -> None:
    machine, _ = dorp
    assert machine.get(STAFF, PAGE, headers=cookie(machine, since, seen)).status_code == status


def test_a_page_keeps_the_session_alive_and_a_script_that_looks_for_news_does_not(
    dorp: tuple[Machine, OidcProvider],
) -> None:
    machine, _ = dorp
    old = cookie(machine, 2000, 2000)
    assert SESSION in machine.get(STAFF, PAGE, headers={**old, **NAVIGATE}).headers["Set-Cookie"]
    machine.http.cookies.clear()
    assert "Set-Cookie" not in machine.get(STAFF, PAGE, headers={**old, "Sec-Fetch-Mode": "cors"}).headers
    assert "Set-Cookie" not in machine.get(STAFF, PAGE, headers={**cookie(machine, 2000, 60), **NAVIGATE}).headers


def test_a_renewed_session_still_ends_eight_hours_after_the_sign_in(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, _ = dorp
    headers = {**cookie(machine, LONGEST - 2, 2000), **NAVIGATE}
    renewed = machine.get(STAFF, PAGE, headers=headers).headers["Set-Cookie"].partition(";")[0]
    machine.http.cookies.clear()
    time.sleep(2.1)
    assert machine.get(STAFF, PAGE, headers={"Cookie": renewed}).status_code == 401


@pytest.mark.parametrize(
    "change", [lambda it: it[:-1], lambda it: it + "x", lambda it: "x", lambda it: "", lambda it: "." + it]
)
def test_a_cookie_that_we_did_not_sign_is_nobody(dorp: tuple[Machine, OidcProvider], change: Any) -> None:
    machine, _ = dorp
    name, _, value = cookie(machine, 0, 0)["Cookie"].partition("=")
    assert machine.get(STAFF, PAGE, headers={"Cookie": f"{name}={change(value)}"}).status_code == 401


def test_a_sign_in_that_was_begun_is_no_session(dorp: tuple[Machine, OidcProvider]) -> None:
    """Both are signed by us, with a key for each use."""
    machine, _ = dorp
    begun = machine.get(STAFF, "/_/sign-in").headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    machine.http.cookies.clear()
    assert machine.get(STAFF, PAGE, headers={"Cookie": f"{SESSION}={begun}"}).status_code == 401


def test_another_secret_or_service_ends_every_session(
    dorp: tuple[Machine, OidcProvider], tmp_path_factory: pytest.TempPathFactory
) -> None:
    machine, provider = dorp
    mine = cookie(machine, 0, 0)
    netloc = urlsplit(provider.issuer).netloc
    for changed in (
        {"LINK_STAFF": os.environ["LINK_STAFF"], "LINK_STAFF_SECRET": "another-secret-0123456789"},
        {"LINK_STAFF": f"oidc://{netloc}?client_id=app-2"},
    ):
        with running(tmp_path_factory.mktemp("other"), **changed) as other:
            assert other.get(STAFF, PAGE, headers=mine).status_code == 401


def test_signing_out_ends_it_in_this_browser(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, _ = dorp
    page = follow(machine, PAGE).text
    (action, token) = re.findall(r'action="([^"]*/sign-out[^"]*)".*?value="([^"]+)"', page)[0]
    assert machine.http.post(machine.base + action, data={"token": "x"}).status_code == 403
    assert machine.get(STAFF, PAGE).status_code == 200
    out = machine.http.post(machine.base + action, data={"token": token}, follow_redirects=True)
    assert (out.status_code, "U bent uitgelogd" in out.text) == (200, True)
    assert machine.get(STAFF, PAGE).status_code == 401


def test_signing_out_ends_a_session_that_it_is_time_to_renew(dorp: tuple[Machine, OidcProvider]) -> None:
    machine, _ = dorp
    old = {**cookie(machine, 2000, 2000), **NAVIGATE}
    page = machine.get(STAFF, PAGE, headers=old).text
    (action, token) = re.findall(r'action="([^"]*/sign-out[^"]*)".*?value="([^"]+)"', page)[0]
    machine.http.cookies.clear()
    out = machine.http.post(machine.base + action, data={"token": token}, headers=old)
    assert "Expires=Thu, 01 Jan 1970" in out.headers["Set-Cookie"]
    assert SESSION not in machine.http.cookies


# -- by choice, in a local run -----------------------------------------------------------------------------------------


def test_in_a_local_run_everybody_chooses_and_links_keep_it(link: Machine) -> None:
    asked = link.get(STAFF, "/zonnig-dorp/audit")
    assert asked.status_code == 401
    assert 'href="/functions/show-staff/zonnig-dorp/audit?as=kijker%40zonnig-dorp.example"' in asked.text
    assert link.get(STAFF, f"{PAGE}?as={EMAIL}").status_code == 200
    assert link.get(STAFF, PAGE).status_code == 200
    assert link.get(STAFF, "/meer-energie/").status_code == 404
    assert link.get(STAFF, "/meer-energie/?as=coordinator@meer-energie.example").status_code == 200


@pytest.mark.parametrize("who", ["vreemd@elders.example", "", "COORDINATOR@ZONNIG-DORP.EXAMPLE", "<script>"])
def test_only_who_is_in_the_settings_can_be_chosen(link: Machine, who: str) -> None:
    answer = link.http.get(link.url(STAFF, PAGE), params={"as": who})
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert "<script>" not in answer.text


# -- taking somebody out -----------------------------------------------------------------------------------------------


def test_who_is_taken_out_of_the_settings_has_no_access_from_the_next_request_on(link: Machine) -> None:
    here = {"Cookie": f"dossierlink_as={EMAIL}"}
    assert link.get(STAFF, PAGE, headers=here).status_code == 200
    file = Path(os.environ["LINK_CONFIG"])
    settings = file.read_text()
    file.write_text(
        settings.replace(f"{{email: {EMAIL}, role: manage}}", "{email: nieuw@zonnig-dorp.example, role: see}")
    )
    assert link.get(STAFF, PAGE, headers=here).status_code == 401
    assert link.get(STAFF, f"{PAGE}?as=nieuw@zonnig-dorp.example").status_code == 200
    file.write_text("cooperations: [")
    assert link.get(STAFF, f"{PAGE}?as=nieuw@zonnig-dorp.example").status_code == 200
    assert [line["message"] for line in logged] == ["changed settings cannot be read"]
    file.write_text(settings)
    assert link.get(STAFF, PAGE, headers=here).status_code == 200
