"""What the settings page gives a web site to copy: filled in and sent over HTTP, each becomes a sign-up."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from shared import wiring
from shared.config import Cooperation, Form, Question
from shared.domain.form_age import FIELD
from shared.econobis.form_fields import ID_LISTS
from shared.econobis.sign_up_form import NAMES
from shared.staff.form_shown import fields_of
from shared.staff.snippets import Snippets, snippets_of
from tests.tree import ROOT
from tests.world.functions_over_http import Machine

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
TYPED = {
    "voorletters": "A.", "voornaam": "Anna", "tussenvoegsel": "van den", "achternaam": "Berg",
    "emailadres": "anna@voorbeeld.nl", "telefoonnummer": "06 12345678", "adres_postcode": "3811ab",
    "adres_huisnummer": "12", "adres_toevoeging": "a", "adres_straat": "Langestraat", "adres_plaats": "Amersfoort",
    "geboortedatum": "1970-02-28", "woondossier_bouwjaar": "1931", "woondossier_aantal_bewoners": "2",
}  # fmt: skip
BELGIAN = {**TYPED, "adres_postcode": "9000", "adres_plaats": "Gent", "telefoonnummer": "0470 12 34 56"}
FORMS = [
    *(("zonnig-dorp", form) for form in ("aanmelden", "pagina", "bouwer", "ruim", "eigen", "streng", "krap")),
    ("meer-energie", "aanmelden"),
]
each = pytest.mark.parametrize(("cooperation", "form"), FORMS)


def settings_of(cooperation: str) -> Cooperation:
    return wiring.services().cooperations[cooperation]


def made(link: Machine, cooperation: str, form: str, **changes: Any) -> Snippets:
    settings = settings_of(cooperation)
    changed = settings.forms[form].model_copy(update=changes)
    return snippets_of(settings, changed, link.url("receive-webform", f"/{cooperation}/{form}"))


def answer_to(cooperation: str, form: str, name: str) -> str:
    """What a resident fills in at the field that this form calls `name`."""
    mapping = settings_of(cooperation).forms[form].mapping
    field = mapping.get(name, mapping.get(f"{name}[]", name))
    if field in ID_LISTS:
        return "1"
    if field == NAMES.consent:
        return "Checked"
    return (BELGIAN if cooperation == "meer-energie" else TYPED).get(field, "Koud in huis.")


def kept(link: Machine, cooperation: str) -> dict[str, Any]:
    (sign_up,) = (it["sign_up"] for place, it in link.documents().items() if place.startswith("submissions/"))
    assert sign_up["person"]["first_name"] == "Anna"
    assert sign_up["person"]["email"] == "anna@voorbeeld.nl"
    assert sign_up["address"]["city"] == ("Gent" if cooperation == "meer-energie" else "Amersfoort")
    assert sign_up["consent_at"]
    return dict(sign_up)


class Fields(HTMLParser):
    """The form of a snippet: `sends` are the names that are not hidden from people, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.form: dict[str, str | None] = {}
        self.sends: list[dict[str, str | None]] = []
        self.unseen: list[str] = []
        self.hidden: list[str] = []
        self.labels: set[str | None] = set()
        self._in_unseen = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.form = given
        if tag == "p":
            self._in_unseen = given.get("aria-hidden") == "true"
        if tag == "label":
            self.labels.add(given.get("for"))
        if tag in {"input", "textarea", "select"}:
            if given.get("type") == "hidden":
                self.hidden.append(given["name"] or "")
            elif self._in_unseen:
                self.unseen.append(given["name"] or "")
            else:
                self.sends.append(given)


def filled(fields: Fields, cooperation: str, form: str) -> list[tuple[str, str]]:
    """As a browser sends it, everything filled in and the first choice chosen."""
    sent: dict[str, str] = {}
    for given in fields.sends:
        name = given["name"] or ""
        chosen = given.get("type") in {"checkbox", "radio"}
        sent.setdefault(name, (given["value"] or "") if chosen else answer_to(cooperation, form, name))
    return [*sent.items(), *((name, "") for name in fields.unseen)]


