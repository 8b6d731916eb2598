"""A postcode and a house number as people type them become a form that both peers accept, or a problem in Dutch."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.accepted import accepts_addition, accepts_postal_code, as_stored
from shared.domain.address import (
    HouseNumber,
    house_number,
    house_number_addition,
    is_belgian,
    kept_house_number,
    postal_code,
)
from shared.domain.problem import Problem
from tests.domain.attempt import COUNTRIES, attempt
from tests.fixtures import rows


def stored_by_econobis(found: HouseNumber) -> HouseNumber:
    """How Econobis' web form splits number and addition (docs/peers/econobis.md 4.4). We leave it nothing to change."""
    assert re.fullmatch("[1-9][0-9]{0,4}", str(found.number))
    return HouseNumber(found.number, found.addition.replace(" ", "").replace("-", ""))


def assert_accepted_by_both(found: HouseNumber) -> None:
    assert 1 <= found.number <= 99999
    assert stored_by_econobis(found) == found
    for country in COUNTRIES:
        assert 0 < found.number < 100_000
        assert accepts_addition(as_stored(found.addition), country)
    assert house_number(str(found.number), found.addition) == found


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
        ("NL-1234 AB", "NL", "1234 AB"),
        ("1234 AB,", "NL", "1234 AB"),
        ("'1234AB';", "NL", "1234 AB"),
        ("(9000).", "BE", "9000"),
        ("9000.0", "BE", "9000"),  # A number in JSON.
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


@pytest.mark.parametrize(
    ("typed", "sign"), [("1234_AB", "laag streepje"), ("12,34 AB", "komma"), ("1234 \u0410B", "teken \u0410")]
)
def test_postal_code_with_a_sign_that_does_not_belong_is_refused_with_its_name(typed, sign):
    with pytest.raises(Problem, match=f"kan een {sign}|kan het {sign}"):
        postal_code(typed, "NL")


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
        ("12/2", "", (12, "/2")),
        ("2/1", "", (2, "/1")),
        ("12-1", "", (12, "1")),
        ("15 A02", "", (15, "A02")),
        ("1-2-hoog", "", (1, "2hoog")),
        ("12 1/2", "", (12, "1/2")),
        ("12/0302", "", (12, "/0302")),
        ("nr. 12", "bus nr. 3", (12, "bus3")),
        ("Huisnummer: 12", "bus: 3", (12, "bus3")),
        ("12 (bus 3)", "", (12, "bus3")),
        ("12A-H", "", (12, "AH")),
        ("12 A-I", "", (12, "AI")),
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
        ("12a", "bus 3", (12, "abus3")),
        ("12 bus 3", "3", (12, "bus3")),
        ("12", "bus.3", (12, "bus3")),
        ("12 bus 3.", "", (12, "bus3")),
        ("303, bus 100", "", (303, "b100")),
        ("12", "/bus 3", (12, "bus3")),
        ("303", ", bus 100,", (303, "b100")),
        ("12,", "", (12, "")),
        ("12.", "", (12, "")),
        ("12, A", "", (12, "A")),
        ("12. A", "hs.", (12, "Ahs")),
        ("12.0", "3.0", (12, "3")),
        ("12,00", "0.0", (12, "")),
        ("2-3 hoog", "", (2, "3hoog")),
        ("1-2-hoog", "", (1, "2hoog")),
        ("12 1/2", "", (12, "1/2")),
        ("12/0302", "", (12, "/0302")),
        ("nr. 12", "bus nr. 3", (12, "bus3")),
        ("Huisnummer: 12", "bus: 3", (12, "bus3")),
        ("12 (bus 3)", "", (12, "bus3")),
        ("12A-H", "", (12, "AH")),
        ("12 A-I", "", (12, "AI")),
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


@pytest.mark.parametrize(
    "nothing",
    ["", " ", "-", "\u2014", "geen", "Geen toevoeging", "n.v.t.", "NVT", "n/a", "N.A.", "nee", "null", "None", "undefined",
     "NaN", "0", "00", "/", "?", "(geen)"],
)  # fmt: skip
def test_words_for_nothing_are_no_addition(nothing):
    assert house_number("12", nothing) == house_number(f"12 {nothing}") == HouseNumber(12, "")


