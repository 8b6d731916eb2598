"""An address as a resident types it, in the form that both peers accept and that Econobis stores unchanged.

Econobis cuts a house number in two itself, with quirks that lose an addition or the whole address
(`contracts/econobis.md` 4.4), so we cut it first. Hoomdossier's rules: `accepted.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.domain.accepted import Country, accepts_addition, accepts_postal_code, as_stored
from shared.domain.one_line import one_line, required
from shared.domain.problem import Problem

_POSTAL_CODE_TEXT: dict[Country, str] = {
    "NL": "Vul een Nederlandse postcode in, bijvoorbeeld 1234 AB.",
    "BE": "Vul een Belgische postcode in van vier cijfers, bijvoorbeeld 9000.",
}
_NUMBER_TEXT = "Vul een huisnummer in van 1 tot en met 99999, bijvoorbeeld 12. Letters horen bij de toevoeging."
_ADDITION_TEXT = (
    "Deze toevoeging past niet. Gebruik hooguit 5 letters of cijfers, bijvoorbeeld A, bis, hs, 3 of 2/1, "
    "of het woord beneden. Kort een langere toevoeging af."
)
_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_SPLIT = re.compile(r"0*([1-9][0-9]{0,4})(?![0-9])(.*)")
_TWO_NUMBERS = re.compile(r"\s*(?:-|t/m|tot|tm)\s*([0-9]{1,5})", re.ASCII | re.IGNORECASE)
_NO_ADDITION = frozenset({"", "geen", "nvt"})
# In full these are longer than Hoomdossier stores. The short form is one that people write too.
_SHORTER = (("benedenwoning", "beneden"), ("bovenwoning", "boven"), ("bus", "b"))


@dataclass(frozen=True)
class HouseNumber:
    """`addition` is without spaces, hyphens and full stops, in the case that was typed; `""` when there is none."""

    number: int
    addition: str


def postal_code(text: str, country: Country) -> str:
    """`1234 AB` or `9000`. Raises Problem, also for letters that are never issued (SA, SD, SS)."""
    bare = re.sub(r"[\s.-]", "", one_line(text).translate(_HYPHENS)).upper()
    if country == "BE":
        bare = re.sub(r"^BE?(?=[0-9])", "", bare)  # The old way of writing for mail from abroad: B-9000.
    if not accepts_postal_code(bare, country):
        raise Problem(_POSTAL_CODE_TEXT[country])
    return f"{bare[:4]} {bare[4:]}".rstrip()


def house_number(number: str, addition: str = "") -> HouseNumber:
    """`12a`, `12 bis`, `12A-III`, `12-3` and `12/2` are cut in two; what `addition` holds comes after it.

    Raises Problem: `12-14` can be two houses or one with addition 14, and only the resident knows.
    """
    split = _SPLIT.fullmatch(one_line(number).translate(_HYPHENS))
    if not split or re.match(r"[.,][0-9]", split[2]):
        raise Problem(_NUMBER_TEXT)
    _refuse_range(int(split[1]), split[2])
    attached = house_number_addition(split[2])
    separate = house_number_addition(addition)
    if attached.casefold() == separate.casefold():  # Filled in twice: 12a in one field and a in the other.
        separate = ""
    return HouseNumber(int(split[1]), house_number_addition(attached + separate))


def house_number_addition(text: str) -> str:
    """An addition by itself, as in HouseNumber. Raises Problem when Hoomdossier would refuse it."""
    bare = re.sub(r"[\s.-]", "", one_line(text).translate(_HYPHENS)).rstrip("/")
    if bare.casefold() in _NO_ADDITION:
        return ""
    if not _fits(bare):
        for long, short in _SHORTER:
            bare = re.sub(long, short, bare, flags=re.IGNORECASE)
    if not _fits(bare):
        raise Problem(_ADDITION_TEXT)
    return bare


def street(text: str) -> str:
    """Raises Problem when empty or too long."""
    return required(text, "Vul uw straat in.")


def city(text: str) -> str:
    """Raises Problem when empty or too long."""
    return required(text, "Vul uw woonplaats in.")


def _fits(addition: str) -> bool:
    return accepts_addition(as_stored(addition), "NL")  # The rule is the same for both countries.


def _refuse_range(first: int, rest: str) -> None:
    second = _TWO_NUMBERS.fullmatch(rest)
    if second and int(second[1]) > first:
        raise Problem(
            f"Bedoelt u de huisnummers {first} tot en met {second[1]}? Vul dan alleen {first} in. "
            f"Is {second[1]} de toevoeging? Vul die dan in bij toevoeging."
        )