def send(link: Machine, fields: Fields, sent: list[tuple[str, str]], form: Form) -> httpx.Response:
    assert fields.form["method"] == "post"
    headers = {**BROWSER, **({"Origin": form.origins[0]} if form.origins else {})}
    return link.http.post(fields.form["action"] or "", data=dict(sent), headers=headers)


# -- plain HTML --------------------------------------------------------------------------------------------------------


@each
def test_the_html_signs_somebody_up(link: Machine, cooperation: str, form: str) -> None:
    settings = settings_of(cooperation).forms[form]
    fields = Fields(made(link, cooperation, form).html)
    sent = filled(fields, cooperation, form)
    if settings.minimum_seconds:
        assert fields.hidden == [FIELD]
        time_of = link.http.get(f"{fields.form['action']}/made").json()
        time.sleep(settings.minimum_seconds)
        sent.append((FIELD, time_of["made"]))
    answer = send(link, fields, sent, settings)
    assert answer.status_code in {200, 303}, answer.text
    kept(link, cooperation)


@each
def test_the_html_asks_everything_that_is_compulsory_and_labels_it(link: Machine, cooperation: str, form: str) -> None:
    """Only the fields that a browser insists on, and it is accepted: nothing compulsory was left out."""
    settings = settings_of(cooperation).forms[form]
    fields = Fields(made(link, cooperation, form, minimum_seconds=None).html)
    for given in fields.sends:
        assert given.get("type") in {"checkbox", "radio"} or given["id"] in fields.labels
    compulsory = {it.name for it in fields_of(settings_of(cooperation), settings) if it.required}
    assert {given["name"] for given in fields.sends if "required" in given} == compulsory
    fields.sends = [given for given in fields.sends if "required" in given]
    if not settings.minimum_seconds:
        assert send(link, fields, filled(fields, cooperation, form), settings).status_code in {200, 303}
        assert link.documents("submissions")


def test_the_field_that_only_robots_fill_in_is_there_and_catches_them(link: Machine) -> None:
    fields = Fields(made(link, "zonnig-dorp", "aanmelden").html)
    sent = dict(filled(fields, "zonnig-dorp", "aanmelden"))
    assert fields.unseen == ["website"]
    send(
        link,
        fields,
        [*sent.items(), ("website", "https://spam.example")],
        settings_of("zonnig-dorp").forms["aanmelden"],
    )
    assert not link.documents("submissions")


QUESTIONS = [
    Question(field="intake_motivatie_ids", label="Waarom doet u mee?", choices={"1": 'Kosten & "kou"', "2": "Klimaat"}),
    Question(field="contact_opmerkingen", label="Nog iets <b>anders</b>?"),
]


@pytest.mark.parametrize("way", ["html", "contact_form_7"])
def test_a_question_of_the_page_is_asked_on_the_web_site_too(link: Machine, way: str) -> None:
    page = settings_of("zonnig-dorp").forms["ruim"].page.model_copy(update={"questions": QUESTIONS})
    snippets = made(link, "zonnig-dorp", "ruim", page=page)
    assert "Waarom doet u mee?" in getattr(snippets, way)
    assert "Nog iets &lt;b&gt;anders&lt;/b&gt;?" in getattr(snippets, way)
    if way == "html":
        fields = Fields(snippets.html)
        answer = send(link, fields, filled(fields, "zonnig-dorp", "ruim"), settings_of("zonnig-dorp").forms["ruim"])
        assert answer.status_code == 200
    else:
        assert (
            link.sign_up("/zonnig-dorp/ruim", json=of_contact_form_7(snippets, "zonnig-dorp", "ruim")).status_code
            == 202
        )
    assert kept(link, "zonnig-dorp")["others"]["intake_motivatie_ids"] == "1"


def test_the_script_for_the_time_is_the_one_in_the_docs(link: Machine) -> None:
    script = made(link, "zonnig-dorp", "streng").html.partition("<script>")[2].partition("</script>")[0]
    assert len(script) > 400
    assert script in (ROOT / "docs/web-forms.md").read_text(encoding="utf-8")


