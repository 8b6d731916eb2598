"""Masks identity numbers in free text before it is stored: BSN, Belgian national number, IBAN.

A number is masked when its check digits are right, so a telephone number or a meter reading usually stays. One in
eleven telephone numbers passes the check of a BSN. The words beside it then decide, and without such words its first
digits: a number that starts with 0 or a country code, and that can be dialled, is a telephone number.

Two errors remain. A BSN stays when it starts with 0, can be dialled in Belgium, and has no word beside it. A telephone
number without its 0 or country code, and without such a word, is masked in one of eleven cases.
"""

from __future__ import annotations

import re
from functools import cache

import phonenumbers
from stdnum import iban, numdb
from stdnum.be import nn
from stdnum.nl import bsn

MASK = "***"  # Shorter than any number that it replaces, so the text cannot become too long.

_GAP = r"[ \t\n.\-\u00a0\u2010-\u2013]"
_BELGIAN = re.compile(r"(?<!\d)(?:\d{11}|\d\d[. /-]?\d\d[. /-]?\d\d[ /-]?\d{3}[. -]?\d\d)(?!\d)")
# In one piece, digit by digit, or in groups that people write; never as a part of a longer number.
_GROUPS = "|".join(
    _GAP.join(rf"\d{{{length}}}" for length in lengths)
    for lengths in ([9], [3, 3, 3], [4, 2, 3], [2, 3, 4], [4, 5], [5, 4], [3, 2, 4], [2, 2, 2, 3], [1] * 9)
)
_DUTCH = re.compile(rf"(?<!\d)(?<!\d[-.])(?:{_GROUPS})(?!\d)(?![-.]\d)")
_IBAN = re.compile(rf"[A-Za-z]{{2}}{_GAP}?\d{_GAP}?\d(?:{_GAP}?[A-Za-z0-9]){{11,30}}")

_COUNTRY_BEFORE = re.compile(rf"(?:\+{_GAP}?|\b00{_GAP}?)\d{{1,3}}\)?[/ ]?{_GAP}?(?:\(0\))?{_GAP}?$")
_PHONE_WORD = (
    r"\b(?:(?:op|terug)?(?:bel(?:len|t)?|gebeld)|tel|telefoon\w*|telnr|gsm|mob|mobiel\w*|whatsapp|app(?:en)?|sms(?:en)?|fax|bereikbaar"
    r"|bereiken|phone|call)\b|[\u260e\u260f\u2706\U0001f4de\U0001f4f1]"
)
_IDENTITY_WORD = r"\b(?:bsn|burger ?service ?nummer|sofi|sofi-?nummer|persoonsnummer|rijksregister\w*)"
# The word before a number counts when no other number, masked or not, stands between them.
_WORD_BEFORE = re.compile(rf"(?:(?P<phone>{_PHONE_WORD})|{_IDENTITY_WORD})(?=[^\d*]{{0,40}}$)", re.IGNORECASE)
_IDENTITY_AFTER = re.compile(rf"[^\d*.\n]{{0,20}}{_IDENTITY_WORD}(?!\W*(?:is|nr|nummer)?\W*[\d*])", re.IGNORECASE)
_NEAR = 60  # characters


def masked(text: str) -> str:
    """`text` with `***` in place of each identity number."""
    text = _without_ibans(text)
    text = _BELGIAN.sub(lambda found: _mask_if(found, nn.is_valid(_digits(found[0]))), text)
    return _DUTCH.sub(lambda found: _mask_if(found, bsn.is_valid(_digits(found[0]))), text)


def _mask_if(found: re.Match[str], passes: bool) -> str:
    return MASK if passes and not _is_phone(found) else found[0]


def _is_phone(found: re.Match[str]) -> bool:
    """Whether a number that passes the check of an identity number is a telephone number after all."""
    number, before = _digits(found[0]), found.string[max(found.start() - _NEAR, 0) : found.start()]
    if _COUNTRY_BEFORE.search(before) or (before.endswith("+") and _is_valid(f"+{number}", "NL")):
        return True
    if _IDENTITY_AFTER.match(found.string[found.end() : found.end() + _NEAR]):
        return False
    words = list(_WORD_BEFORE.finditer(before))
    said = bool(words[-1]["phone"]) if words else number.startswith("0")
    return said and _rings(number)


def _rings(number: str) -> bool:
    """Whether this is a valid telephone number in the Netherlands or Belgium."""
    return any(_is_valid(number, country) for country in ("NL", "BE"))


def _is_valid(number: str, country: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, country))
    except phonenumbers.NumberParseException:
        return False


def _digits(text: str) -> str:
    """The digits in ASCII: `\\d` matches those of every script."""
    return "".join(str(int(character)) for character in text if character.isdecimal())


def _without_ibans(text: str) -> str:
    """The country determines the length of an IBAN, so words that follow at once are no part of it."""
    position = 0
    while found := _IBAN.search(text, position):
        end = _end_of_iban(found)
        if end is None:
            position = found.start() + 1
        else:
            text = text[: found.start()] + MASK + text[end:]
            position = found.start() + len(MASK)
    return text


def _end_of_iban(found: re.Match[str]) -> int | None:
    """Where the IBAN ends; None when it is none. Only the country's length is tried: trying each takes too long."""
    length = _iban_length(found[0][:2].upper())
    places = [at for at in range(found.start(), found.end()) if found.string[at].isalnum()][:length]
    bare = "".join(found.string[at] for at in places)
    is_one = length > 0 and len(bare) == length and bare.isascii() and iban.is_valid(bare)
    return places[-1] + 1 if is_one else None


@cache
def _iban_length(country: str) -> int:
    """The length in characters; 0 for a country without IBANs."""
    ((_, properties), *_) = numdb.get("iban").info(country)
    groups = re.findall(r"[0-9]+(?=!)", properties.get("bban", ""))
    return 4 + sum(map(int, groups)) if groups else 0
