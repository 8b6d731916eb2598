"""Hoomdossier's rules for addresses and telephone numbers (`docs/peers/hoomdossier.md` 2.1; its app/Rules/*.php).

The patterns are literal copies: ASCII only, and `$` matches before a final line break too. Econobis checks none of
these values, so a value that passes here is accepted by both peers.

The rules stand in the domain, and not in `shared/hoomdossier`: they decide which form of an address or a number the
whole link keeps, from the web form on. Passing them to `address.py` and `person.py` as arguments would lead them
through every caller.
"""

from __future__ import annotations

import re
from typing import Literal

Country = Literal["NL", "BE"]

_POSTAL_CODE: dict[str, re.Pattern[str]] = {
    "NL": re.compile(r"[1-9][0-9]{3} ?(?!sa|sd|ss)[a-z]{2}$", re.ASCII | re.IGNORECASE),
    "BE": re.compile(r"[1-9][0-9]{3}$", re.ASCII),
}
_ADDITION = re.compile(r"(?:[A-Za-z0-9 /]{0,5}|beneden)$")
_COUNTRY_CODE = r"(?:\+[0-9]{2}(?:\(0\))?|\(\+[0-9]{2}\)\(0\)|00[0-9]{2}|0)"
_PHONE: dict[str, tuple[re.Pattern[str], ...]] = {
    "NL": (
        re.compile(rf"^{_COUNTRY_CODE}(?:[0-9]{{9}}|0[0-9\s]{{9}})$", re.ASCII),
        re.compile(r"^\(0[1-9]{2}\)\s?[0-9]{7}", re.ASCII),
        re.compile(r"^\(0[1-9]{3}\)\s?[0-9]{6}", re.ASCII),
        re.compile(r"\+310?[1-9][0-9\s]{9}", re.ASCII),  # Hoomdossier's rule does not anchor this one.
    ),
    "BE": (re.compile(r"^(?:(?:00|\+)32|0)(?:45[56]|46[05-8]|4[789][0-9])[0-9]{6}$"),),
}


def accepts_postal_code(text: str, country: str) -> bool:
    """`1234 AB` in the Netherlands, `9000` in Belgium."""
    pattern = _POSTAL_CODE.get(country.upper())
    return bool(pattern and pattern.match(text))


def accepts_addition(text: str, country: str) -> bool:
    """`text` is an addition as `as_stored` returns it."""
    return country.upper() in _POSTAL_CODE and bool(_ADDITION.match(text))


def as_stored(addition: str) -> str:
    """The addition as Hoomdossier stores it: no white space and hyphens, ASCII letters in lower case."""
    bare = re.sub(r"[\s-]+", "", addition, flags=re.ASCII)
    return re.sub(r"[A-Z]+", lambda letters: letters[0].lower(), bare)


def accepts_phone(text: str, country: str) -> bool:
    """Dutch and many foreign numbers in the Netherlands, mobile numbers only in Belgium."""
    bare = text.replace("-", "").replace(" ", "")
    return any(pattern.search(bare) for pattern in _PHONE.get(country.upper(), ()))
