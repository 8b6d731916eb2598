"""A postcode and a house number as a resident types them, in the form that both peers accept and Econobis stores.

Econobis cuts a house number in two itself, with quirks that lose an addition or the whole address
(`docs/peers/econobis.md` 4.4), so we cut it first. Hoomdossier's rules: `accepted.py`. Street and town: `place.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.domain.accepted import Country, accepts_addition, accepts_postal_code, as_stored
from shared.domain.nothing import is_nothing
from shared.domain.one_line import one_line
from shared.domain.problem import Problem
from shared.domain.signs import first_sign

_POSTAL_CODE_TEXT: dict[Country, str] = {
    "NL": "Vul een Nederlandse postcode in, bijvoorbeeld 1234 AB.",
    "BE": "Vul een Belgische postcode in van vier cijfers, bijvoorbeeld 9000.",
}
_NUMBER_TEXT = "Vul een huisnummer in van 1 tot en met 99999, bijvoorbeeld 12. Letters horen bij de toevoeging."
_ADDITION_TEXT = (
    "Deze toevoeging past niet. Gebruik hooguit 5 letters of cijfers, bijvoorbeeld A, bis, hs, 3 of 2/1, "
    "of het woord beneden. Kort een langere toevoeging af."
)
_MORE_ADDITIONS_TEXT = "Bedoelt u meer dan één huis? Vul dan alleen het eerste in, met de toevoeging van dat huis."
_TWICE_TEXT = "Er staan twee toevoegingen: {} en {}. Vul er één in."
_BETWEEN_DIGITS_TEXT = (
    "In de toevoeging staat {} tussen twee cijfers. Zonder dat wordt het een ander nummer. "
    "Vul alleen het deel in dat bij uw huis hoort, of gebruik een schuine streep, bijvoorbeeld 3/1."
)
_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_SPLIT = re.compile(r"0*([1-9][0-9]{0,4})(?![0-9])(.*)")
# A whole number as JSON or a spreadsheet may say it: 3.0.
_WHOLE_WITH_DECIMALS = re.compile(r"^([0-9]+)[.,]0+$", re.ASCII)
_UNTIL = r"t\s*/\s*m|tot\s+en\s+met|tot|tm|t\.?e\.?m\.?"
_AND = r"en|of|and|resp\.?|plus|[&+;~]|,(?=\s)|\.\.+"
# `12 en 14`, `12/14`, `12A-14`, `15-23 A02`; but `12-3` has an addition, and so have `2-3 hoog` and `12/0302`.
_SECOND_NUMBER = re.compile(
    rf"\s*-?\s*[A-Za-z]?\s*(?:(?P<word>{_UNTIL}|{_AND})|[-/\\|:])\s*(?P<second>[0-9]{{1,5}})(?P<rest>.*)",
    re.ASCII | re.IGNORECASE,
)
_FLOOR = re.compile(r"[\s-]*(?:e|de|ste)?[\s-]*(?:hoog|hg|etage|verd)", re.IGNORECASE)
_SECOND_HOUSE = re.compile(rf"\W*({_UNTIL}|{_AND})\W*([0-9]{{1,5}})", re.ASCII | re.IGNORECASE)
# `a en b`, `a t/m c`, `a-c`; but `A-H` and `A-I` are the ground and the first floor of 12A.
_SECOND_ADDITION = re.compile(
    r"[a-z0-9]\s*(?:\b(?:en|of|tot|tm)\b|[&+])\s*[a-z0-9]|t\s*/\s*m|^(?:en|of|tot|tm)$|^[a-z]\s*-\s*[b-gj-uwyz]$",
    re.ASCII | re.IGNORECASE,
)
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])(?:\s*([.-])\s*|(\s)\s*)(?=[0-9])", re.ASCII)
_NUMBER_WORD = re.compile(r"^(?:huis)?(?:nummer|nr|no)\b[\s.:]*|^#\s*", re.IGNORECASE)
_BOX_NUMBER = re.compile(r"\bbus\s*(?:nummer|nr|no)?\s*[.:]?\s*(?=[0-9])", re.IGNORECASE)  # `bus nr. 3`
# In full these are longer than Hoomdossier stores. The short form is one that people write too.
_SHORTER = (("benedenwoning", "beneden"), ("bovenwoning", "boven"), ("bus", "b"))


@dataclass(frozen=True)
class HouseNumber:
    """`addition` is without spaces, hyphens and full stops, in the case that was typed; `""` when there is none."""

    number: int
    addition: str

    def for_people(self, *, belgian: bool) -> str:
        """`12A`, `12-3`, `12 bis`, `12 bus 3`: a digit or a word would be read as one with what stands before it.

        In Belgium `b104` is box 104: how we shorten it, and how people do.
        """
        for form, written in (*_BELGIAN_FORMS, *_FORMS) if belgian else _FORMS:
            found = re.fullmatch(form, self.addition)
            if found:
                return f"{self.number}{found.expand(written)}"
        return f"{self.number}{self.addition}"


_BELGIAN_FORMS = (
    (r"([A-Za-z]?)b([0-9].*)", r"\1 bus \2"),
    (r"b([A-Z][0-9].*)", r" bus \1"),
)
_FORMS = (
    (r"([A-Za-z]?)[Bb][Uu][Ss]([A-Za-z0-9].*)", r"\1 bus \2"),
    (r"(I{1,3}|IV|VI{1,3}|IX)", r"-\1"),  # Floors in Amsterdam; 12I would be read as 121.
    (r"([A-Z])-?(II|III|IV)", r"\1-\2"),
    (r"([0-9].*)", r"-\1"),
    (r"([A-Za-z]{2,})([0-9].*)", r" \1 \2"),
    (r"([A-Za-z]{2,}.*)", r" \1"),
)


def is_belgian(postal_code: str) -> bool:
    """Four digits and no letters."""
    return bool(re.fullmatch(r"[1-9][0-9]{3}", postal_code.strip()))


def postal_code(text: str, country: Country) -> str:
    """`1234 AB` or `9000`. Raises Problem, also for letters that are never issued (SA, SD, SS)."""
    line = one_line(text).translate(_HYPHENS).strip(" ,;.:\"'()")
    bare = re.sub(r"[\s.-]", "", _WHOLE_WITH_DECIMALS.sub(r"\1", line)).upper()
    # The old way of writing for mail from abroad: B-9000.
    bare = re.sub(r"^(?:BE?|NL)(?=[0-9])" if country == "BE" else r"^NL(?=[0-9])", "", bare)
    if not accepts_postal_code(bare, country):
        sign = first_sign(line, " .-")
        raise Problem((f"In de postcode kan {sign} niet staan. " if sign else "") + _POSTAL_CODE_TEXT[country])
    return f"{bare[:4]} {bare[4:]}".rstrip()


def house_number(number: str, addition: str = "") -> HouseNumber:
    """`12a`, `12 bis`, `12A-III`, `12-3` and `12/2` are cut in two; what `addition` holds comes after it.

    Raises Problem for what only the resident knows: `12-14` and `12 en 14` can be two houses or one with addition 14,
    and `3-1` is not 31. An addition `0` is what some forms send for none.
    """
    first, rest = _cut(number)
    _refuse_second_number(first, rest)
    attached, separate = (_typed_addition(part, first) for part in (rest, addition))
    joined = _joined(attached, separate)
    _refuse_second_house(joined, first)
    return HouseNumber(first, "" if is_nothing(joined) else joined)


def kept_house_number(number: str, addition: str = "") -> HouseNumber:
    """As `house_number`, of a contact that a peer has: there is nobody to ask, so signs go as they go in Hoomdossier.

    An addition `0` stays what it is. Raises Problem.
    """
    first, rest = _cut(number)
    attached, separate = house_number_addition(rest), house_number_addition(addition)
    if attached.casefold() == separate.casefold():
        separate = ""
    return HouseNumber(first, house_number_addition(attached + separate))


def house_number_addition(text: str) -> str:
    """An addition by itself, as in HouseNumber. Raises Problem when Hoomdossier would refuse it."""
    line = _WHOLE_WITH_DECIMALS.sub(r"\1", _tidy(text))
    bare = re.sub(r"[\s.-]", "", line).rstrip("/")
    if is_nothing(line) and not bare.isdecimal():
        return ""
    if not _fits(bare):
        for long, short in _SHORTER:
            bare = re.sub(long, short, bare, flags=re.IGNORECASE)
    if not _fits(bare):
        sign = first_sign(line, " /.-")
        raise Problem((f"In de toevoeging kan {sign} niet staan. " if sign else "") + _ADDITION_TEXT)
    return bare


def _tidy(text: str) -> str:
    return one_line(text).translate(_HYPHENS).strip(" ,;:()")


def _cut(number: str) -> tuple[int, str]:
    """The number, and what follows it."""
    split = _SPLIT.fullmatch(_WHOLE_WITH_DECIMALS.sub(r"\1", _NUMBER_WORD.sub("", _tidy(number))))
    if not split or re.match(r"\.\s*[0-9]|,[0-9]", split[2]):
        raise Problem(_NUMBER_TEXT)
    return int(split[1]), split[2]


def _typed_addition(text: str, first: int) -> str:
    line = re.sub(r"^/\s*(?=bus\b)", "", _BOX_NUMBER.sub("bus ", _tidy(text)), flags=re.IGNORECASE)
    if is_nothing(line):
        return ""
    _refuse_second_house(line, first)
    sign = None if _WHOLE_WITH_DECIMALS.match(line) else _BETWEEN_DIGITS.search(line)
    if sign:
        raise Problem(_BETWEEN_DIGITS_TEXT.format(first_sign(sign[1] or " ", "")))
    return house_number_addition(line)


def _joined(attached: str, separate: str) -> str:
    """Filled in twice is once: `12a` in one field and `a` in the other; `12 bus 3` in one and `3` in the other."""
    boxes = {re.sub(r"^(?:bus|b)(?=[0-9])", "", part.casefold()) for part in (attached, separate)}
    if len(boxes) == 1:
        return max(attached, separate, key=len)
    if attached[-1:].isdigit() and separate[:1].isdigit():
        raise Problem(_TWICE_TEXT.format(attached, separate))
    return house_number_addition(attached + separate)


def _fits(addition: str) -> bool:
    return accepts_addition(as_stored(addition), "NL")  # The rule is the same for both countries.


def _refuse_second_number(first: int, rest: str) -> None:
    found = _SECOND_NUMBER.fullmatch(rest)
    if not found:
        return
    second, tail = found["second"], found["rest"]
    higher = int(second) > first or (int(second) == first and re.match(r"\s*[A-Za-z]", tail))
    if found["word"] or (higher and not second.startswith("0") and not _FLOOR.match(tail)):
        raise _more_houses(first, found["word"] or "", second)


def _refuse_second_house(addition: str, first: int) -> None:
    found = _SECOND_HOUSE.match(addition)
    if found:
        raise _more_houses(first, found[1], found[2])
    if _SECOND_ADDITION.search(addition):
        raise Problem(_MORE_ADDITIONS_TEXT)


def _more_houses(first: int, word: str, second: str) -> Problem:
    if int(second) == first:
        return Problem(_MORE_ADDITIONS_TEXT)
    between = "en" if re.match(_AND, f"{word} ", re.IGNORECASE) else "tot en met"
    return Problem(
        f"Bedoelt u de huisnummers {first} {between} {second}? Vul dan alleen {first} in. "
        f"Is {second} de toevoeging? Vul die dan in bij toevoeging."
    )
