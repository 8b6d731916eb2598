"""The value that counts of everything that a form sent under one name."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.form_value import text_of
from shared.domain.problem import Problem

ONE = {
    "text": ("Anna", "Anna"),
    "white space around it": (" \t\u00a0Anna\r\n", "Anna"),
    "a byte order mark before it": ("\ufeffAnna", "Anna"),
    "nothing": (None, ""),
    "a number": (12, "12"),
    "a whole number with a decimal": (12.0, "12"),
    "1e3": (1e3, "1000"),
    "a fraction": (3.5, "3.5"),
    "a number without end": (float("inf"), "inf"),
    "true": (True, "1"),
    "false": (False, "0"),
    "a list of one": (["ja"], "ja"),
    "a list of one number": ([12.0], "12"),
    "a list in a list": ([[["ja"]]], "ja"),
    "a list with one that is filled in": (["", "ja", None, " "], "ja"),
    "the same twice": (["ja", "ja"], "ja"),
    "an empty list": ([], ""),
    "a list of nothing": (["", None, []], ""),
    "a list of PHP that has a gap": ({"1": "ja"}, "ja"),
    "a hidden false and a box in a list": ([False, True], "1"),
}


@pytest.mark.parametrize(("value", "text"), ONE.values(), ids=ONE)
def test_one_value(value: Any, text: str) -> None:
    assert text_of(value) == text


UNTICKED = ["", " ", "0", "false", "False", "off", "no", "nee", 0, False, None]


@pytest.mark.parametrize("nothing", UNTICKED, ids=repr)
@pytest.mark.parametrize("filled", ["ja", "on", "1", "true"])
def test_of_a_box_and_the_hidden_field_beside_it_the_box_counts(nothing: Any, filled: str) -> None:
    assert text_of((filled, nothing)) == text_of((nothing, filled)) == filled
    assert text_of((nothing, filled, nothing)) == filled


@pytest.mark.parametrize("nothing", ["0", "false", "off", "nee"])
def test_a_hidden_field_alone_says_no(nothing: str) -> None:
    assert text_of(nothing) == text_of((nothing, "")) == text_of((nothing, nothing)) == nothing


def test_of_two_that_are_filled_in_the_last_counts() -> None:
    assert text_of(("Anna", "Bea", "")) == "Bea"


def test_two_answers_in_one_list_are_a_question() -> None:
    for value in (["ja", "misschien"], [["Anna"], ["Bea"]], {"0": "a", "1": "b"}):
        with pytest.raises(Problem, match="één antwoord"):
            text_of(value)


def test_several_numbers_are_one_list() -> None:
    assert text_of([1, "2", [3.0]], several=True) == "1,2,3"
    assert text_of(("1", "", "2"), several=True) == "1,2"
    assert text_of("1,2", several=True) == "1,2"


@pytest.mark.parametrize("value", [{"a": "ja"}, [{"a": 1}], ({"a": 1}, "x"), b"x"], ids=repr)
def test_what_is_no_text(value: Any) -> None:
    with pytest.raises(Problem, match="tekst"):
        text_of(value)
