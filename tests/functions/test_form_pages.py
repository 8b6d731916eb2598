"""A browser gets a page in Dutch that says what to do, after any error; a program gets JSON."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing
from typing import Any

import httpx
import pytest

from shared import wiring
from tests.functions.examples import sign_up
from tests.functions.routes import BROWSER, CHROME, is_problem, page
from tests.world.functions_over_http import Machine, logged

BROWSERS = {
    "Chrome": CHROME,
    "Safari": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "lynx": "text/html, text/plain, text/sgml, */*;q=0.01",
    "in capitals": "TEXT/HTML",
    "with a level": "text/html;level=1, */*;q=0.1",
    "rather than JSON": "application/json;q=0.5, text/html",
    "first of two": "text/html, application/json",
    "with a low quality": "text/html;q=0.1, */*;q=0.9",
}
PROGRAMS = {
    "WordPress, fetch": "*/*",
    "nothing": "",
    "axios": "application/json, text/plain, */*",
    "jQuery": "application/json, text/javascript, */*; q=0.01",
    "any text": "text/*",
    "never a page": "text/html;q=0, */*",
    "rather JSON": "text/html;q=0.8, application/json",
    "first of two": "application/json, text/html",
    "problems": "application/problem+json, text/html;q=0.9",
    "XHTML only": "application/xhtml+xml",
    "broken": "text/html;q=x,;;,=",
}


def post(link: Machine, path: str, accept: str, way: str, **changes: Any) -> httpx.Response:
    names = {"input_3": "voornaam", "naam": "achternaam", "email": "emailadres"}
    fields = {names.get(name, name): value for name, value in sign_up(**changes).items()}
    sent = {"data": fields} if way == "data" else {"files": {name: (None, text) for name, text in fields.items()}}
    request = link.http.build_request("POST", link.url("receive-webform", path), **sent, headers={"Accept": accept})
    if not accept:
        del request.headers["Accept"]
    return link.http.send(request)


@pytest.mark.parametrize("way", ["data", "files"])
@pytest.mark.parametrize("browser", BROWSERS)
def test_a_browser_gets_a_page_or_goes_to_one(lasting_link: Machine, browser: str, way: str) -> None:
    accept = BROWSERS[browser]
    assert post(lasting_link, "/zonnig-dorp/pagina", accept, way).headers["Location"].endswith("/bedankt")
    error = post(lasting_link, "/zonnig-dorp/pagina", accept, way, email="x").headers["Location"]
    assert error == "https://zonnig-dorp.example/aanmelden?stap=2&velden=emailadres"
    page(post(lasting_link, "/zonnig-dorp/aanmelden", accept, way), 200)
    page(post(lasting_link, "/zonnig-dorp/aanmelden", accept, way, email="x"), 422)


@pytest.mark.parametrize("way", ["data", "files"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_gets_the_true_status(lasting_link: Machine, program: str, way: str) -> None:
    """A program would take a redirect to a page with status 200 for a success."""
    for form in ("pagina", "aanmelden"):
        answer = post(lasting_link, f"/zonnig-dorp/{form}", PROGRAMS[program], way)
        assert (answer.status_code, answer.headers["Content-Type"]) == (202, "application/json")
        refused = post(lasting_link, f"/zonnig-dorp/{form}", PROGRAMS[program], way, email="x")
        assert is_problem(refused, 422).keys() == {"emailadres"}
    gone = post(lasting_link, "/zonnig-dorp/nergens", PROGRAMS[program], way)
    is_problem(gone, 404)


def test_a_json_request_gets_json_also_from_a_browser(lasting_link: Machine) -> None:
    assert lasting_link.sign_up(json=sign_up(), headers=BROWSER).status_code == 202
    is_problem(lasting_link.sign_up(json=sign_up(email="x"), headers=BROWSER), 422)


# -- what went wrong before anybody looked at the form ---------------------------------------------------------------


@pytest.mark.parametrize("mebibytes", [0.1, 5, 20])
def test_a_form_with_a_photo_is_refused_with_a_page(lasting_link: Machine, mebibytes: float) -> None:
    """The body is read to its end, because a browser that is still sending shows no answer."""
    photo = {"foto": ("keuken.jpg", b"\xff\xd8" + b"x" * int(mebibytes * 2**20), "image/jpeg")}
    text = page(lasting_link.sign_up(data=sign_up(), files=photo, headers=BROWSER), 413)
    for words in ("te groot: hooguit 64 KiB", "foto", "niets opgeslagen", "terugknop"):
        assert words in text
    assert is_problem(lasting_link.sign_up(data=sign_up(), files=photo), 413).keys() == {"body"}


def test_a_browser_that_sends_a_photo_before_it_reads_gets_the_answer(lasting_link: Machine) -> None:
    """A browser sends everything first; unread bytes would reset the connection."""
    url = httpx.URL(lasting_link.url("receive-webform", "/zonnig-dorp/aanmelden"))
    head = f"POST {url.path} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nContent-Length: 5000000\r\n"
    with socket.create_connection((url.host, url.port or 80)) as browser:
        browser.settimeout(10)
        browser.sendall(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode())
        for _ in range(50):
            browser.sendall(b"x" * 100_000)
        assert browser.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_form_with_too_many_fields_is_refused_with_a_page(lasting_link: Machine) -> None:
    text = page(lasting_link.sign_up(data={f"a{n}": "" for n in range(300)}, headers=BROWSER), 413)
    assert "te veel velden" in text


@pytest.mark.parametrize("path", ["/", "/zonnig-dorp", "/zonnig-dorp/nergens", "/nergens/aanmelden", "/a/b/c/d"])
def test_an_unknown_address_gets_a_page(lasting_link: Machine, path: str) -> None:
    text = page(lasting_link.sign_up(path, data=sign_up(), headers=BROWSER), 404)
    assert "niets opgeslagen" in text
    assert "terugknop" in text


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_another_method_gets_a_page(lasting_link: Machine, method: str) -> None:
    url = lasting_link.url("receive-webform", "/zonnig-dorp/aanmelden")
    answer = lasting_link.http.request(method, url, headers=BROWSER)
    assert "niets opgeslagen" in page(answer, 405)
    assert "POST" in answer.headers["Allow"]
    is_problem(lasting_link.http.request(method, url), 405)


def test_a_form_that_is_posted_to_a_sign_up_gets_a_page(lasting_link: Machine) -> None:
    answer = lasting_link.sign_up(f"/zonnig-dorp/aanmelden/{'0' * 32}", data=sign_up(), headers=BROWSER)
    page(answer, 405)
    assert answer.headers["Allow"] == "GET"


def test_a_head_has_the_status_and_no_body(lasting_link: Machine) -> None:
    url = lasting_link.url("receive-webform", "/zonnig-dorp/aanmelden")
    answer = lasting_link.http.head(url, headers=BROWSER)
    assert (answer.status_code, answer.content) == (200, b"")


def test_an_unknown_sign_up_gets_a_page(lasting_link: Machine) -> None:
    page(lasting_link.get("receive-webform", "/zonnig-dorp/aanmelden/x", headers=BROWSER), 404)


UNREADABLE: dict[str, tuple[int, dict[str, str], bytes]] = {
    "text": (415, {"Content-Type": "text/plain"}, b"voornaam=Anna\r\nachternaam=Berg"),
    "no UTF-8": (400, {"Content-Type": "application/x-www-form-urlencoded"}, b"voornaam=Ren%E9e"),
    "JSON as a form": (400, {"Content-Type": "application/x-www-form-urlencoded"}, b'{"voornaam":"Anna"}'),
    "no boundary": (400, {"Content-Type": "multipart/form-data"}, b"--x"),
    "no parts": (400, {"Content-Type": "multipart/form-data; boundary=x"}, b""),
    "nothing": (400, {}, b""),
    "compressed": (415, {"Content-Encoding": "gzip"}, b"x"),
}


@pytest.mark.parametrize("case", UNREADABLE)
@pytest.mark.parametrize("form", ["aanmelden", "pagina"])
def test_an_unreadable_form_gets_a_page_without_technical_names(lasting_link: Machine, form: str, case: str) -> None:
    status, headers, body = UNREADABLE[case]
    answer = lasting_link.sign_up(f"/zonnig-dorp/{form}", content=body, headers={**BROWSER, **headers})
    text = page(answer, status)
    for words in ("<li>", "niets opgeslagen", "niet aan u", "terugknop"):
        assert words in text
    for words in ("Content-Type</strong>", "body</strong>", "Content-Encoding</strong>"):
        assert words not in text


# -- what went wrong on our side -------------------------------------------------------------------------------------


def test_while_the_store_is_away_a_page_says_to_try_again(link: Machine) -> None:
    link.sign_up(json=sign_up())
    with closing(sqlite3.connect(link.state / "link.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = link.sign_up(data=sign_up(input_3="Bea"), headers=BROWSER)
        text = page(answer, 503)
        assert answer.headers["Retry-After"].isdecimal()
        for words in ("nog niet opgeslagen", "over een paar minuten", "terugknop"):
            assert words in text
    assert len(link.documents("submissions")) == 1
    page(link.sign_up(data=sign_up(input_3="Bea"), headers=BROWSER), 200)
    assert len(link.documents("submissions")) == 2


def test_a_fault_of_our_own_gets_a_page_and_logs_no_personal_data(link: Machine) -> None:
    wiring.services().clock = lambda: {}["anna"]
    text = page(link.sign_up(data=sign_up(), headers=BROWSER), 500)
    for words in ("vastgelegd", "Misschien", "terugknop", "Twee keer versturen kan geen kwaad"):
        assert words in text
    assert "anna" not in json.dumps(logged).lower()
    logged.clear()
