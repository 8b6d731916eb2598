"""What the sign-up page asks beside name and address: in which order, and that every answer arrives."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from functions.sign_up.mark import MARK
from tests.functions.own_settings import running_with
from tests.functions.routes import BROWSER
from tests.world.functions_over_http import Machine

PATH = "/zonnig-dorp/vragen"
FORM = {
    "mapping": {"vraag": "contact_opmerkingen", "mail": "emailadres", "wonen[]": "intake_motivatie_ids"},
    "fields": ["woondossier_bouwjaar", "geboortedatum", "intake_opmerkingen_bewoner"],
    "required": ["woondossier_aantal_bewoners", "telefoonnummer"],
    "page": {
        "optional": ["city", "phone"],
        "questions": [
            {"field": "vraag", "label": "Wilt u nog iets kwijt?"},
            {"field": "telefoonnummer", "label": "Waarop bent u overdag te bellen?"},
            {"field": "woondossier_aantal_bewoners", "label": "Met hoeveel mensen woont u?"},
            {"field": "geboortedatum", "label": "Wanneer bent u geboren?"},
        ],
    },
}
ASKED = [
    "voornaam", "achternaam", "mail", "telefoonnummer", "adres_postcode", "adres_huisnummer", "adres_plaats",
    "vraag", "woondossier_aantal_bewoners", "geboortedatum", "woondossier_bouwjaar", "intake_opmerkingen_bewoner",
    "wonen[]", "akkoord_privacybeleid",
]  # fmt: skip
TYPED = {
    "voornaam": "Anna", "achternaam": "Berg", "mail": "anna@voorbeeld.nl", "telefoonnummer": "06 12345678",
    "adres_postcode": "1234 AB", "adres_huisnummer": "12", "akkoord_privacybeleid": "ja", "vraag": "Koud in huis.",
    "woondossier_aantal_bewoners": "2", "wonen[]": "3",
}  # fmt: skip


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with running_with(tmp_path_factory.mktemp("link"), vragen=FORM) as machine:
        yield machine


def test_questions_come_in_the_order_of_the_settings_and_then_the_other_fields(link: Machine) -> None:
    """A question about a part of name and address stays where people expect that part."""
    page = link.get("receive-webform", PATH, headers=BROWSER).text
    names = re.findall(r'<(?:input|textarea)[^>]* name="([^"]+)"', page)
    assert [name for name in names if not name.startswith("dossierlink")] == ASKED
    assert page.index("Waarop bent u overdag te bellen?") < page.index("Postcode")


def test_the_answer_to_a_question_about_a_field_of_the_mapping_arrives(link: Machine) -> None:
    """It need not stand in `fields` too."""
    answer = link.sign_up(PATH, data={MARK: "1", **TYPED}, headers=BROWSER)
    assert answer.status_code == 303, answer.text
    ((_, kept),) = link.documents("submissions").items()
    assert kept["sign_up"]["others"] == {
        "contact_opmerkingen": "Koud in huis.", "woondossier_aantal_bewoners": "2", "intake_motivatie_ids": "3",
    }  # fmt: skip


def test_a_mistake_in_a_field_of_the_mapping_is_told_at_its_field(link: Machine) -> None:
    answer = link.sign_up(PATH, data={MARK: "1", **TYPED, "wonen[]": "drie"}, headers=BROWSER)
    assert answer.status_code == 422
    assert '<a href="#veld-intake_motivatie_ids">' in answer.text
    assert "lijst van nummers" in answer.text
