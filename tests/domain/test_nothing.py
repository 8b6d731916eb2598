"""The texts that mean "no value" in an optional field, and texts that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.nothing import is_nothing

NOTHING = [
    "", "  ", "-", "--", "- -", "\u2013", "\u2014", ".", "...", "/", "?", "_", "*", "\u200b", "\ufeff-",
    "geen", "Geen", "GEEN.", "(geen)", "- geen -", "'geen'", "<geen>", "geen toevoeging", "geen tussenvoegsel", "geen idee",
    "nee", "Nee.", "neen", "niet", "niets", "niks", "nihil", "nul", "leeg", "blanco", "onbekend", "zonder",
    "nvt", "NVT", "n.v.t.", "N.v.t", "n.v.t", "n v t", "n/v/t", "niet  van\ttoepassing",
    "n/a", "N/A", "n.a.", "not applicable", "none", "None", "null", "NULL", "[null]", "nil", "undefined", "NaN", "false",
    "0", "00", "0.0", "0,00",
]  # fmt: skip
SOMETHING = [
    "A", "x", "no", "NO", "na", "nv", "to", "bis", "10", "0a", "01", "-1", "+", "0612345678", "van", "Geenhoven",
    "Nullens", "geen 3", "geen straat 12", "nee, bel maar", "Niets aan de hand", "Onbekendestraat", "\U0001f600", "#1",
]  # fmt: skip


@pytest.mark.parametrize("text", NOTHING)
def test_words_and_signs_for_nothing(text):
    assert is_nothing(text)


@pytest.mark.parametrize("text", SOMETHING)
def test_what_is_something(text):
    assert not is_nothing(text)


@given(st.text())
def test_any_text_gets_an_answer_that_white_space_and_case_do_not_change(text):
    assert is_nothing(f"  {text}\n") == is_nothing(text)
    if text.isascii():
        assert is_nothing(text.upper()) == is_nothing(text)
