"""Our own page of a form over real HTTP, without a browser: `tests/browser/test_sign_up_page.py` looks at it."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from functions.sign_up.mark import MARK
from shared import wiring
from shared.domain.resident import Address
from tests.functions.examples import sign_up
from tests.functions.routes import BROWSER, is_problem
from tests.functions.staff.dutch_left import dutch_in
from tests.world.functions_over_http import Machine, logged

OPEN, OTHERS, ONE_SITE, NARROW = (f"/zonnig-dorp/{name}" for name in ("aanmelden", "pagina", "eigen", "krap"))
CANARY = "\"><script>alert('x')</script>&amp;"


class Fields(HTMLParser):
    """The inputs of a page: what would be sent when it is sent as it is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.names: list[str] = []
        self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        name = known.get("name") or ""
        if tag in {"input", "textarea"}:
            self.names.append(name)
            self._area = name if tag == "textarea" else ""
            if tag == "input" and (known.get("type") not in {"checkbox", "radio"} or "checked" in known):
                self.sent[name] = known.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] = self.sent.get(self._area, "") + data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def opened(link: Machine, form: str = OPEN, **how: Any) -> httpx.Response:
    answer = link.get("receive-webform", form, headers=BROWSER, **how)
    assert answer.status_code == 200, answer.text
    return answer


def filled(link: Machine, form: str = OPEN, **changes: str) -> dict[str, str]:
    """What a resident sends who filled in the page of the form."""
    fields = Fields(opened(link, form).text)
    known = {
        "voornaam": "Anna", "input_3": "Anna", "achternaam": "Berg", "naam": "Berg", "email": "anna@voorbeeld.nl",
        "emailadres": "anna@voorbeeld.nl", "adres_postcode": "1234 AB", "adres_huisnummer": "12",
        "akkoord_privacybeleid": "ja",
    }  # fmt: skip
    return {**fields.sent, **{name: value for name, value in known.items() if name in fields.names}, **changes}


def send(link: Machine, fields: dict[str, str], form: str = OPEN, **headers: str) -> httpx.Response:
    return link.sign_up(form, data=fields, headers={**BROWSER, **headers})


@pytest.mark.parametrize("form", [OPEN, ONE_SITE, NARROW])
def test_a_resident_signs_up_and_reads_what_happens_next(link: Machine, form: str) -> None:
    answer = send(link, filled(link, form), form)
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"] == f"/functions/receive-webform{form}/thanks"
    assert len(link.documents("submissions")) == 1
    thanks = link.get("receive-webform", f"{form}/thanks", headers=BROWSER)
    assert "<h1>Bedankt voor uw aanmelding</h1>" in thanks.text
    assert "energiecoach" in thanks.text


def test_sent_twice_it_is_one_sign_up(link: Machine) -> None:
    fields = filled(link)
    assert {send(link, fields).status_code for _ in range(2)} == {303}
    assert len(link.documents("submissions")) == 1


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(link: Machine) -> None:
    fields = filled(link, email="anna", adres_postcode="12")
    answer = send(link, fields)
    assert answer.status_code == 422
    assert re.search("<title>Fout: ", answer.text)
    assert "data-summary" in answer.text
    again = Fields(answer.text).sent
    made = "dossierlink_made"
    assert {name: value for name, value in again.items() if name != made} == {
        name: value for name, value in fields.items() if name != made
    }
    for name in ("emailadres", "adres_postcode"):
        assert f'href="#veld-{name}"' in answer.text
        assert f'id="veld-{name}-fout"' in answer.text
    assert not link.documents("submissions")


def test_what_was_typed_is_no_html(link: Machine) -> None:
    names = [name for name in Fields(opened(link).text).names if not name.startswith("dossierlink")]
    answer = send(link, {MARK: "1", **{name: CANARY for name in names if name != "website"}})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert CANARY in Fields(answer.text).sent.values()


@pytest.mark.parametrize("typed", ["A%B_C", "1 % 2", "%(x)s", "<b>x</b>", "12<i>3"])
def test_a_reason_may_repeat_what_was_typed(link: Machine, typed: str) -> None:
    """A `%` is no place to fill in, and a `<` no HTML."""
    fields = filled(link)
    for name in ("naam", "adres_huisnummer", "adres_toevoeging", "adres_postcode", "telefoonnummer", "tussenvoegsel"):
        answer = send(link, {**fields, name: typed})
        if answer.status_code == 303:  # Some of it is no mistake in this field.
            continue
        assert "data-summary" in answer.text, name
        reasons = re.findall(r'<p class="wrong"[^>]*>(.*?)</p>', answer.text)
        assert reasons, name
        assert not [it for it in reasons if "<" in it], name