# -- form builders -----------------------------------------------------------------------------------------------------

TAG = re.compile(r"\[(text|email|tel|date|textarea|acceptance|checkbox|radio)(\*?) ([A-Za-z][\w:.-]*)([^\]]*)\]")


def of_contact_form_7(
    snippets: Snippets, cooperation: str, form: str, *, only_required: bool = False
) -> dict[str, Any]:
    """What the plug-in gets: the values by the names of the tags. A ticked acceptance is "1", a choice a list."""
    sent: dict[str, Any] = {}
    for kind, star, name, options in TAG.findall(snippets.contact_form_7):
        if kind == "acceptance":
            sent[name] = "1"
        elif only_required and not star:
            sent[name] = ""
        elif kind in {"checkbox", "radio"}:
            sent[name] = [re.findall(r'\|([^"]*)"', options)[0]]
        else:
            sent[name] = (
                "" if name == settings_of(cooperation).forms[form].honeypot else answer_to(cooperation, form, name)
            )
    return sent


BY_SERVER = [it for it in FORMS if it[1] != "streng"]


@pytest.mark.parametrize("only_required", [False, True])
@pytest.mark.parametrize(("cooperation", "form"), BY_SERVER)
def test_contact_form_7_signs_somebody_up(link: Machine, cooperation: str, form: str, only_required: bool) -> None:
    sent = of_contact_form_7(made(link, cooperation, form), cooperation, form, only_required=only_required)
    answer = link.sign_up(f"/{cooperation}/{form}", json=sent)
    assert answer.status_code == 202, answer.text
    if not only_required:
        kept(link, cooperation)


@pytest.mark.parametrize("only_required", [False, True])
@pytest.mark.parametrize(("cooperation", "form"), BY_SERVER)
def test_gravity_forms_signs_somebody_up(link: Machine, cooperation: str, form: str, only_required: bool) -> None:
    """Its webhook sends the keys of the table with the values of the form, as JSON."""
    rows = made(link, cooperation, form).rows
    sent = {
        row.key: next(iter(row.values), answer_to(cooperation, form, row.key))
        for row in rows
        if row.required or not only_required
    }
    answer = link.sign_up(f"/{cooperation}/{form}", json=sent)
    assert answer.status_code == 202, answer.text


def test_a_form_that_must_carry_the_time_is_not_offered_to_form_builders(link: Machine) -> None:
    assert not made(link, "zonnig-dorp", "streng").by_server
    assert made(link, "zonnig-dorp", "eigen").by_server


# -- our own page ------------------------------------------------------------------------------------------------------


def test_a_frame_is_offered_only_where_a_browser_shows_it(link: Machine) -> None:
    assert made(link, "zonnig-dorp", "eigen").frame == ""
    page = settings_of("zonnig-dorp").forms["eigen"].page.model_copy(update={"embed": True})
    framed = made(link, "zonnig-dorp", "eigen", page=page)
    assert f'<iframe src="{framed.address}" title="Aanmelden bij Zonnig Dorp"' in framed.frame


def test_the_link_leads_to_the_page(link: Machine) -> None:
    snippets = made(link, "zonnig-dorp", "aanmelden")
    assert snippets.link == f'<a href="{snippets.address}">Meld u aan bij Zonnig Dorp</a>'


def test_the_settings_page_shows_exactly_these(lasting_link: Machine) -> None:
    cookie = {"Cookie": "dossierlink_as=kijker@zonnig-dorp.example"}
    text = lasting_link.get("show-staff", "/zonnig-dorp/settings", headers=cookie).text
    shown = Texts(text).texts
    for form in settings_of("zonnig-dorp").forms:
        snippets = made(lasting_link, "zonnig-dorp", form)
        assert {snippets.link, snippets.html} <= shown
        assert snippets.contact_form_7 in shown or not snippets.by_server
    assert sum(text.startswith("<label> ") for text in shown) < sum(text.startswith("<form ") for text in shown)


class Texts(HTMLParser):
    """The contents of the text areas of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._text: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "textarea":
            self._text = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            self.texts.add(self._text)
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data
