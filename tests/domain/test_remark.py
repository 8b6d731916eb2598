"""Free text of a resident."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.problem import Problem
from shared.domain.remark import remark


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("nee", "nee"),
        ("Graag\r\n\r\n  's avonds  \n", "Graag\n's avonds"),
        ("Foto\u2019s &amp; video&#039;s", "Foto\u2019s & video's"),
        ("\\'s avonds", "'s avonds"),
        ("a &lt; b, R&D; C:\\map", "a < b, R&D; C:\\map"),
        ("zie https://voorbeeld.example", "zie https://voorbeeld.example"),
        ("bsn 111222333", "bsn ***"),
        ("bsn &#49;11222333", "bsn ***"),
        ("een\n\u200b\ntwee", "een\ntwee"),
    ],
)
def test_remark_is_kept_as_it_was_typed(typed, kept):
    assert remark(typed) == kept


def test_remark_that_is_too_long_is_refused():
    assert len(remark("x" * 2000)) == 2000
    for text in ("x" * 2001, "x\n" * 1001, "x" + "\n" * 9000 + "x"):
        with pytest.raises(Problem, match="2000"):
            remark(text)


@given(st.text())
def test_any_text_is_refused_or_kept(text):
    try:
        kept = remark(text)
    except Problem:
        return
    assert len(kept) <= 2000
    assert remark(kept) == kept