def test_who_corrects_a_mistake_at_once_is_no_robot(link: Machine) -> None:
    """The time that came with the page goes on counting: `minimum_seconds` of this form is 3."""
    strict = "/zonnig-dorp/streng"
    fields = filled(link, strict)
    time.sleep(3.2)
    answer = send(link, {**fields, "adres_postcode": "12"}, strict)
    assert answer.status_code == 422
    corrected = {**fields, "dossierlink_made": Fields(answer.text).sent["dossierlink_made"]}
    assert send(link, corrected, strict).status_code == 303
    assert len(link.documents("submissions")) == 1


def test_a_visitor_who_sends_too_much_keeps_what_was_typed(link: Machine) -> None:
    fields = filled(link, NARROW)
    headers = {"X-Forwarded-For": "203.0.113.66"}
    answers = [send(link, {**fields, "adres_huisnummer": str(number)}, NARROW, **headers) for number in range(1, 82)]
    assert answers[-1].status_code == 429
    assert Fields(answers[-1].text).sent["naam"] == "Berg"
    for words in (
        "Nu even te veel",
        "Probeer het over",
        "nog niet opgeslagen",
        "Verstuur het formulier later nog eens.",
    ):
        assert words in answers[-1].text
    assert int(answers[-1].headers["Retry-After"]) > 0


