"""Numbers that nobody should have typed in free text, struck out before it is kept: BSN, Belgian national number, IBAN.

Only numbers whose check digits are right, so that a telephone number or a meter reading stays.
"""

from __future__ import annotations

import re

from stdnum import iban
from stdnum.be import nn
from stdnum.nl import bsn

MASK = "***"  # Shorter than what it stands for, so a text never becomes too long by it.

_GAP = r"[ \t\n.\-\u00a0\u2010-\u2013]"
_BELGIAN = re.compile(r"(?<!\d)(?:\d{11}|\d\d[. /-]?\d\d[. /-]?\d\d[ /-]?\d{3}[. -]?\d\d)(?!\d)")
# In one piece, digit by digit, or in the groups that people write; never a part of a longer number.
_GROUPS = "|".join(
    _GAP.join(rf"\d{{{length}}}" for length in lengths)
    for lengths in ([9], [3, 3, 3], [4, 2, 3], [2, 3, 4], [4, 5], [5, 4], [3, 2, 4], [2, 2, 2, 3], [1] * 9)
)
_DUTCH = re.compile(rf"(?<!\d)(?<!\d[-.])(?:{_GROUPS})(?!\d)(?![-.]\d)")
_PHONE_BEFORE = re.compile(rf"(?:\+|\b00)\d\d{_GAP}?(?:\(0\))?{_GAP}?$")
_IBAN = re.compile(rf"[A-Za-z]{{2}}{_GAP}?\d{_GAP}?\d(?:{_GAP}?[A-Za-z0-9]){{11,30}}")


def masked(text: str) -> str:
    """`text` with `***` for each of them."""
    text = _without_ibans(text)
    text = _BELGIAN.sub(lambda found: MASK if nn.is_valid(_digits(found[0])) else found[0], text)
    return _DUTCH.sub(lambda found: MASK if _is_bsn(text, found) else found[0], text)


def _is_bsn(text: str, found: re.Match[str]) -> bool:
    """`+31 612345678` is how many write a telephone number, and one in eleven of those would pass."""
    return not _PHONE_BEFORE.search(text[: found.start()]) and bool(bsn.is_valid(_digits(found[0])))


def _digits(text: str) -> str:
    """In ASCII: \\d finds the digits of every script."""
    return "".join(str(int(character)) for character in text if character.isdecimal())


def _without_ibans(text: str) -> str:
    """Words may follow at once, so the longest start that is a valid number is it."""
    position = 0
    while found := _IBAN.search(text, position):
        ends = range(found.end(), found.start() + 14, -1)
        end = next((end for end in ends if _is_iban(text[found.start() : end])), None)
        if end is None:
            position = found.start() + 1
        else:
            text = text[: found.start()] + MASK + text[end:]
            position = found.start() + len(MASK)
    return text


def _is_iban(text: str) -> bool:
    bare = re.sub(_GAP, "", text)
    return bool(text[-1].isalnum() and bare.isascii() and iban.is_valid(bare))
