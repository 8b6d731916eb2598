"""Reads a postcode and a house number as residents type them, into the form that both peers accept.

Econobis splits number and addition itself, and then loses some additions and whole addresses (`docs/peers/econobis.md`
4.4), so we split them first. Hoomdossier's rules: `accepted.py`. Street and town: `place.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.accepted import Country, accepts_addition, accepts_postal_code, as_stored
from shared.domain.nothing import is_nothing
from shared.domain.one_line import one_line
from shared.domain.problem import Problem
from shared.domain.signs import first_sign
from shared.words import Words

_POSTAL_CODE_TEXT: dict[Country, Words] = {
    "NL": Words("Vul een Nederlandse postcode in, bijvoorbeeld 1234 AB."),
    "BE": Words("Vul een Belgische postcode in van vier cijfers, bijvoorbeeld 9000."),
}
WORDS: Mapping[Country, Mapping[str, Words]] = {
    "NL": {
        "addition": Words("de toevoeging"),
        "additions": Words("twee toevoegingen"),
        "examples": Words("A, bis, hs, 3 of 2/1, of het woord beneden"),
        "letters": Words("Letters horen bij de toevoeging."),
        "city": Words("woonplaats"),
    },
    "BE": {
        "addition": Words("het busnummer"),
        "additions": Words("twee busnummers"),
        "examples": Words("3, A3 of 0301"),
        "letters": Words("Een letter mag erachter: 12A."),
        "city": Words("gemeente"),
    },
}
"""What the texts about an address call its parts, by the name of the value. Who knows the country fills in its own."""
_DUTCH = WORDS["NL"]
_NUMBER_TEXT = Words("Vul een huisnummer in van 1 tot en met 99999, bijvoorbeeld 12. {letters}", **_DUTCH)
_ADDITION_TEXT = Words(
    "Zo past {addition} niet. Gebruik hooguit 5 letters of cijfers, bijvoorbeeld {examples}. Kort iets langers af.",
    **_DUTCH,
)
_MORE_ADDITIONS_TEXT = Words(
    "Bedoelt u meer dan één huis? Vul dan alleen het eerste in, met {addition} van dat huis.", **_DUTCH
)
_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_SPLIT = re.compile(r"0*([1-9][0-9]{0,4})(?![0-9])(.*)")
# A whole number as JSON or a spreadsheet may write it: 3.0.
_WHOLE_WITH_DECIMALS = re.compile(r"^([0-9]+)[.,]0+$", re.ASCII)
_UNTIL = r"t\s*/\s*m|tot\s+en\s+met|tot|tm|t\.?e\.?m\.?"
_AND = r"en|of|and|resp\.?|plus|[&+;~]|,(?=\s)|\.\.+"
# `12 en 14`, `12/14`, `12A-14` and `15-23 A02` name a second house; `12-3`, `2-3 hoog` and `12/0302` have an addition.
_SECOND_NUMBER = re.compile(
    rf"\s*-?\s*[A-Za-z]?\s*(?:(?P<word>{_UNTIL}|{_AND})|[-/\\|:])\s*(?P<second>[0-9]{{1,5}})(?P<rest>.*)",
    re.ASCII | re.IGNORECASE,
)
_FLOOR = re.compile(r"[\s-]*(?:e|de|ste)?[\s-]*(?:hoog|hg|etage|verd)", re.IGNORECASE)
_SECOND_HOUSE = re.compile(rf"\W*({_UNTIL}|{_AND})\W*([0-9]{{1,5}})", re.ASCII | re.IGNORECASE)
# `a en b`, `a t/m c` and `a-c` name several houses; `A-H` and `A-I` are the ground and the first floor of 12A.
_SECOND_ADDITION = re.compile(
    r"[a-z0-9]\s*(?:\b(?:en|of|tot|tm)\b|[&+])\s*[a-z0-9]|t\s*/\s*m|^(?:en|of|tot|tm)$|^[a-z]\s*-\s*[b-gj-uwyz]$",
    re.ASCII | re.IGNORECASE,
)
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])(?:\s*([.-])\s*|(\s)\s*)(?=[0-9])", re.ASCII)
_NUMBER_WORD = re.compile(r"^(?:huis)?(?:nummer|nr|no)\b[\s.:]*|^#\s*", re.IGNORECASE)
_BOX_NUMBER = re.compile(r"\bbus\s*(?:nummer|nr|no)?\s*[.:]?\s*(?=[0-9])", re.IGNORECASE)  # `bus nr. 3`
# Longer than the addition that Hoomdossier stores, with a short form that people use too.
_SHORTER = (("benedenwoning", "beneden"), ("bovenwoning", "boven"), ("bus", "b"))


@dataclass(frozen=True)
class HouseNumber:
    """`addition` has no spaces, hyphens and full stops, and the capitals that were typed; `""` when there is none."""

    number: int
    addition: str

    def for_people(self, *, belgian: bool) -> str:
        """`12A`, `12-3`, `12 bis`, `12 bus 3`: with a separator wherever number and addition would run together.

        `belgian`: reads `104` and `b104` as box 104.
        """
        for form, written in (*_BELGIAN_FORMS, *_FORMS) if belgian else _FORMS:
            found = re.fullmatch(form, self.addition)
            if found:
                return f"{self.number}{found.expand(written)}"
        return f"{self.number}{self.addition}"


_BELGIAN_FORMS = (
    (r"([0-9]+)", r" bus \1"),
    (r"([A-Za-z]?)b([0-9].*)", r"\1 bus \2"),
    (r"b([A-Z][0-9].*)", r" bus \1"),
)
_FORMS = (
    (r"([A-Za-z]?)[Bb][Uu][Ss]([A-Za-z0-9].*)", r"\1 bus \2"),
    (r"(I{1,3}|IV|VI{1,3}|IX)", r"-\1"),  # Floors in Amsterdam. Without the hyphen 12I looks like 121.
    (r"([A-Z])-?(II|III|IV)", r"\1-\2"),
    (r"([0-9].*)", r"-\1"),
    (r"([A-Za-z]{2,})([0-9].*)", r" \1 \2"),
    (r"([A-Za-z]{2,}.*)", r" \1"),
)


def is_belgian(postal_code: str) -> bool:
    """Whether this is a Belgian postcode: four digits and no letters."""
    return bool(re.fullmatch(r"[1-9][0-9]{3}", postal_code.strip()))


def postal_code(text: str, country: Country) -> str:
    """`1234 AB` or `9000`. Raises Problem, also for the letters SA, SD and SS, which do not exist."""
    line = one_line(text).translate(_HYPHENS).strip(" ,;.:\"'()")
    bare = re.sub(r"[\s.-]", "", _WHOLE_WITH_DECIMALS.sub(r"\1", line)).upper()
    # The former country codes of international mail: B-9000.
    bare = re.sub(r"^(?:BE?|NL)(?=[0-9])" if country == "BE" else r"^NL(?=[0-9])", "", bare)
    if not accepts_postal_code(bare, country):
        sign = first_sign(line, " .-")
        about = (Words("In de postcode kan {sign} niet staan.", sign=sign),) if sign else ()
        raise Problem(*about, _POSTAL_CODE_TEXT[country])
    return f"{bare[:4]} {bare[4:]}".rstrip()


def house_number(number: str, addition: str = "") -> HouseNumber:
    """Splits `12a`, `12 bis`, `12A-III`, `12-3` and `12/2`; the text in `addition` comes after what was split off.

    Raises Problem for what only the resident knows: `12-14` and `12 en 14` are two houses, or one with addition 14. The
    addition `0` counts as none, because some forms send it for an empty field.
    """
    first, rest = _cut(number)
    _refuse_second_number(first, rest)
    attached, separate = (_typed_addition(part, first) for part in (rest, addition))
    joined = _joined(attached, separate)
    _refuse_second_house(joined, first)
    return HouseNumber(first, "" if is_nothing(joined) else joined)


def kept_house_number(number: str, addition: str = "") -> HouseNumber:
    """As `house_number`, for an address that a peer stores. Nobody can answer a question about it, so it asks none.

    It drops signs from the addition as Hoomdossier does, and keeps an addition `0`. Raises Problem.
    """
    first, rest = _cut(number)
    attached, separate = house_number_addition(rest), house_number_addition(addition)
    if attached.casefold() == separate.casefold():
        separate = ""
    return HouseNumber(first, house_number_addition(attached + separate))


def house_number_addition(text: str) -> str:
    """An addition alone, in the form of `HouseNumber.addition`. Raises Problem when Hoomdossier would refuse it."""
    line = _WHOLE_WITH_DECIMALS.sub(r"\1", _tidy(text))
    bare = re.sub(r"[\s.-]", "", line).rstrip("/")
    if is_nothing(line) and not bare.isdecimal():
        return ""
    if not _fits(bare):
        for long, short in _SHORTER:
            bare = re.sub(long, short, bare, flags=re.IGNORECASE)
    if not _fits(bare):
        sign = first_sign(line, " /.-")
        about = (Words("In {addition} kan {sign} niet staan.", sign=sign, **_DUTCH),) if sign else ()
        raise Problem(*about, _ADDITION_TEXT)
    return bare


def _tidy(text: str) -> str:
    return one_line(text).translate(_HYPHENS).strip(" ,;:()")


def _cut(number: str) -> tuple[int, str]:
    """The number, and the text behind it. Raises Problem without a number."""
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
        raise Problem(
            Words(
                "In {addition} staat {sign} tussen twee cijfers. Zonder dat wordt het een ander nummer. Vul alleen "
                "het deel in dat bij uw huis hoort, of gebruik een schuine streep, bijvoorbeeld 3/1.",
                sign=first_sign(sign[1] or " ", ""),
                **_DUTCH,
            )
        )
    return house_number_addition(line)


def _joined(attached: str, separate: str) -> str:
    """Joins both additions. The same one in both fields counts once: `12a` and `a`, or `12 bus 3` and `3`."""
    boxes = {re.sub(r"^(?:bus|b)(?=[0-9])", "", part.casefold()) for part in (attached, separate)}
    if len(boxes) == 1:
        return max(attached, separate, key=len)
    if attached[-1:].isdigit() and separate[:1].isdigit():
        raise Problem(
            Words("Er staan {additions}: {one} en {other}. Vul er één in.", one=attached, other=separate, **_DUTCH)
        )
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
    both = {"first": first, "second": second}
    is_pair = re.match(_AND, f"{word} ", re.IGNORECASE)
    return Problem(
        Words(
            "Bedoelt u de huisnummers {houses}? Vul dan alleen {first} in. Is {second} {addition}? Vul {second} dan in "
            "het vak daarvoor in.",
            houses=Words("{first} en {second}", **both) if is_pair else Words("{first} tot en met {second}", **both),
            **both,
            **_DUTCH,
        )
    )


def home_key(postal_code: str, number: int | str, addition: str = "") -> str:
    """`1234AB 12A`: the one form in which homes are stored, searched and compared."""
    return f"{postal_code.replace(' ', '').upper()} {number}{addition.upper()}"