@pytest.mark.parametrize(
    ("number", "addition"),
    [
        ("12-14", ""),
        ("12 - 14", ""),
        ("12\u201314", ""),
        ("12 t/m 14", ""),
        ("12 tot 14", ""),
        ("12 tot en met 14", ""),
        ("12tm14", ""),
        ("12 en 14", ""),
        ("12 of 14", ""),
        ("12 + 14", ""),
        ("12 & 14", ""),
        ("12, 14", ""),
        ("12;14", ""),
        ("12/14", ""),
        ("12 / 14", ""),
        ("12\\14", ""),
        ("12-14a", ""),
        ("12 - 14 a", ""),
        ("12-14 A02", ""),
        ("12-14-16", ""),
        ("12, 14 en 16", ""),
        ("12a-14", ""),
        ("12A t/m 14B", ""),
        ("12-14", "A"),
        ("12", "t/m 14"),
        ("12", "- t/m 14"),
        ("12", "en 14"),
        ("12", "of 14"),
        ("12", "+14"),
        ("12e", "n14"),
        ("12 t.e.m. 14", ""),
        ("12 tem 14", ""),
        ("12 and 14", ""),
        ("12:14", ""),
        ("12|14", ""),
        ("12-A/14-B", ""),
    ],
)
def test_two_houses_are_refused_with_both_ways_out(number, addition):
    """Two houses, or one with addition 14: only the resident knows."""
    with pytest.raises(Problem, match=r"Vul dan alleen 12 in\. Is 14 de toevoeging"):
        house_number(number, addition)


@pytest.mark.parametrize(
    ("number", "first"), [("15-23 A02", 15), ("14 en 12", 14), ("1/2", 1), ("1-2", 1), ("2, 3", 2)]
)
def test_two_houses_may_be_neighbours_or_in_any_order(number, first):
    with pytest.raises(Problem, match=rf"Vul dan alleen {first} in"):
        house_number(number)


@pytest.mark.parametrize(
    ("number", "addition"),
    [
        ("12 a en b", ""),
        ("12", "a of b"),
        ("12", "a t/m c"),
        ("12", "A+B"),
        ("12A & B", ""),
        ("12-12a", ""),
        ("12 en 12a", ""),
        ("12 t/m", ""),
        ("12 t/m", "14"),
        ("12", "of"),
        ("12 a-c", ""),
        ("12", "A - B"),
    ],
)
def test_two_additions_are_two_houses_too(number, addition):
    with pytest.raises(Problem, match="meer dan één huis"):
        house_number(number, addition)


@pytest.mark.parametrize(
    ("addition", "sign"),
    [("bus 3.1", "punt"), ("3.1", "punt"), ("3-1", "streepje"), ("3 1", "spatie"), ("A 3 1", "spatie")],
)
def test_no_sign_between_two_digits_is_dropped_in_silence(addition, sign):
    for typed in (("12", addition), (f"12 {addition}",)):
        with pytest.raises(Problem, match=f"een {sign} tussen twee cijfers"):
            house_number(*typed)


def test_two_fields_with_an_addition_do_not_make_a_number_of_two():
    with pytest.raises(Problem, match="twee toevoegingen: 3 en 1"):
        house_number("12-3", "1")


@pytest.mark.parametrize(("addition", "sign"), [("3,1", "komma"), ("#1", "teken #"), ("a_1", "laag streepje")])
def test_addition_with_a_sign_that_does_not_belong_is_refused_with_its_name(addition, sign):
    with pytest.raises(Problem, match=f"{sign} niet staan"):
        house_number("12", addition)


@pytest.mark.parametrize(
    ("number", "addition", "expected"),
    [("12", "0", (12, "0")), ("12", "en14", (12, "en14")), ("12", "3-1", (12, "31")), ("12", "A.1", (12, "A1")),
     ("12a", "A", (12, "a")), ("12", "null", (12, "")), ("12g", "een", (12, ""))],
)  # fmt: skip
def test_an_address_of_a_peer_raises_no_question(number, addition, expected):
    found = kept_house_number(number, addition)
    assert (found.number, found.addition) == expected


