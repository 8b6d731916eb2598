"""A form with `origins` is sent by browsers from those web sites only, and their scripts may read our answers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.functions.examples import sign_up
from tests.functions.routes import BROWSER, is_problem, page
from tests.world.functions_over_http import Machine, logged

SITE, OTHER = "https://www.zonnig-dorp.example", "https://zonnig-dorp.example"
FORM, OPEN = "/zonnig-dorp/eigen", "/zonnig-dorp/aanmelden"
STRANGERS = [
    OTHER, "null", "", f"{SITE}/", f"{SITE}:8443", f"{SITE}.evil.example", "http://www.zonnig-dorp.example",
    "https://evil.example", SITE.upper(), f"{SITE}, {SITE}", "*",
]  # fmt: skip


def post(link: Machine, origin: str | None, path: str = FORM, **request: Any) -> httpx.Response:
    headers = request.pop("headers", {}) | ({} if origin is None else {"Origin": origin})
    return link.sign_up(path, headers=headers, **(request or {"json": sign_up()}))


def may_read(answer: httpx.Response, origin: str) -> bool:
    assert "Origin" in answer.headers.get("Vary", "").split(", ")
    return answer.headers.get("Access-Control-Allow-Origin") == origin


def test_a_browser_may_send_from_a_site_of_the_form(lasting_link: Machine) -> None:
    answer = post(lasting_link, SITE)
    assert answer.status_code == 202
    assert may_read(answer, SITE)


def test_a_server_of_a_web_site_sends_no_origin_and_is_let_through(lasting_link: Machine) -> None:
    answer = post(lasting_link, None)
    assert answer.status_code == 202
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_browser_on_another_site_is_refused(link: Machine, origin: str) -> None:
    answer = post(link, origin)
    assert is_problem(answer, 403) == {
        "body": "Dit formulier wordt alleen aangenomen vanaf de website van de organisatie."
    }
    assert "Access-Control-Allow-Origin" not in answer.headers
    text = page(post(link, origin, data=sign_up(), headers=BROWSER), 403)
    for words in ("niets opgeslagen", "website van de organisatie"):
        assert words in text
    assert link.documents("submissions") == {}
    (warning,) = logged  # One an hour, without the text of a stranger.
    assert (warning["severity"], warning["message"], warning["form"]) == ("WARNING", "sent from another site", "eigen")
    assert "evil" not in str(logged)


@pytest.mark.parametrize("origin", [None, SITE, "https://evil.example", "null"])
def test_a_form_without_origins_is_sent_from_everywhere(lasting_link: Machine, origin: str | None) -> None:
    """As it was before there were origins. Scripts of another site cannot read the answer."""
    answer = post(lasting_link, origin, OPEN)
    assert answer.status_code == 202
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_scripts_of_the_site_can_read_every_answer(lasting_link: Machine) -> None:
    id_ = post(lasting_link, SITE).json()["id"]
    answers = {
        422: post(lasting_link, SITE, json={}),
        400: post(lasting_link, SITE, content=b"{"),
        413: post(lasting_link, SITE, content=b" " * 70_000),
        415: post(lasting_link, SITE, content=b"x", headers={"Content-Type": "text/plain"}),
        405: post(lasting_link, SITE, f"{FORM}/made"),
        200: lasting_link.get("receive-webform", f"{FORM}/{id_}", headers={"Origin": SITE}),
        404: lasting_link.get("receive-webform", f"{FORM}/{'0' * 32}", headers={"Origin": SITE}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert may_read(answer, SITE), status
        assert not answer.headers.get("Access-Control-Allow-Credentials")


def preflight(link: Machine, path: str, origin: str | None) -> httpx.Response:
    headers = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    headers |= {"Origin": origin} if origin else {}
    return link.http.options(link.url("receive-webform", path), headers=headers)


def test_a_preflight_lets_the_site_send_json(lasting_link: Machine) -> None:
    answer = preflight(lasting_link, FORM, SITE)
    assert (answer.status_code, answer.content) == (204, b"")
    assert may_read(answer, SITE)
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, OPTIONS, POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert int(answer.headers["Access-Control-Max-Age"]) <= 3600


@pytest.mark.parametrize("origin", [*STRANGERS, None])
@pytest.mark.parametrize("path", [FORM, OPEN])
def test_a_preflight_of_another_site_names_no_site(lasting_link: Machine, path: str, origin: str | None) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(lasting_link, path, origin).headers


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("", "GET, OPTIONS, POST"),
        ("/made", "GET, OPTIONS"),
        (f"/{'0' * 32}", "GET, OPTIONS"),
        (f"/confirm/{'0' * 32}", "GET, OPTIONS, POST"),
    ],
)
def test_options_tells_the_methods_of_each_path(lasting_link: Machine, path: str, methods: str) -> None:
    assert preflight(lasting_link, FORM + path, SITE).headers["Allow"] == methods


@pytest.mark.parametrize("path", ["/zonnig-dorp/nergens", "/nergens/eigen", "/zonnig-dorp", f"{FORM}/a/b"])
def test_a_preflight_for_an_unknown_address_is_not_found(lasting_link: Machine, path: str) -> None:
    is_problem(preflight(lasting_link, path, SITE), 404)


def test_the_page_that_confirms_is_our_own_and_sends_no_site(link: Machine) -> None:
    """Our page hides its address, which holds a token. A browser then sends `Origin: null`."""
    path = f"{FORM}/confirm/{'0' * 32}"
    answer = link.post("receive-webform", path, headers={"Origin": "null", **BROWSER})
    page(answer, 404)
