"""Street and town as a resident, or the browser for him, fills them in; both may stay empty (`""`).

Number and postcode have fields of their own; who repeats them here would read them twice in every mail.
"""

from __future__ import annotations

import re
from contextlib import suppress

from shared.domain.address import HouseNumber, is_belgian, kept_house_number
from shared.domain.nothing import is_nothing
from shared.domain.problem import Problem
from shared.domain.proper_name import proper_name

_NUMBER = re.compile(r"(?:(?<=[\s,])|(?<=[^\W\d_]{4}))[0-9]{1,5}(?![0-9])", re.ASCII)
_NUMBER_WORD = re.compile(r"(?:[\s,]+(?:huis)?(?:nr|no|nummer))?[\s,.-]*$", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[5-9]|20)[0-9]{2}(?![0-9])")  # Plein 1944
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_WORDS_OF_AN_ADDITION = frozenset({
    "bus", "bte", "bis", "huis", "boven", "beneden", "hoog", "links", "rechts", "voor", "achter", "etage", "unit",
    "app", "apt", "appartement", "toevoeging", "iii",
})  # fmt: skip
_NO_STREET_ALONE = frozenset({
    "straat", "laan", "weg", "plein", "dijk", "kade", "kaai", "steeg", "hof", "park", "pad", "blok", "zone", "haven",
    "sluis", "poort", "vak", "kavel",
})  # fmt: skip


def street(text: str, house: HouseNumber | None = None) -> str:
    """Without the number of `house` behind it. Raises Problem, also for a number that is another one."""
    line = proper_name(text).rstrip(",;")
    if is_nothing(line):
        return ""
    return _without_number(line, house) if house else line


def city(text: str, postal_code: str = "") -> str:
    """Without that postcode beside it. Raises Problem, also for another postcode."""
    line = proper_name(text).rstrip(",;")
    if is_nothing(line):
        return ""
    return _without_postal_code(line, postal_code) if postal_code else line


def _without_number(line: str, house: HouseNumber) -> str:
    """`Straat 12` is a street by itself; so is `Plein 1944`, and `Jol 12` of who types `Jol 12 34`."""
    another = ""
    for found in _NUMBER.finditer(line):
        name, rest = _NUMBER_WORD.sub("", line[: found.start()]), line[found.start() :]
        if name.casefold() in _NO_STREET_ALONE:
            continue
        if _agrees(rest, house):
            return name
        another = another or (rest if _is_house_number(rest) else "")
    if another:
        number = house.for_people(belgian=False)
        raise Problem(
            f"Bij straat staat ook een nummer: {another}. U vulde huisnummer {number} in. Vul bij straat alleen de "
            f"naam in. Hoort {another} bij de naam van de straat? Vul dan straat en huisnummer samen in: "
            f"{line} {number}."
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
    return "," in rest or words <= _WORDS_OF_AN_ADDITION


def _without_postal_code(line: str, postal_code: str) -> str:
    digits, letters = postal_code[:4], postal_code[4:].strip()
    own = rf"(?:(?:BE?|NL)\s*-?\s*)?{digits}(?![0-9])" + (rf"(?:\s?{letters}(?!\w))?" if letters else "")
    for form in (rf"{own}[\s,;-]*(.*)", rf"(.*?)[\s,;(-]*(?<!\w){own}\)?"):
        found = re.fullmatch(form, line, re.IGNORECASE)
        if found:
            return found[1]
    letters_too = "" if is_belgian(postal_code) else r"(?:\s?[A-Z]{2}\b)?"
    other = re.search(rf"(?<![0-9])[1-9][0-9]{{3}}(?![0-9]){letters_too}", line)
    if other:
        raise Problem(
            f"Bij woonplaats staat postcode {other[0]}, en dat is een andere dan {postal_code}. "
            "Vul bij woonplaats alleen de naam in, en kijk de postcode na."
        )
    return line