@pytest.mark.parametrize(
    "addition", ["achter", "2 hoog achter", "a.b.c.d.e.f", "\u00e9", "a_1", "1\u00bd", "#1", "123456"]
)
def test_addition_that_hoomdossier_cannot_hold_is_refused(addition):
    for refuse in (lambda: house_number("12", addition), lambda: house_number_addition(addition)):
        with pytest.raises(Problem, match="Zo past de toevoeging niet"):
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
        found = attempt(kept_house_number, "12", row["input"])
        assert found is not None or row["accepted"] == "false"


NUMBERS = st.from_regex(re.compile(r"[0-9]{1,6}[ \-/.a-zA-Z0-9]{0,8}", re.ASCII), fullmatch=True)
ADDITIONS = st.text("abchsIV013 -/.busnedwoig", max_size=14)


@given(st.one_of(st.text(), NUMBERS), st.one_of(st.text(), ADDITIONS))
def test_any_two_texts_are_refused_or_accepted_by_both(number, addition):
    found = attempt(house_number, number, addition)
    if found:
        assert_accepted_by_both(found)


@given(st.one_of(st.text(), NUMBERS), st.one_of(st.text(), ADDITIONS))
def test_what_a_peer_has_is_refused_or_taken_by_the_other(number, addition):
    found = attempt(kept_house_number, number, addition)
    if found:
        assert accepts_addition(as_stored(found.addition), "NL")
        assert kept_house_number(str(found.number), found.addition) == found


@pytest.mark.parametrize(
    ("typed", "dutch", "belgian"),
    [
        ("12", "12", "12"),
        ("12A", "12A", "12A"),
        ("12 a", "12a", "12a"),
        ("12A3", "12A3", "12A3"),
        ("12-3", "12-3", "12 bus 3"),
        ("12 1 hoog", "12-1hoog", "12-1hoog"),
        ("12 2/1", "12-2/1", "12-2/1"),
        ("12/2", "12/2", "12/2"),
        ("12 bis", "12 bis", "12 bis"),
        ("12hs", "12 hs", "12 hs"),
        ("12 hs 2", "12 hs 2", "12 hs 2"),
        ("12 BENEDEN", "12 BENEDEN", "12 BENEDEN"),
        ("12-III", "12-III", "12-III"),
        ("12 I", "12-I", "12-I"),
        ("12A-III", "12A-III", "12A-III"),
        ("12 bus 3", "12 bus 3", "12 bus 3"),
        ("12 Bus A", "12 bus A", "12 bus A"),
        ("12A bus 3", "12A bus 3", "12A bus 3"),
        ("12 bus 104", "12b104", "12 bus 104"),
        ("12 b 3", "12b3", "12 bus 3"),
        ("12 bus 3/1", "12b3/1", "12 bus 3/1"),
        ("12 B104", "12B104", "12B104"),
        ("12 bus A204", "12 bA 204", "12 bus A204"),
    ],
)
def test_an_addition_that_a_digit_or_a_word_begins_stands_apart(typed, dutch, belgian):
    house = house_number(typed)
    assert house.for_people(belgian=False) == dutch
    assert house.for_people(belgian=True) == belgian
    assert house_number(belgian).for_people(belgian=True) == belgian


@given(NUMBERS)
def test_a_number_written_for_people_shows_all_that_is_stored(typed):
    house = attempt(house_number, typed)
    for belgian in (False, True) if house else ():
        written = house.for_people(belgian=belgian)
        bare = re.sub("[ -]", "", written)
        assert re.match(rf"{house.number}(?![0-9])", written)
        if not belgian:
            assert bare.casefold() == f"{house.number}{house.addition}".casefold()


def test_a_belgian_postal_code_is_known_by_its_four_digits():
    assert is_belgian("9000")
    assert not any(map(is_belgian, ("1013 CD", "", "900", "0900")))
