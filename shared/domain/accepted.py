"""What Hoomdossier accepts, to the letter (`docs/peers/hoomdossier.md` 2.1; its app/Rules/*.php).

ASCII only, and `$` also before a line break at the end, as its regular expressions have it. Econobis checks none of
this, so a value that passes here and fits its columns is accepted by both.
"""

from __future__ import annotations

import re
from typing import Literal

Country = Literal["NL", "BE"]

_POSTAL_CODE: dict[str, re.Pattern[str]] = {
    "NL": re.compile(r"[1-9][0-9]{3} ?(?!sa|sd|ss)[a-z]{2}$", re.ASCII | re.IGNORECASE),
    "BE": re.compile(r"[1-9][0-9]{3}$", re.ASCII),
}
_HOUSE_NUMBER = re.compile(r"[1-9](?:\s?-\s?[A-Za-z0-9]+|[A-Za-z0-9]*)$", re.ASCII)
_ADDITION = re.compile(r"(?:[A-Za-z0-9 /]{0,5}|beneden)$")
_COUNTRY_CODE = r"(?:\+[0-9]{2}(?:\(0\))?|\(\+[0-9]{2}\)\(0\)|00[0-9]{2}|0)"
_PHONE: dict[str, tuple[re.Pattern[str], ...]] = {
    "NL": (
        re.compile(rf"^{_COUNTRY_CODE}(?:[0-9]{{9}}|0[0-9\s]{{9}})$", re.ASCII),
        re.compile(r"^\(0[1-9]{2}\)\s?[0-9]{7}", re.ASCII),
        re.compile(r"^\(0[1-9]{3}\)\s?[0-9]{6}", re.ASCII),
        re.compile(r"\+310?[1-9][0-9\s]{9}", re.ASCII),  # Anywhere in the text.
    ),
    "BE": (re.compile(r"^(?:(?:00|\+)32|0)(?:45[56]|46[05-8]|4[789][0-9])[0-9]{6}$"),),
}


def accepts_postal_code(text: str, country: str) -> bool:
    pattern = _POSTAL_CODE.get(country.upper())
    return bool(pattern and pattern.match(text))


def accepts_house_number(text: str, country: str) -> bool:
    """The rule alone. The call wants a whole number besides."""
    bare = text.strip(" \t\n\r\0\v").replace(" ", "")
    return country.upper() in _POSTAL_CODE and bool(_HOUSE_NUMBER.match(bare))


def accepts_addition(text: str, country: str) -> bool:
    """Of an addition as `as_stored` gives it."""
    return country.upper() in _POSTAL_CODE and bool(_ADDITION.match(text))


def as_stored(addition: str) -> str:
    """Hoomdossier's form of an addition: without white space and hyphens, ASCII letters in lower case."""
    bare = re.sub(r"[\s-]+", "", addition, flags=re.ASCII)
    return re.sub(r"[A-Z]+", lambda letters: letters[0].lower(), bare)


def accepts_phone(text: str, country: str) -> bool:
    bare = text.replace("-", "").replace(" ", "")
    return any(pattern.search(bare) for pattern in _PHONE.get(country.upper(), ()))