@contextmanager
def store_away(link: Machine) -> Iterator[None]:
    link.sign_up(json=sign_up())  # It makes the store.
    with closing(sqlite3.connect(link.state / "link.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def broken(_link: Machine) -> Iterator[None]:
    wiring.services().store = None
    yield
    logged.clear()


@pytest.mark.parametrize(("fault", "status", "told"), [
    (store_away, 503, ("Dit lukt nu even niet", "Uw aanmelding is nog niet opgeslagen.", "over een paar minuten")),
    (broken, 500, ("Er ging bij ons iets mis", "Misschien is uw aanmelding niet opgeslagen.", "over een paar minuten")),
])  # fmt: skip
def test_our_page_and_the_plain_one_say_the_same(link: Machine, fault: Any, status: int, told: tuple[str, ...]) -> None:
    fields = filled(link)
    with fault(link):
        ours = send(link, fields)
        plain = send(link, {name: value for name, value in fields.items() if name != MARK})
    for answer in (ours, plain):
        assert answer.status_code == status
        for words in (*told, "Twee keer versturen kan geen kwaad: wij maken er één aanmelding van."):
            assert words in answer.text
    assert ("Wat u invulde, staat hieronder." in ours.text, "terugknop" in ours.text) == (True, False)
    assert Fields(ours.text).sent["naam"] == "Berg"
    assert "terugknop" in plain.text


TOO_BIG = {"too many bytes": {"data": {MARK: "1", "intake_opmerkingen_bewoner": "Koud. " * 12_000}},
           "too many fields": {"data": {MARK: "1", **{f"a{number}": "" for number in range(300)}}},
           "a photo": {"data": {MARK: "1"}, "files": {"foto": ("keuken.jpg", b"x" * 5_000_000, "image/jpeg")}}}  # fmt: skip


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("case", TOO_BIG)
def test_what_is_too_big_brings_the_page_back_and_says_that_it_is_empty(link: Machine, case: str, lang: str) -> None:
    own = str(httpx.URL(link.base).copy_with(path="/")).rstrip("/")
    answer = link.sign_up(f"{OPEN}?lang={lang}", **TOO_BIG[case], headers={**BROWSER, "Origin": own})
    assert answer.status_code == 413
    title, *told = {
        "nl": ("Dit is te groot", "hooguit", "Er is niets opgeslagen.", "konden wij niet lezen", "terugknop", "korter"),
        "en": ("This is too large", "at most", "Nothing was stored.", "could not read", "button of your", "shorter"),
    }[lang]
    assert f"<h2>{title}</h2>" in answer.text
    for words in told:
        assert words in answer.text
    assert set(Fields(answer.text).names) == set(Fields(opened(link).text).names)
    assert lang == "nl" or dutch_in(answer.text) == []


def test_what_is_too_big_from_another_page_gets_the_plain_page(link: Machine) -> None:
    for origin in ({}, {"Origin": "https://zonnig-dorp.example"}):
        answer = link.sign_up(OPEN, **TOO_BIG["too many bytes"], headers={**BROWSER, **origin})
        assert (answer.status_code, "<form" in answer.text) == (413, False)


def test_in_english_the_page_and_its_errors_are_english(link: Machine) -> None:
    page = opened(link, params={"lang": "en"}).text
    assert '<html lang="en">' in page
    assert "(optional)" in page
    answer = link.sign_up(f"{OPEN}?lang=en", data={MARK: "1"}, headers=BROWSER)
    assert answer.status_code == 422
    assert "Not quite right yet" in answer.text
    thanks = link.sign_up(f"{OPEN}?lang=en", data=filled(link), headers=BROWSER)
    assert thanks.headers["Location"].endswith("/thanks?lang=en")


def test_the_form_of_another_web_site_gets_what_it_got_before(link: Machine) -> None:
    """Its own pages, and ours without a form."""
    fields = {name: value for name, value in filled(link, OTHERS).items() if name != MARK}
    assert (
        send(link, {"a": "b"}, OTHERS)
        .headers["Location"]
        .startswith("https://zonnig-dorp.example/aanmelden?stap=2&velden=")
    )
    assert send(link, fields, OTHERS).headers["Location"] == "https://zonnig-dorp.example/bedankt"
    refused = send(link, {"a": "b"})
    assert refused.status_code == 422
    assert "<form" not in refused.text
    is_problem(link.sign_up(OPEN, data={MARK: "1"}), 422)  # A program gets JSON.


def test_the_thank_you_page_of_the_settings_comes_after_our_page_too(link: Machine) -> None:
    assert send(link, filled(link, OTHERS), OTHERS).headers["Location"] == "https://zonnig-dorp.example/bedankt"
    mistake = send(link, {MARK: "1"}, OTHERS)
    assert (mistake.status_code, "<form" in mistake.text) == (422, True)


BELGIAN = "/meer-energie/aanmelden"
LIEN = {
    MARK: "1", "voornaam": "Lien", "achternaam": "Peeters", "emailadres": "lien@voorbeeld.be", "adres_straat": "Meir",
    "adres_huisnummer": "5", "adres_postcode": "2000", "adres_plaats": "Antwerpen", "akkoord_privacybeleid": "ja",
}  # fmt: skip


@pytest.mark.parametrize(("lang", "ours", "theirs"), [
    ("nl", ("Bus", "Gemeente"), ("Toevoeging", "Woonplaats")),
    ("en", ("Box number", "Municipality"), ("Addition", "Town")),
])  # fmt: skip
def test_in_belgium_the_parts_of_an_address_have_their_own_names(
    link: Machine, lang: str, ours: tuple[str, str], theirs: tuple[str, str]
) -> None:
    page, dutch = (opened(link, form, params={"lang": lang}).text for form in (BELGIAN, OPEN))
    for name, other in zip(ours, theirs, strict=True):
        assert f">{name}" in page
        assert f">{other}" not in page
        assert f">{other}" in dutch


@pytest.mark.parametrize(("typed", "told"), [
    ({"adres_huisnummer": "5 en 7"}, "Is 7 het busnummer?"),
    ({"adres_huisnummer": "x"}, "Een letter mag erachter: 12A."),
    ({"adres_toevoeging": "3,1"}, "In het busnummer kan een komma niet staan. Zo past het busnummer niet."),
    ({"adres_plaats": "3000 Leuven"}, "Bij gemeente staat ook een postcode: 3000."),
    ({"telefoonnummer": "12#"}, "bijvoorbeeld 0470 12 34 56."),
])  # fmt: skip
def test_in_belgium_a_reason_has_these_names_too(link: Machine, typed: dict[str, str], told: str) -> None:
    answer = send(link, {**LIEN, **typed}, BELGIAN)
    assert answer.status_code == 422
    reasons = " ".join(re.findall(r'<p class="wrong"[^>]*>(.*?)</p>', answer.text))
    assert told in reasons
    assert not re.search("toevoeging|woonplaats", reasons)


def test_a_belgian_box_number_is_read_as_one(link: Machine) -> None:
    assert send(link, {**LIEN, "adres_toevoeging": "3"}, BELGIAN).status_code == 303
    ((_, kept),) = link.documents("submissions").items()
    assert Address.model_validate(kept["sign_up"]["address"]).in_one_line() == "Meir 5 bus 3, 2000 Antwerpen"


def test_our_page_may_send_its_form_and_other_sites_may_not(link: Machine) -> None:
    own = str(httpx.URL(link.base).copy_with(path="/")).rstrip("/")
    fields = filled(link, ONE_SITE)
    assert send(link, fields, ONE_SITE, Origin=own).status_code == 303
    for origin in ("https://evil.example", "null", own.replace("http", "ftp"), "http://[", "https://127.0.0.1"):
        assert send(link, fields, ONE_SITE, Origin=origin).status_code == 403, origin


def test_an_unknown_form_has_no_page(link: Machine) -> None:
    answer = link.get("receive-webform", "/zonnig-dorp/nergens", headers=BROWSER)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_the_page_reads_nothing_in_the_store(link: Machine) -> None:
    before = link.versions()
    assert opened(link).headers["Cache-Control"] == "no-store"
    assert link.http.head(link.url("receive-webform", OPEN)).content == b""
    assert link.versions() == before


def test_a_long_tail_behind_the_address_stops_no_sign_up(link: Machine) -> None:
    """A page that nobody can have asked for is refused; what somebody typed is taken."""
    tail = f"?{'a' * 9000}"
    for path in (OPEN, f"{OPEN}/thanks"):
        answer = link.get("receive-webform", f"{path}{tail}", headers=BROWSER)
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert link.sign_up(f"{OPEN}{tail}", data=filled(link), headers=BROWSER).status_code == 303
