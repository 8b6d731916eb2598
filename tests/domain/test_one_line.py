"""The characters that stay in pasted text, and the invisible ones that are taken out."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import address, person, place
from shared.domain.nothing import is_nothing
from shared.domain.one_line import one_line
from shared.domain.problem import Problem
from shared.domain.remark import remark

UNCHANGED = {
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "a heart with its colour": "\u2764\ufe0f",
    "a rainbow flag": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "a technician with a skin tone": "\U0001f469\U0001f3fd\u200d\U0001f527",
    "a key cap": "1\ufe0f\u20e3",
    "the Dutch flag": "\U0001f1f3\U0001f1f1",
    "the flag of England": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "a Persian word": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "a Persian plural": "\u062e\u0627\u0646\u0647\u200c\u0647\u0627",
    "a Sinhala name": "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
    "Hebrew with a mark of direction": "(\u05e9\u05dc\u05d5\u05dd)\u200f C#",
    "an Arabic number sign": "\u0600\u0661\u0662",
    "plain words": "Jos\u00e9 \u2019t Hooft \u2013 3\u00bd",
}
TAKEN_OUT = {
    "an override": ("Anna\u202e annA\u202c", "Anna annA"),
    "isolates": ("\u2066Anna\u2069", "Anna"),
    "a BOM": ("\ufeffAnna", "Anna"),
    "a zero-width space": ("An\u200bna", "Anna"),
    "a soft hyphen": ("An\u00adna", "Anna"),
    "a word joiner": ("An\u2060na", "Anna"),
    "a mark of direction with a Latin word": ("\u200eAnna\u200f", "Anna"),
    "a joiner between Latin letters": ("An\u200dna\u200c", "Anna"),
    "two joiners": ("\u0645\u06cc\u200c\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    "a joiner by itself": ("\u200d Anna \u200d", "Anna"),
    "tags without a flag": ("Anna\U000e0068\U000e0069", "Anna"),
    "control characters": ("An\x00na\x1b", "An na"),
    "a blank letter": ("Anna\u3164", "Anna"),
}


@pytest.mark.parametrize("case", UNCHANGED)
def test_what_belongs_to_a_word_or_an_emoji_stays(case):
    assert one_line(UNCHANGED[case]) == UNCHANGED[case]
    assert remark(f"Dag {UNCHANGED[case]}!") == f"Dag {UNCHANGED[case]}!"


@pytest.mark.parametrize("case", TAKEN_OUT)
def test_what_hides_or_turns_text_is_taken_out(case):
    typed, kept = TAKEN_OUT[case]
    assert one_line(typed) == kept


PARTS = st.lists(
    st.sampled_from([*UNCHANGED.values(), *(typed for typed, _ in TAKEN_OUT.values()), "e", "\u0301", "K", "\u212a"])
)


@given(st.one_of(st.text(), PARTS.map("".join)))
def test_twice_is_once(text):
    try:
        line = one_line(text)
    except Problem:
        return
    assert one_line(line) == line == unicodedata.normalize("NFC", line)
    line.encode()


READERS = {
    "a line": one_line,
    "a remark": remark,
    "a first name": person.first_name,
    "a last name": person.last_name,
    "a prefix": person.prefix,
    "initials": person.initials,
    "an e-mail address": person.email,
    "a telephone number": lambda text: person.phone(text, "BE"),
    "a postcode": lambda text: address.postal_code(text, "NL"),
    "a house number": address.house_number,
    "an addition": lambda text: address.house_number("12", text),
    "a street": lambda text: place.street(text, address.HouseNumber(12, "")),
    "a town": lambda text: place.city(text, "1013 CD"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "text", ["\u0315\u0300" * 16_000, "e" + "\u0301" * 30_000, "x" * 64_000, "&amp;" + "amp;" * 15_000, "\\" * 60_000]
)
def test_a_text_that_is_far_too_long_takes_no_time(reader, text):
    """Composing a run of accents takes time that grows with the square of its length."""
    started = time.process_time()
    assert not is_nothing(text)
    with pytest.raises(Problem, match="te lang"):
        READERS[reader](text)
    assert time.process_time() - started < 0.2


def test_the_length_is_counted_in_composed_characters():
    assert one_line("e\u0301" * 191) == "\u00e9" * 191
    with pytest.raises(Problem, match="191"):
        one_line("e\u0301" * 192)


def test_marks_that_no_language_stacks_are_refused_before_they_are_sorted():
    started = time.process_time()
    for text in ("a" + "\u0301" * 4000 + "\u0316" * 3999, "a" + "\u0301\u0316" * 3999, "\u0301" * 31):
        with pytest.raises(Problem, match="accenten"):
            one_line(text, 2000)
    assert time.process_time() - started < 0.05


def test_marks_that_a_language_stacks_stay():
    for text in ("\u1ec7", "\u0b95\u0bcd\u0bb7", "\u05d1\u05bc\u05b0\u0591", "a" + "\u0323" * 30):
        assert one_line(text) == unicodedata.normalize("NFC", text)
