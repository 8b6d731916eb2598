"""Reads street and town as a resident, or his browser, fills them in. Both may be empty (`""`).

A house number in the street, or a postcode in the town, is taken off: they have their own fields, and would be in every
mail twice.
"""

from __future__ import annotations

import re
from contextlib import suppress

from shared.domain.address import WORDS, HouseNumber, kept_house_number
from shared.domain.nothing import is_nothing
from shared.domain.problem import Problem
from shared.domain.proper_name import proper_name
from shared.words import Words

_NUMBER = re.compile(r"(?:(?<=[\s,])|(?<=[^\W\d_]{4}))[0-9]{1,5}(?![0-9])", re.ASCII)
_NUMBER_WORD = re.compile(r"(?:[\s,]+(?:huis)?(?:nr|no|nummer))?[\s,.-]*$", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[5-9]|20)[0-9]{2}(?![0-9])")  # Plein 1944
# Street names that start with a number: 8 Meilaan, 11 Novemberstraat, 40 Roedenweg.
_WITH_A_NUMBER = re.compile(
    r"januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|roede|bunder|morgen",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_POSTAL_CODE_AND_TOWN = re.compile(r"\s[1-9][0-9]{3}\s*[A-Za-z]")
_COUNTRY = re.compile(r"\s*[,(]\s*(?:NL|BE|Nederland|Belgi[\u00ebe]|Netherlands|Belgium)\)?$", re.IGNORECASE)
_WORDS_OF_AN_ADDITION = frozenset({
    "bus", "bte", "bis", "huis", "boven", "beneden", "hoog", "links", "rechts", "voor", "achter", "etage", "unit",
    "app", "apt", "appartement", "toevoeging", "iii",
})  # fmt: skip
_NO_STREET_ALONE = frozenset({
    "straat", "laan", "weg", "plein", "dijk", "kade", "kaai", "steeg", "hof", "park", "pad", "blok", "zone", "haven",
    "sluis", "poort", "vak", "kavel",
})  # fmt: skip


def street(text: str, house: HouseNumber | None = None) -> str:
    """The street without the number of `house`. Raises Problem, also when it contains another house number."""
    line = proper_name(text).rstrip(",;")
    if is_nothing(line):
        return ""
    return _without_number(line, house) if house else line


def city(text: str, postal_code: str = "") -> str:
    """The town without `postal_code`. Raises Problem, also when it contains another postcode."""
    line = proper_name(text).rstrip(",;")
    if is_nothing(line):
        return ""
    return _without_postal_code(line, postal_code) if postal_code else line


def _without_number(line: str, house: HouseNumber) -> str:
    """Numbers that belong to the name stay: `Straat 12`, `Plein 1944`, and `Jol 12` in `Jol 12 34`."""
    in_front = re.fullmatch(r"([0-9]{1,5}[A-Za-z]?)(,\s*|\s+)(\D+)", line)  # 16, rue de la Loi
    if in_front and _agrees(in_front[1], house) and (in_front[2].strip() or not _WITH_A_NUMBER.match(in_front[3])):
        return in_front[3]
    another = ""
    for found in _NUMBER.finditer(line):
        name, rest = _NUMBER_WORD.sub("", line[: found.start()]), line[found.start() :]
        if name.casefold() in _NO_STREET_ALONE:
            continue
        if _agrees(rest, house):
            return name
        another = another or (rest if _is_house_number(rest) else "")
    if another:
        raise Problem(
            Words(
                "Bij straat staat ook een nummer: {another}. U vulde huisnummer {number} in. Vul bij straat alleen de "
                "naam in. Hoort {another} bij de naam van de straat? Vul dan straat en huisnummer samen in: {street} "
                "{number}.",
                another=another,
                number=house.for_people(belgian=False),
                street=line,
            )
        )
    return line


def _agrees(rest: str, house: HouseNumber) -> bool:
    with suppress(Problem):
        found = kept_house_number(rest)
        return found.number == house.number and found.addition.casefold() in {"", house.addition.casefold()}
    return False


def _is_house_number(rest: str) -> bool:
    if _YEAR.match(rest):
        return False
    words = {word.casefold() for word in _LETTERS.findall(rest)}
    return "," in rest or bool(_POSTAL_CODE_AND_TOWN.search(rest)) or words <= _WORDS_OF_AN_ADDITION


def _without_postal_code(line: str, postal_code: str) -> str:
    digits, letters = postal_code[:4], postal_code[4:].strip()
    # The letters of a Dutch postcode may be absent (`1013 Amsterdam`, `3732 De Bilt`), but not other letters.
    end = rf"(?:\s?{letters}\b|(?=[\s,)]|$)(?!\s?(?-i:(?!DE|ST)[A-Z]{{2}}\b)))" if letters else "(?![0-9])"
    own = rf"(?:(?:BE?|NL)\s*-?\s*)?{digits}{end}"
    name = _COUNTRY.sub("", line)
    for side in (rf"^{own}[\s,;-]*", rf"[\s,;(-]*(?<!\w){own}\)?$"):
        name = re.sub(side, "", name, flags=re.IGNORECASE)
    left = re.search(r"(?<![0-9])[1-9][0-9]{3}(?![0-9])(?:\s?[A-Z]{2}\b)?", name)
    if left:
        raise Problem(
            Words(
                "Bij {city} staat ook een postcode: {another}. U vulde postcode {postcode} in. Vul bij {city} alleen "
                "de naam in.",
                city=WORDS["NL"]["city"],
                another=left[0],
                postcode=postal_code,
            )
        )
    return name
