"""Every answer of every route has the security headers, whoever made it: a flow, a refusal, a page, the framework."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from functions._security_headers import HEADERS, policy_with_form
from main import FUNCTIONS
from shared import wiring
from tests.functions.examples import sign_up
from tests.functions.routes import BROWSER, PAGES, ROUTES, Route
from tests.world.functions_over_http import Machine, logged

each = pytest.mark.parametrize("route", ROUTES, ids=lambda it: it.name)


def check(answer: httpx.Response, status: int | None = None) -> None:
    assert status in {answer.status_code, None}, answer.text
    found = {name: answer.headers.get(name) for name in HEADERS}
    if answer.headers["Referrer-Policy"] == "same-origin":  # Our own sign-up page: `test_the_sign_up_page`.
        found |= {name: HEADERS[name] for name in ("Content-Security-Policy", "Referrer-Policy")}
    assert found == HEADERS, f"{answer.request.method} {answer.request.url} {answer.status_code}"
    for name in HEADERS:
        assert len(answer.headers.get_list(name)) == 1


def test_the_headers_are_strict() -> None:
    assert HEADERS["Content-Security-Policy"].split("; ") == [
        "default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ]  # fmt: skip
    assert "unsafe" not in str(HEADERS)
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert HEADERS["Cache-Control"] == "no-store"
    assert int(HEADERS["Strict-Transport-Security"].removeprefix("max-age=")) >= 31_536_000
    assert HEADERS["Referrer-Policy"] == "no-referrer"


def test_a_page_may_send_a_form_without_reading_the_answer() -> None:
    """`fetch(…, {mode: "no-cors"})` fails when the answer has a policy of its own for this, though all went well."""
    assert "Cross-Origin-Resource-Policy" not in HEADERS


@each
def test_what_a_good_request_gets(lasting_link: Machine, route: Route) -> None:
    check(route.call(lasting_link))
    logged.clear()


@each
def test_a_refusal(lasting_link: Machine, route: Route) -> None:
    """A key that is wrong, a method, an address, a length, a kind of content and a body that is no JSON."""
    for call in refusals(route):
        check(route.call(lasting_link, **call))
    for method in ("PUT", "OPTIONS", "HEAD", "TRACE"):
        check(Route(method, route.path, route.caller, None, route.kind).call(lasting_link))
    check(lasting_link.get(route.function, "/a/b/c/d/e/f"))
    logged.clear()


def refusals(route: Route) -> Iterator[Mapping[str, Any]]:
    yield {"key": "wrong"}
    yield {"key": "", "cooperation": "nergens"}
    yield {"content": b"{"}
    yield {"content": b"{}", "headers": {"Content-Encoding": "gzip"}}
    yield {"content": b"x", "headers": {"Content-Type": "text/plain", **BROWSER}}
    yield {"content": b"{}", "headers": {**BROWSER, "Origin": "https://evil.example"}, "form": "eigen"}
    if route.function != "receive-event":
        yield {"content": b" " * (route.limit + 1)}


@each
def test_a_fault_of_our_own(link: Machine, route: Route) -> None:
    """Also when it comes so early that no cooperation is known."""

    def broken() -> Any:
        raise KeyError("anna")

    wiring.use(broken)
    try:
        answer = route.call(link)
    finally:
        wiring.use(None)
    check(answer)
    assert answer.status_code in {401, 500}
    assert "anna" not in answer.text
    logged.clear()


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
@pytest.mark.parametrize("path", ["/robots.txt", "/favicon.ico", "/a%0Ab"])
def test_what_the_framework_answers_itself(lasting_link: Machine, function: str, path: str) -> None:
    check(lasting_link.get(function.replace("_", "-"), path), 404)


@pytest.mark.parametrize("route", PAGES, ids=lambda it: it.name)
@pytest.mark.parametrize("cookie", ["", "dossierlink_as=coordinator@zonnig-dorp.example"], ids=["nobody", "staff"])
def test_a_page_for_staff(lasting_link: Machine, route: Route, cookie: str) -> None:
    """Its own stylesheet and script, and forms to itself; nothing of other hosts, and no frame."""
    answer = route.call(lasting_link, headers={"Cookie": cookie, "Origin": "https://evil.example"}, data={"a": "b"})
    policy = dict(part.partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy.pop("default-src") == policy.pop("base-uri") == policy.pop("frame-ancestors") == "'none'"
    assert set(policy.values()) <= {"'self'", "'none'"}
    assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert answer.headers["Cache-Control"] == "no-store" or route.path.endswith("/_/{name}")
    own = {"Content-Security-Policy", "Referrer-Policy", "Cache-Control"}
    assert all(answer.headers[name] == value for name, value in HEADERS.items() if name not in own)
    own = re.sub("<textarea.*?</textarea>", "", answer.text, flags=re.DOTALL)  # What is to be copied to a web site.
    assert not [word for word in ("<style", "style=", "onclick", "javascript:") if word in own]
    logged.clear()


@pytest.mark.parametrize("path", ["/zonnig-dorp/aanmelden", "/zonnig-dorp/aanmelden/thanks"])
def test_the_sign_up_page(lasting_link: Machine, path: str) -> None:
    """Its own style and script, its form to itself or the thank-you page, and no frame unless the settings say so."""
    answer = lasting_link.get("receive-webform", path)
    assert answer.status_code == 200
    policy = dict(part.partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy.pop("default-src") == policy.pop("base-uri") == policy.pop("frame-ancestors") == "'none'"
    assert policy.pop("style-src").startswith("'sha256-")
    assert policy.pop("form-action") in {"'self'", "'self' https:"}
    assert policy == {"script-src": "'self'", "connect-src": "'self'"}
    check(answer, 200)


def test_pages_and_redirects(lasting_link: Machine) -> None:
    fields = {"voornaam": "Anna", "achternaam": "Berg", "emailadres": "anna@voorbeeld.nl"}
    typed = {name: text for name, text in sign_up().items() if name not in {"input_3", "naam", "email"}} | fields
    check(lasting_link.sign_up("/zonnig-dorp/pagina", data=typed, headers=BROWSER), 303)
    check(lasting_link.sign_up("/zonnig-dorp/pagina", data={"a": "b"}, headers=BROWSER), 303)
    check(lasting_link.sign_up(data=sign_up(), headers=BROWSER), 200)
    check(lasting_link.sign_up(data={"a": "b"}, headers=BROWSER), 422)
    check(lasting_link.sign_up("/zonnig-dorp/eigen", data={"a": "b"}, headers={**BROWSER, "Origin": "null"}), 403)


def test_the_button_in_a_letter_may_lead_to_the_thank_you_page() -> None:
    """And that page to www.zonnig-dorp.example: Chrome applies `form-action` to every redirect after the form too."""
    to_site = policy_with_form("https://zonnig-dorp.example/bedankt?a=b")
    assert "form-action 'self' https:;" in to_site
    assert policy_with_form(None) == HEADERS["Content-Security-Policy"].replace(
        "form-action 'none'", "form-action 'self'"
    )


def test_no_page_has_a_style_or_script_of_its_own(lasting_link: Machine) -> None:
    """The policy would refuse it."""
    for answer in (lasting_link.sign_up(data={"a": "b"}, headers=BROWSER), lasting_link.sign_up("/x", headers=BROWSER)):
        for word in ("<style", "<script", "style=", "onclick"):
            assert word not in answer.text
