"""An address as people type it becomes one that both peers accept, or a sentence about what is wrong."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.accepted import accepts_addition, accepts_house_number, accepts_postal_code, as_stored
from shared.domain.address import HouseNumber, city, house_number, house_number_addition, postal_code, street
from shared.domain.problem import Problem
from tests.fixtures import rows

COUNTRIES = ("NL", "BE")


def stored_by_econobis(found: HouseNumber) -> HouseNumber:
    """What its webform makes of number and addition (econobis.md 4.4): we must leave it nothing to change."""
    assert re.fullmatch("[1-9][0-9]{0,4}", str(found.number))
    return HouseNumber(found.number, found.addition.replace(" ", "").replace("-", ""))


def assert_accepted_by_both(found: HouseNumber) -> None:
    assert 1 <= found.number <= 99999
    assert stored_by_econobis(found) == found
    for country in COUNTRIES:
        assert accepts_house_number(str(found.number), country)
        assert accepts_addition(as_stored(found.addition), country)
    assert house_number(str(found.number), found.addition) == found


def attempt(function, *arguments):
    """The value, or None when it was refused with a sentence."""
    try:
        return function(*arguments)
    except Problem as problem:
        assert problem.text.endswith(".")
        return None


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("1234ab", "NL", "1234 AB"),
        ("1234  AB", "NL", "1234 AB"),
        ("1234-AB", "NL", "1234 AB"),
        ("1234.ab", "NL", "1234 AB"),
        (" 1234\u00a0ab\u200b", "NL", "1234 AB"),
        ("9000", "BE", "9000"),
        ("90 00", "BE", "9000"),
        ("B-9000", "BE", "9000"),
        ("BE 9000", "BE", "9000"),
    ],
)
def test_postal_code_in_any_usual_spelling(typed, country, expected):
    assert postal_code(typed, country) == expected


@pytest.mark.parametrize(
    ("typed", "country", "names"),
    [
        ("0123 AB", "NL", "Nederlandse"),
        ("1234 SA", "NL", "Nederlandse"),
        ("1234 sd", "NL", "Nederlandse"),
        ("1234 SS", "NL", "Nederlandse"),
        ("9000", "NL", "Nederlandse"),
        ("1234", "NL", "Nederlandse"),
        ("", "NL", "Nederlandse"),
        ("1234 AB", "BE", "Belgische"),
        ("0900", "BE", "Belgische"),
        ("9000 Gent", "BE", "Belgische"),
    ],
)
def test_postal_code_is_refused_in_the_words_of_the_country(typed, country, names):
    with pytest.raises(Problem, match=names):
        postal_code(typed, country)


def test_every_recorded_postal_code_is_refused_or_becomes_one_that_is_accepted():
    for row in rows("postal_code"):
        for country in COUNTRIES:
            found = attempt(postal_code, row["input"], country)
            assert found is None or accepts_postal_code(found, country)
        if row["accepted"] == "true":
            assert attempt(postal_code, row["input"], row["country"].upper()) is not None


@given(st.text(), st.sampled_from(COUNTRIES))
def test_any_text_is_no_postal_code_or_an_accepted_one(text, country):
    found = attempt(postal_code, text, country)
    assert found is None or (accepts_postal_code(found, country) and postal_code(found, country) == found)


@pytest.mark.parametrize(
    ("number", "addition", "expected"),
    [
        ("12", "", (12, "")),
        (" 12 ", " A ", (12, "A")),
        ("12a", "", (12, "a")),
        ("12 A", "", (12, "A")),
        ("12-A", "", (12, "A")),
        ("12\u2013A", "", (12, "A")),
        ("12 bis", "", (12, "bis")),
        ("12 hs", "", (12, "hs")),
        ("12A-III", "", (12, "AIII")),
        ("12 1 hoog", "", (12, "1hoog")),
        ("12-3", "", (12, "3")),
        ("12/14", "", (12, "/14")),
        ("12 1/2", "", (12, "1/2")),
        ("12", "14", (12, "14")),
        ("12", "-14", (12, "14")),
        ("12", "t.o.", (12, "to")),
        ("12", "beneden", (12, "beneden")),
        ("12", "benedenwoning", (12, "beneden")),
        ("12", "Bovenwoning", (12, "boven")),
        ("12 bus 14", "", (12, "bus14")),
        ("12 bus 104", "", (12, "b104")),
        ("12a", "A", (12, "a")),
        ("12a", "3", (12, "a3")),
        ("12", "n.v.t.", (12, "")),
        ("12", "-", (12, "")),
        ("12", "geen", (12, "")),
        ("012", "", (12, "")),
        ("0000099999", "", (99999, "")),
        ("99999", "", (99999, "")),
    ],
)
def test_house_number_in_any_usual_spelling(number, addition, expected):
    found = house_number(number, addition)
    assert (found.number, found.addition) == expected
    assert_accepted_by_both(found)


@pytest.mark.parametrize(
    "number", ["", "0", "000", "A12", "A", "-1", "+12", "12.5", "12,5", "1.2.3", "100000", "0000100000", "9" * 60]
)
def test_house_number_that_is_none_is_refused(number):
    with pytest.raises(Problem, match="huisnummer"):
        house_number(number, "")


@pytest.mark.parametrize("number", ["12-14", "12 - 14", "12\u201314", "12 t/m 14", "12 tot 14"])
def test_range_is_refused_with_both_ways_out(number):
    """Two houses, or one with addition 14: only the resident knows."""
    with pytest.raises(Problem, match=r"Vul dan alleen 12 in\. Is 14 de toevoeging"):
        house_number(number, "")


@pytest.mark.parametrize(
    "addition", ["achter", "2 hoog achter", "a.b.c.d.e.f", "\u00e9", "a_1", "1\u00bd", "#1", "123456"]
)
def test_addition_that_hoomdossier_cannot_hold_is_refused(addition):
    for refuse in (lambda: house_number("12", addition), lambda: house_number_addition(addition)):
        with pytest.raises(Problem, match="toevoeging past niet"):
            refuse()


def test_every_recorded_house_number_is_refused_or_accepted_by_both():
    for row in rows("house_number"):
        found = attempt(house_number, row["input"])
        if found:
            assert_accepted_by_both(found)
        elif re.fullmatch("[1-9][0-9]{0,4} ?[A-Za-z]{0,5}", row["input"]):
            pytest.fail(f"a usual house number is refused: {row['input']}")


def test_every_recorded_addition_is_kept_or_refused_as_hoomdossier_would():
    for row in rows("register_house_number_extension_normalisation"):
        found = attempt(house_number_addition, row["input"])
        if row["rule_accepts_output_nl"] == "true":
            assert found is not None
            assert as_stored(found) == row["output"].rstrip("/")
    for row in rows("house_number_extension"):
        found = attempt(house_number, "12", row["input"])
        assert found is not None or row["accepted"] == "false"
        if found:
            assert_accepted_by_both(found)


NUMBERS = st.from_regex(re.compile(r"[0-9]{1,6}[ \-/.a-zA-Z0-9]{0,8}", re.ASCII), fullmatch=True)
ADDITIONS = st.text("abchsIV013 -/.busnedwoig", max_size=14)


@given(st.one_of(st.text(), NUMBERS), st.one_of(st.text(), ADDITIONS))
def test_any_two_texts_are_refused_or_accepted_by_both(number, addition):
    found = attempt(house_number, number, addition)
    if found:
        assert_accepted_by_both(found)


@pytest.mark.parametrize("read", [street, city])
def test_street_and_city_fit_the_columns_of_both(read):
    assert read("  Dorps\u00adstraat \t Oost\n") == "Dorpsstraat Oost"
    assert read("e\u0301" * 191) == "\u00e9" * 191
    for text in ("", " \u200b ", "x" * 192, "\ud800"):
        with pytest.raises(Problem):
            read(text)
