"""BSN, national number and IBAN in free text are masked; numbers that only look like one stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.nl import bsn

from shared.domain.masked import MASK, masked

TYPED = {
    "a BSN": ("mijn bsn is 111222333 hoor", "mijn bsn is *** hoor"),
    "at the end": ("bsn:111222333", "bsn:***"),
    "with a full stop after it": ("BSN 111222333.", "BSN ***."),
    "in threes": ("111 222 333", "***"),
    "with full stops": ("1112.22.333", "***"),
    "with hyphens": ("111-222-333", "***"),
    "digit by digit": ("1 1 1 2 2 2 3 3 3", "***"),
    "over two lines": ("bsn 111\n222\n333", "bsn ***"),
    "after a year": ("geboren 1980 111222333", "geboren 1980 ***"),
    "in other digits": ("١١١٢٢٢٣٣٣", "***"),
    "twice": ("111222333 en 123456782", "*** en ***"),
    "an IBAN": ("rekening NL91ABNA0417164300 graag", "rekening *** graag"),
    "an IBAN in fours": ("NL91 ABNA 0417 1643 00 is van mij", "*** is van mij"),
    "in lower case": ("nl91abna0417164300", "***"),
    "with full stops between": ("NL91.ABNA.0417.1643.00", "***"),
    "glued to a word": ("ibanNL91ABNA0417164300ok", "iban***ok"),
    "of Belgium": ("BE71 0961 2345 6769.", "***."),
    "of Germany": ("DE89370400440532013000", "***"),
    "that could be dialled, but is called a BSN": ("bsn 022 100 003", "bsn ***"),
    "called so in full": ("burgerservicenummer: 022100003", "burgerservicenummer: ***"),
    "called so behind it": ("022100003 (bsn)", "*** (bsn)"),
    "called so nearer than a telephone": ("bel mij; mijn bsn is 022 100 003", "bel mij; mijn bsn is ***"),
    "beside a telephone number": ("bel 022 100 003, bsn 111222333", "bel 022 100 003, bsn ***"),
    "behind a telephone number": ("tel 06 12345678, 111222333", "tel 06 12345678, ***"),
    "with a 0 that nobody can dial": ("000000012", "***"),
    "a national number": ("rijksregister 85.07.30-033.28", "rijksregister ***"),
    "one without signs": ("85073003328", "***"),
}
STAYS = [
    "",
    "111222334",  # Its check digit is wrong.
    "0612345678",
    "06 12345678",
    "06-12 34 56 78",
    "+31 6 12345678",
    "+31 612345672",
    "+31612345672",
    "0031 612345672",
    "(+31) 612340004",
    "(0031) 612340004",
    "+31 (0) 612340004",
    "+31-612340004",
    "00 31 612340004",
    "+352 621 123 407",
    "+33112300080",  # It passes the check of a Belgian national number.
    "Bel mij op 022 100 003",
    "Bel mij op 022100003",
    "022 100 003 is mijn nummer",
    "mijn bsn geef ik niet, bel 022.100.003",
    "gsm 612340004",
    "WhatsApp: 612340004",
    "020 123 45 67",
    "meterstand 1112223334",
    "4111222333",
    "postcode 3811 AB nummer 12",
    "NL91ABNA0417164301",
    "op 12-10-2026 om 10:30, liefst niet 13-10-2026",
    "000000000000",
    "woont er sinds 1998, gas 1250, stroom 2430",
]


@pytest.mark.parametrize("case", TYPED)
def test_a_national_number_or_iban_is_masked(case: str) -> None:
    typed, kept = TYPED[case]
    assert masked(typed) == kept


@pytest.mark.parametrize("text", STAYS)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


@given(st.integers(10_000_000, 99_999_999), st.sampled_from(["", " ", "x ", "tel 06 12345678, ", "\n"]))
def test_every_bsn_is_masked_and_no_other_number_of_nine_digits(front: int, before: str) -> None:
    for last in range(10):
        number = f"{front}{last}"
        assert masked(f"{before}{number}!") == before + (MASK if bsn.is_valid(number) else number) + "!"


@given(st.text(st.sampled_from("0123456789 .-NLBEabx\n"), max_size=200))
def test_masking_a_masked_text_changes_nothing_and_no_text_gets_longer(text: str) -> None:
    once = masked(text)
    assert masked(once) == once
    assert len(once) <= len(text)


def test_a_long_text_is_masked_within_the_time_limit_of_a_test() -> None:
    """The text holds `NL91`, the start of an IBAN, 500 times."""
    assert masked("NL91" * 500) == "NL91" * 500
