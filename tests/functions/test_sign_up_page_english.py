"""The sign-up page in English: nothing Dutch is left on it, whatever a resident filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from functions.sign_up.mark import MARK
from shared import wiring
from shared.domain.form import read_sign_up
from shared.domain.problem import Problem
from shared.econobis.form_fields import LABELS
from shared.econobis.sign_up_form import PASSED_ON
from shared.errors import BadInput, TooMany
from shared.sign_ups.form_rules import rules_of
from shared.words import Words
from tests.functions.own_settings import running_with
from tests.functions.routes import BROWSER
from tests.functions.staff.dutch_left import dutch_in
from tests.functions.staff.texts import words_in
from tests.tree import ROOT
from tests.world.functions_over_http import Machine

NL, BE = "/zonnig-dorp/alles", "/meer-energie/alles"
QUESTIONS = [
    {
        "field": "intake_motivatie_ids",
        "label": "Waarom doet u mee?",
        "hint": "Kies wat het meest voor u geldt.",
        "choices": {"1": "Lagere kosten", "2": "Beter voor het klimaat"},
        "english": {
            "label": "Why do you take part?",
            "hint": "Choose what counts most for you.",
            "choices": {"1": "Lower costs"},
        },
    },
    {"field": "contact_opmerkingen", "label": "Wilt u nog iets kwijt?", "hint": "Bijvoorbeeld wanneer u thuis bent."},
]
FORM = {
    "fields": sorted(PASSED_ON),
    "required": ["woondossier_bouwjaar"],
    "labels": {"voornaam": "Hoe u genoemd wilt worden"},
    "limits": {"per_form": 100_000, "per_email": 5},
    "page": {
        "optional": ["initials", "prefix", "phone", "addition", "street", "city"],
        "intro": "Samen maken we uw huis warm.",
        "contact": "Bel 020 123 45 67, elke werkdag.",
        "questions": QUESTIONS,
    },
}
GOOD = {
    "voornaam": "Anna", "achternaam": "Berg", "emailadres": "anna@voorbeeld.nl", "adres_postcode": "1234 AB",
    "adres_huisnummer": "12", "akkoord_privacybeleid": "ja", "woondossier_bouwjaar": "1931",
}  # fmt: skip
IN_BELGIUM = {**GOOD, "adres_postcode": "9000"}
MANY = {"voornaam": "A" * 100, "achternaam": "B" * 100}
WRONG: list[tuple[str, dict[str, str]]] = [
    (NL, {}),
    (NL, {"voornaam": "A" * 192, "achternaam": "A" + "\u0301" * 31, "tussenvoegsel": "12", "voorletters": "A%"}),
    (NL, {"voornaam": "www.spam.nl", "achternaam": "123", "tussenvoegsel": "0612345678"}),
    (NL, {"voornaam": "Anna<", "achternaam": "B&amp;amp;C"}),
    (NL, {**GOOD, **MANY}),
    (NL, {"emailadres": "anna", "telefoonnummer": "bel maar"}),
    (NL, {"emailadres": "anna@x.nl bea@x.nl", "telefoonnummer": "12#"}),
    (NL, {"emailadres": "an..na@x.nl", "telefoonnummer": "0"}),
    (NL, {"emailadres": "an na@x.nl"}),
    (NL, {"emailadres": f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.nl"}),
    (NL, {"adres_postcode": "12", "adres_huisnummer": "x"}),
    (BE, {"adres_postcode": "12", "adres_huisnummer": "x"}),
    *((NL, {"adres_postcode": f"1234{sign}AB"}) for sign in "_/\\'\"(@\u20ac\ue000,:;"),
    *((NL, {"adres_huisnummer": "12", "adres_toevoeging": sign}) for sign in ("3 1", "3.1", "3-1", "3,1", "achter")),
    (NL, {"adres_huisnummer": "12-3", "adres_toevoeging": "1"}),
    (NL, {"adres_huisnummer": "12", "adres_toevoeging": "a en b"}),
    (NL, {"adres_huisnummer": "12 en 14"}),
    (NL, {"adres_huisnummer": "12-14"}),
    (NL, {**GOOD, "adres_straat": "Langestraat 14", "adres_plaats": "3811 AB Amersfoort"}),
    (BE, {**IN_BELGIUM, "adres_huisnummer": "12 en 14", "adres_plaats": "8000 Brugge"}),
    (BE, {**IN_BELGIUM, "adres_huisnummer": "12-3", "adres_toevoeging": "1"}),
    (BE, {**IN_BELGIUM, "adres_toevoeging": "achter"}),
    (NL, dict.fromkeys(PASSED_ON, "€" * 200)),
    (NL, {"contact_opmerkingen": "a" * 2001}),
]  # fmt: skip
FOUND_IN = ["shared/econobis/form_fields.py", *(f"shared/domain/{name}.py" for name in (
    "address", "form", "form_value", "one_line", "person", "place", "proper_name", "remark", "signs",
))]  # fmt: skip
NOT_FROM_A_PAGE = {
    "Dit moet tekst zijn.",  # An object in JSON.
    "Vul of kies hier één antwoord.",  # A list in JSON.
    "Hier staat een teken in dat niet kan worden opgeslagen.",  # Half a character; a form in UTF-8 has none.
    "Dit moet 1 (ja) of 0 (nee) zijn.",  # The consent has a rule of its own.
    "Dit is te lang of bevat tekens die niet kunnen.",  # These fields have rules of their own too.
}
"""Reasons that a browser with our page never gets."""


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with running_with(tmp_path_factory.mktemp("link"), alles=FORM) as machine:
        yield machine


def sent(link: Machine, form: str, typed: dict[str, str]) -> httpx.Response:
    return link.sign_up(f"{form}?lang=en", data={MARK: "1", **typed}, headers=BROWSER)


def shapes(words: Words) -> Iterator[str]:
    yield words.shape
    for value in words.values.values():
        if isinstance(value, Words):
            yield from shapes(value)


def refused(form: str, typed: dict[str, str]) -> dict[str, list[str]]:
    _, cooperation, name = form.split("/")
    settings = wiring.services().cooperations[cooperation]
    with pytest.raises(BadInput) as error:
        read_sign_up(typed, rules_of(settings, settings.forms[name]), datetime.now(UTC))
    return error.value.problems


def test_the_empty_page_is_english(link: Machine) -> None:
    for form in (NL, BE):
        page = link.get("receive-webform", form, params={"lang": "en"}, headers=BROWSER).text
        assert dutch_in(page) == []
        for label in LABELS.values():
            assert not re.search(rf">{re.escape(label)}[ <]", page) or label == "Postcode", label
        for text in ("First name", "House number", "Why do you take part?", "Choose what counts most", "Lower costs"):
            assert text in page


def test_what_the_settings_have_only_in_dutch_is_marked_as_dutch(link: Machine) -> None:
    page = link.get("receive-webform", NL, params={"lang": "en"}, headers=BROWSER).text
    for text in ("Beter voor het klimaat", "Wilt u nog iets kwijt?", "Bijvoorbeeld wanneer u thuis bent."):
        assert f'<span lang="nl">{text}</span>' in page
    assert '<p lang="nl">Bel 020 123 45 67, elke werkdag.</p>' in page
    assert "genoemd wilt worden" not in page  # Our own label is English, so it goes before theirs in Dutch.


@pytest.mark.parametrize(("form", "typed"), WRONG)
def test_why_it_is_refused_is_told_in_english(link: Machine, form: str, typed: dict[str, str]) -> None:
    answer = sent(link, form, typed)
    assert answer.status_code == 422
    assert dutch_in(answer.text) == []
    reasons = re.findall(r'<p class="wrong"[^>]*>(.*?)</p>', answer.text)
    assert len(reasons) == len(refused(form, typed))


def test_every_reason_that_a_form_can_give_is_among_them(link: Machine) -> None:
    given = {
        shape
        for form, typed in WRONG
        for texts in refused(form, typed).values()
        for text in texts
        for shape in shapes(text)  # type: ignore[arg-type]  # a reason that is no Words fails here
    }
    possible = {shape for path in FOUND_IN for shape in words_in(ROOT / path)}
    assert possible - given == NOT_FROM_A_PAGE


def test_too_many_is_told_in_english(link: Machine) -> None:
    for number in range(1, 8):
        answer = sent(link, NL, {**GOOD, "adres_huisnummer": str(number)})
    assert answer.status_code == 429
    assert "Try again in " in answer.text
    assert dutch_in(answer.text) == []


def test_the_page_that_thanks_is_english(link: Machine) -> None:
    for form in (NL, BE):
        assert dutch_in(link.get("receive-webform", f"{form}/thanks?lang=en", headers=BROWSER).text) == []


def test_a_reason_needs_words_that_can_be_translated() -> None:
    """Both take `Words` only: mypy sees a text that no catalog has."""
    assert Problem.__init__.__annotations__["texts"] == "Words"
    assert TooMany.__init__.__annotations__["reason"] == "Words"
