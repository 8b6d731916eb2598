"""Every error is a page that says what it is, whether something was changed, and what to do now; in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import httpx
import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from functions.staff import routes
from functions.staff.csrf import make_token
from functions.staff.language import translations
from functions.staff.pages import needs_now, sign_in
from functions.staff.render import FOLDER
from functions.staff.static import address_of
from shared import wiring
from shared.clock import utc_now
from shared.domain.resident import Resident
from shared.errors import AlreadyExists, BadInput, Busy, Changed, JustErased, NewerDocument, NoRoom, StoreUnavailable
from tests.functions.routes import page
from tests.functions.staff.dutch_left import dutch_in
from tests.world.functions_over_http import Machine, functions, logged

PERSON = "coordinator@zonnig-dorp.example"
AS = {"Cookie": f"dossierlink_as={PERSON}"}
PAGE = "/zonnig-dorp/"
PATH = "/_/sign-out"


def is_built(page_name: str) -> bool:
    """Whether the module of a page is there already."""
    return find_spec(f"functions.staff.pages.{page_name.partition('.')[0]}") is not None


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> Iterator[None]:
    """A page's own code that raises this error: the pages themselves have tests of their own."""

    def fail(_visit: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(needs_now, "show", fail)  # Any page; its own code has tests of its own.
        patched.setattr(sign_in, "end", fail)  # As above.
        yield


def get(link: Machine, **headers: str) -> httpx.Response:
    return link.get("show-staff", PAGE, headers={**AS, **headers})


def post(link: Machine, **typed: str) -> httpx.Response:
    data = {"token": make_token(PERSON, PATH), **typed}
    return link.http.post(link.url("show-staff", PATH), data=data, headers=AS)


class Away:
    """A store that does not answer."""

    def __getattr__(self, name: str) -> object:
        def unavailable(*_: object, **__: object) -> None:
            raise StoreUnavailable("away")

        return unavailable


ERRORS = [
    (StoreUnavailable("x"), 503, "De opslag van de koppeling antwoordt niet", True),
    (NewerDocument("x"), 503, "De opslag van de koppeling antwoordt niet", True),
    (Changed("x"), 503, "net door iemand anders veranderd", False),
    (AlreadyExists("x"), 503, "net door iemand anders veranderd", True),
    (Busy("x"), 503, "De koppeling is hier al mee bezig", True),
    (NoRoom(utc_now()), 503, "De koppeling is hier al mee bezig", True),
    (JustErased("x"), 503, "Deze bewoner is net gewist", True),
]


@pytest.mark.parametrize(("error", "status", "text", "unsure"), ERRORS, ids=lambda it: type(it).__name__)
def test_an_error_says_what_it_is_and_whether_something_changed(
    lasting_link: Machine, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, text: str, unsure: bool
) -> None:
    with failing(monkeypatch, error):
        seen, sent = get(lasting_link), post(lasting_link, note="Hallo")
    assert text in page(seen, status)
    assert "Er is niets veranderd" in seen.text
    assert text in page(sent, status)
    assert ("Het is niet zeker of uw wijziging is gelukt" in sent.text) == unsure
    assert ("Er is niets veranderd" in sent.text) != unsure
    assert 'name="note" value="Hallo"' in sent.text  # Nothing that was typed is lost.
    for answer in (seen, sent):
        assert answer.headers["Retry-After"] == "5"


def test_a_store_that_is_away_is_a_page_that_says_so(link: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """In both languages."""
    wiring.services().store = Away()  # type: ignore[assignment]
    show = lambda visit: visit.services.records(Resident).get("zonnig-dorp:1")  # noqa: E731
    monkeypatch.setattr(needs_now, "show", show)  # The page itself has tests of its own.
    assert "De opslag van de koppeling antwoordt niet" in page(get(link), 503)
    english = link.get("show-staff", f"{PAGE}?lang=en", headers=AS)
    assert "The store of the link does not answer" in english.text


@pytest.mark.parametrize(
    "row", [it for it in routes._TABLE if it[2] == "see" and is_built(it[3])], ids=lambda it: it[1]
)
def test_no_page_breaks_while_the_store_is_away(link: Machine, row: tuple[str, str, str, str]) -> None:
    """It says so, or does without."""
    wiring.services().store = Away()  # type: ignore[assignment]
    values = {"cooperation": "zonnig-dorp", "contact_id": "1001", "campaign_id": "1", "key": "x", "form": "aanmelden"}
    path = re.sub(r"<(?:int:)?(\w+)>", lambda found: values[found[1]], row[1])
    headers = {**AS, "Origin": link.base}
    form = {"data": {"token": make_token(PERSON, path)}} if row[0] == "POST" else {}
    answer = link.http.request(row[0], link.url("show-staff", path), headers=headers, **form)
    assert answer.status_code in {200, 303, 404, 422, 503}
    assert answer.status_code != 503 or "De opslag van de koppeling antwoordt niet" in answer.text


def test_a_mistake_of_our_own_tells_nothing_but_that(lasting_link: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    with failing(monkeypatch, KeyError("anna@voorbeeld.nl")):
        seen, sent = get(lasting_link), post(lasting_link)
    assert "Dit is een fout in de koppeling zelf" in page(seen, 500)
    assert "Het is niet zeker" in page(sent, 500)
    assert "anna" not in seen.text + sent.text
    assert [line["message"] for line in logged] == ["broken", "broken"]
    logged.clear()


def test_an_unknown_page_is_no_line_in_the_log(lasting_link: Machine) -> None:
    """Robots ask for all kinds of addresses."""
    for path in ("/wp-admin/x/y/z", "/zonnig-dorp/nothing", "/_/none.css", "/zonnig-dorp//residents"):
        assert "Deze pagina bestaat niet" in page(lasting_link.get("show-staff", path, headers=AS), 404)
    assert not logged


def test_somebody_who_looks_at_another_cooperation_is_a_line_in_the_log_without_a_name(lasting_link: Machine) -> None:
    page(lasting_link.get("show-staff", "/meer-energie/", headers=AS), 404)
    assert [(it["severity"], it["error"]) for it in logged] == [("WARNING", "OtherCooperation")]
    assert PERSON not in str(logged)


@pytest.mark.parametrize("path", ["/", PAGE, "/_/staff.css", "/meer-energie/", "/x/y/z"])
def test_head_is_a_get_without_a_body(lasting_link: Machine, path: str) -> None:
    got = lasting_link.get("show-staff", path, headers=AS)
    head = lasting_link.http.head(lasting_link.url("show-staff", path), headers=AS)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]
    logged.clear()


@pytest.mark.parametrize("path", ["/", PAGE, "/_/sign-in", "/x/y/z"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_query_that_is_no_text_is_a_page_too(lasting_link: Machine, path: str, method: str) -> None:
    """As gunicorn passes it on; a client of ours would encode it."""
    sent = EnvironBuilder(method=method).get_environ() | {"PATH_INFO": path, "QUERY_STRING": "q=\xff\xfe"}
    answer, status, _ = run_wsgi_app(functions()["/functions/show-staff"], sent, buffered=True)
    assert status[:3] in {"400", "404", "405"}
    assert "Er is niets veranderd" in b"".join(answer).decode()


def test_a_query_longer_than_any_of_ours_is_repeated_in_no_page(lasting_link: Machine) -> None:
    for headers in ({}, AS):
        answer = lasting_link.get("show-staff", f"{PAGE}residents?q=" + "x" * 9000, headers=headers)
        assert answer.status_code == 400
        assert "Het adres van deze pagina is te lang" in answer.text
        assert "xxx" not in answer.text


def test_the_address_without_a_slash_is_the_same_page(lasting_link: Machine) -> None:
    assert lasting_link.get("show-staff", "/zonnig-dorp", headers=AS).status_code == 200


def test_pages_come_in_english_too(lasting_link: Machine) -> None:
    answer = lasting_link.get("show-staff", "/x/y/z?lang=en", headers=AS)
    assert '<html lang="en">' in answer.text
    assert "This page does not exist" in answer.text
    assert "Er is niets" not in answer.text


REFUSED = [
    ("GET", {"params": {"q": "x" * 9000}}, "The address of this page is too long: at most 8000 characters."),
    ("POST", {"json": {}}, "This is no ordinary form."),
    ("POST", {"data": {f"f{number}": "" for number in range(3101)}}, "The form has too many fields: at most 3100."),
    ("POST", {"data": {"note": "x" * 70_000}}, "The content is too large: at most 64 KiB."),
]


@pytest.mark.parametrize(("method", "sent", "text"), REFUSED, ids=lambda it: it if isinstance(it, str) else "")
def test_why_a_request_was_refused_is_said_in_english_too(
    lasting_link: Machine, method: str, sent: dict[str, Any], text: str
) -> None:
    headers = {**AS, "Accept-Language": "en"}
    path = PAGE if method == "GET" else PATH
    answer = lasting_link.http.request(method, lasting_link.url("show-staff", path), headers=headers, **sent)
    assert 400 <= answer.status_code < 500
    assert f"<span>{text}</span>" in answer.text
    assert dutch_in(answer.text) == []


def test_what_we_have_only_in_dutch_is_marked_so(lasting_link: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    with failing(monkeypatch, BadInput({"naam": ["Hier staat 4 in, en dat hoort niet in een naam."]})):
        answer = get(lasting_link, **{"Accept-Language": "en"})
    assert '<span lang="nl">Hier staat 4 in, en dat hoort niet in een naam.</span>' in answer.text


@pytest.mark.parametrize("template", ["who.html", "error.html", "signed_out.html", "base.html", "home.html"])
def test_every_text_has_its_english(template: str) -> None:
    source = (FOLDER / template).read_text(encoding="utf-8")
    said = re.findall(r"{% trans %}(.*?){% endtrans %}", source, re.DOTALL) + re.findall(r'_\("([^"]*)"\)', source)
    assert said
    assert [text for text in said if translations("en").gettext(text) == text] == []


NO_PAGES = (
    "/_/.",
    f"/_/{'x' * 300}.css",
    "/_/\0.css",
    f"/zonnig-dorp/campaigns/{2**53}",
    f"/zonnig-dorp/campaigns/{'9' * 40}",
    f"/zonnig-dorp/residents/{'9' * 40}",
    f"/zonnig-dorp/residents/{'9' * 40}/erase",
    "/zonnig-dorp/sign-ups/.",
    "/zonnig-dorp/sign-ups/\0",
    "/zonnig-dorp/sign-ups/__x__",
    f"/zonnig-dorp/sign-ups/{'x' * 3000}",
)


@pytest.mark.parametrize("path", NO_PAGES, ids=lambda path: path[:40])
def test_an_address_that_can_be_of_nothing_is_unknown(lasting_link: Machine, path: str) -> None:
    """Not broken, which raises an alarm. A client of ours would change such a path."""
    assert lasting_link
    sent = EnvironBuilder(headers=AS).get_environ() | {"PATH_INFO": path}
    _, status, _ = run_wsgi_app(functions()["/functions/show-staff"], sent, buffered=True)
    assert status[:3] == "404"
    assert not logged


def test_an_odd_place_in_the_list_of_residents_is_none(lasting_link: Machine) -> None:
    path = f"/zonnig-dorp/residents?after=r_1_{'9' * 5000}"
    assert lasting_link.get("show-staff", path, headers=AS).status_code == 200


def test_a_browser_keeps_a_file_only_when_it_is_the_version_that_it_asked_for(lasting_link: Machine) -> None:
    """A new page may get its stylesheet from an older instance, during a deployment."""
    kept = lasting_link.get("show-staff", "/" + address_of("staff.css")).headers["Cache-Control"]
    assert kept == "private, max-age=31536000, immutable"
    for query in ("", "?00000000"):
        assert lasting_link.get("show-staff", f"/_/staff.css{query}").headers["Cache-Control"] == "no-store"
