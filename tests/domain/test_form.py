"""The names of fields in a refusal, and the values that depend on each other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.form import FormRules, read_sign_up
from shared.econobis.sign_up_form import NAMES
from shared.errors import BadInput

RULES = FormRules(country="NL", names=NAMES, mapping={"email": "emailadres", "input_3": "voornaam"})


def problems(typed: dict[str, Any]) -> set[str]:
    with pytest.raises(BadInput) as refused:
        read_sign_up(typed, RULES, datetime.now(UTC))
    return set(refused.value.problems)


def test_problems_have_the_forms_own_names():
    """A field that was not sent has the form's own name too."""
    assert {"email", "achternaam"} <= problems({"input_3": "Jan"})


def test_problems_have_econobis_names_when_the_form_uses_those():
    assert {"emailadres", "achternaam"} <= problems({"voornaam": "Jan"})


def test_problems_have_the_name_that_was_sent():
    assert {"emailadres", "achternaam"} <= problems({"input_3": "Jan", "emailadres": "geen adres"})


BELGIAN = FormRules(country="BE", names=NAMES, others=frozenset({"intake_opmerkingen_bewoner"}))
TYPED = {
    "voornaam": "Bea",
    "achternaam": "Jansen",
    "emailadres": "bea@example.org",
    "adres_postcode": "9000",
    "adres_huisnummer": "12",
    "akkoord_privacybeleid": "ja",
}


@pytest.mark.parametrize(
    ("typed", "name", "line"),
    [
        ({"tussenvoegsel": "van den", "achternaam": "van den Berg"}, "Bea van den Berg", "huisnummer 12, 9000"),
        ({"tussenvoegsel": "geen", "telefoonnummer": "geen"}, "Bea Jansen", "huisnummer 12, 9000"),
        ({"adres_straat": "Veldstraat 12", "adres_plaats": "9000 Gent"}, "Bea Jansen", "Veldstraat 12, 9000 Gent"),
        (
            {"adres_huisnummer": "12 bus 3", "adres_straat": "Veldstraat 12", "adres_plaats": "Gent"},
            "Bea Jansen",
            "Veldstraat 12 bus 3, 9000 Gent",
        ),
        ({"adres_huisnummer": 12.0, "adres_toevoeging": 3.0}, "Bea Jansen", "huisnummer 12 bus 3, 9000"),
        ({"adres_toevoeging": 0, "adres_straat": "-", "adres_plaats": "n.v.t."}, "Bea Jansen", "huisnummer 12, 9000"),
    ],
)
def test_what_stands_in_two_fields_is_there_once(typed, name, line):
    read = read_sign_up(TYPED | typed, BELGIAN, datetime.now(UTC))
    assert (read.person.full_name, read.person.phone) == (name, "")
    assert read.address.in_one_line() == line


def test_another_number_or_postal_code_is_a_question_at_its_own_field():
    with pytest.raises(BadInput) as refused:
        read_sign_up(TYPED | {"adres_straat": "Veldstraat 14", "adres_plaats": "9050 Gent"}, BELGIAN, datetime.now(UTC))
    assert set(refused.value.problems) == {"adres_straat", "adres_plaats"}


def test_a_wrong_number_or_postal_code_is_the_only_question():
    """Street and town cannot be checked against a wrong number or postcode."""
    with pytest.raises(BadInput) as refused:
        read_sign_up(TYPED | {"adres_huisnummer": "A", "adres_straat": "Veldstraat 14"}, BELGIAN, datetime.now(UTC))
    assert set(refused.value.problems) == {"adres_huisnummer"}


def test_a_telephone_number_in_a_remark_stays():
    remark = {"intake_opmerkingen_bewoner": "Bel mij op 022 100 003 &amp; niet 's avonds"}
    read = read_sign_up(TYPED | remark, BELGIAN, datetime.now(UTC))
    assert read.others == {"intake_opmerkingen_bewoner": "Bel mij op 022 100 003 & niet 's avonds"}
