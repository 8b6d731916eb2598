"""Street and town without the values of other fields, and without links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.address import HouseNumber, house_number
from shared.domain.place import city, street
from shared.domain.problem import Problem
from tests.domain.attempt import attempt


@pytest.mark.parametrize("read", [street, city])
def test_street_and_city_fit_the_columns_of_both(read):
    assert read("  Dorps\u00adstraat \t Oost\n") == "Dorpsstraat Oost"
    assert read("e\u0301" * 191) == "\u00e9" * 191
    assert read("O&#039;Neillstraat,") == "O'Neillstraat"
    assert read("-") == read("onbekend") == read(" \u200b ") == ""
    for text in ("x" * 192, "\ud800", "www.spam.example", "Lange%20Straat", "<b>Straat</b>"):
        with pytest.raises(Problem):
            read(text)


@pytest.mark.parametrize(
    ("typed", "number", "expected"),
    [
        ("Veldstraat 12", "12", "Veldstraat"),
        ("Veldstraat, 12", "12", "Veldstraat"),
        ("Veldstraat12", "12", "Veldstraat"),
        ("Veldstraat 12A", "12a", "Veldstraat"),
        ("Veldstraat 12 bus 3", "12 bus 3", "Veldstraat"),
        ("Veldstraat 12", "12 bus 3", "Veldstraat"),
        ("Haarlemmerdijk 12-3", "12-3", "Haarlemmerdijk"),
        ("Veldstraat 12 (bus 3)", "12 bus 3", "Veldstraat"),
        ("Veldstraat 012", "12", "Veldstraat"),
        ("16, rue de la Loi", "16", "rue de la Loi"),
        ("16 rue de la Loi", "16", "rue de la Loi"),
        ("12a Veldstraat", "12a", "Veldstraat"),
        ("8 Meilaan", "8", "8 Meilaan"),
        ("11 Novemberstraat", "11", "11 Novemberstraat"),
        ("Plein 1944 12", "12", "Plein 1944"),
        ("Plein 1944 nr. 12", "12", "Plein 1944"),
        ("Jol 12 34", "34", "Jol 12"),
        ("Veldstraat", "12", "Veldstraat"),
        ("Plein 1944", "12", "Plein 1944"),
        ("1e Jan Steenstraat", "12", "1e Jan Steenstraat"),
        ("1e Jan Steenstraat 12", "12", "1e Jan Steenstraat"),
        ("2e Jan Steenstraat", "2", "2e Jan Steenstraat"),
        ("18 Septemberplein", "18", "18 Septemberplein"),
        ("Plein 40-45", "12", "Plein 40-45"),
        ("Laan 1940-1945", "12", "Laan 1940-1945"),
        ("Laan '40-'45", "12", "Laan '40-'45"),
        ("Plein 8 mei 1945", "8", "Plein 8 mei 1945"),
        ("Laan der 12 Apostelen", "3", "Laan der 12 Apostelen"),
        ("Straat 12", "12", "Straat 12"),
        ("Straat 12", "5", "Straat 12"),
        ("Rijksweg A2", "2", "Rijksweg A2"),
        ("Dr. H. Colijnlaan", "12", "Dr. H. Colijnlaan"),
        ("Burg. v. Tuyllkade", "12", "Burg. v. Tuyllkade"),
    ],
)
def test_street_without_the_house_number(typed, number, expected):
    assert street(typed, house_number(number)) == expected


@pytest.mark.parametrize(
    "name",
    ["St.Annastraat", "Dr.Kuyperstraat", "Nic.Maesstraat", "Jac.Obrechtplein", "J.P.Coenstraat", "Burg.v.d.Veenlaan",
     "Av.de la Libert\u00e9", "Plein 1940-1945", "'s-Hertogenbosch", "St.Annaparochie", "Gen.de Wetstraat"],
)  # fmt: skip
def test_points_in_the_name_of_a_street_are_no_link(name):
    assert street(name) == city(name) == name


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("Veldstraat 14", "12"),
        ("Veldstraat 12A", "12"),
        ("Veldstraat 12 bus 4", "12 bus 3"),
        ("Jol 12", "34"),
        ("Veldstraat 12, 9000 Gent", "12"),
        ("Veldstraat 12 bus 3.1", "12"),
        ("Veldstraat 12 - 9000 Gent", "12"),
        ("Veldstraat 12-3", "12"),
    ],
)
def test_another_number_in_the_street_is_a_question_with_a_way_out(typed, number):
    with pytest.raises(Problem, match=r"Bij straat staat ook een nummer: .*alleen de naam"):
        street(typed, house_number(number))


def test_the_advice_in_the_question_works():
    with pytest.raises(Problem, match=r"samen in: Jol 12 34\."):
        street("Jol 12", HouseNumber(34, ""))
    assert street("Jol 12 34", HouseNumber(34, "")) == "Jol 12"


@pytest.mark.parametrize(
    ("typed", "postal_code", "expected"),
    [
        ("9000 Gent", "9000", "Gent"),
        ("B-9000 Gent", "9000", "Gent"),
        ("9000, Gent", "9000", "Gent"),
        ("Gent 9000", "9000", "Gent"),
        ("Gent (9000)", "9000", "Gent"),
        ("3668 As", "3668", "As"),
        ("9000", "9000", ""),
        ("9000Gent", "9000", "Gent"),
        ("Gent, Belgi\u00eb", "9000", "Gent"),
        ("2018 Antwerpen 2018", "2018", "Antwerpen"),
        ("Amsterdam 1013CD, NL", "1013 CD", "Amsterdam"),
        ("NL-1013 CD Amsterdam (Nederland)", "1013 CD", "Amsterdam"),
        ("3732 DE BILT", "3732 CD", "DE BILT"),
        ("1013 CD Amsterdam", "1013 CD", "Amsterdam"),
        ("1013cd Amsterdam", "1013 CD", "Amsterdam"),
        ("1013 Amsterdam", "1013 CD", "Amsterdam"),
        ("Amsterdam, 1013CD", "1013 CD", "Amsterdam"),
        ("3732 DE De Bilt", "3732 DE", "De Bilt"),
        ("3732 De Bilt", "3732 CD", "De Bilt"),
        ("2e Exlo\u00ebrmond", "9571 AB", "2e Exlo\u00ebrmond"),
        ("Gent", "9000", "Gent"),
        ("Gent", "", "Gent"),
        ("9000 Gent", "", "9000 Gent"),
    ],
)
def test_town_without_the_postal_code(typed, postal_code, expected):
    assert city(typed, postal_code) == expected


@pytest.mark.parametrize(
    ("typed", "postal_code"),
    [
        ("9050 Gent", "9000"),
        ("1013 CE Amsterdam", "1013 CD"),
        ("1013CDAmsterdam", "1013 CD"),
        ("9000 (9050) Gent", "9000"),
        ("1014 CD Amsterdam", "1013 CD"),
        ("Gent 9050", "9000"),
    ],
)
def test_another_postal_code_beside_the_town_is_a_question(typed, postal_code):
    with pytest.raises(Problem, match="ook een postcode"):
        city(typed, postal_code)


LINES = st.one_of(st.text(), st.text("Plein 19442'-,A0/bus", max_size=25))


@given(LINES, st.sampled_from(["", "12", "2", "4A", "19", "44 bus 2"]), st.sampled_from(["", "9000", "1944 AB"]))
def test_any_text_is_refused_or_a_name_that_fits(text, number, postal_code):
    house = house_number(number) if number else None
    for found in (attempt(street, text, house), attempt(city, text, postal_code)):
        assert found is None or len(found) <= 191
    bare = attempt(street, text)
    assert bare is None or street(bare) == bare
    town = attempt(city, text)
    assert town is None or city(town) == town
