"""Hoomdossier's own rules for Dutch and Belgian addresses and phone numbers (its `app/Rules/*.php`).

Each function takes a country (`nl` or `be` in any case; others are refused) and any JSON value but null, and raises
php.Uncaught for a list or an object. As in PHP, `$` also matches before a line break at the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.standins.hoomdossier.php import text

_POSTAL_CODE = {
    "nl": re.compile(r"^[1-9]\d{3} ?(?!s[ads])[a-z]{2}$", re.ASCII | re.IGNORECASE),
    "be": re.compile(r"^[1-9]\d{3}$", re.ASCII),
}
_HOUSE_NUMBER = dict.fromkeys(
    ["nl", "be"], re.compile(r"^[1-9](?:[a-z0-9]*|\s?-\s?[a-z0-9]+)$", re.ASCII | re.IGNORECASE)
)
_EXTENSION = dict.fromkeys(["nl", "be"], re.compile(r"^(?:[A-Za-z0-9 /]{0,5}|beneden)$"))
_PHONE_NUMBER = {
    "nl": re.compile(
        r"^(?:\+\d\d(?:\(0\))?|\(\+\d\d\)\(0\)|00\d\d|0)(?:\d{9}|0[\d\s]{9})$"
        r"|^\(0[1-9]{2}\)\s?\d{7}"
        r"|^\(0[1-9]{3}\)\s?\d{6}"
        r"|\+310?[1-9][\d\s]{9}",  # May be anywhere in the text.
        re.ASCII,
    ),
    # Mobile numbers only.
    "be": re.compile(r"^(?:(?:00|\+)32|0)4(?:5[56]|6[05-8]|[789]\d)\d{6}$", re.ASCII),
}


def postal_code(country: str, value: Any) -> bool:
    """NL: `1234AB` or `1234 ab`, without the letters SA, SD and SS. BE: four digits."""
    return _fits(_POSTAL_CODE, country, text(value))


def house_number(country: str, value: Any) -> bool:
    """Letters and digits that start with 1-9 (`12a`). A hyphen may only come after a first digit (`1-3`, not `12-3`)."""
    return _fits(_HOUSE_NUMBER, country, text(value).strip(" \t\n\r\0\v").replace(" ", ""))


def house_number_extension(country: str, value: Any) -> bool:
    """At most five letters, digits, spaces and slashes, or `beneden`."""
    return _fits(_EXTENSION, country, text(value))


def phone_number(country: str, value: Any) -> bool:
    """NL: ten digits, or a number with a country code. BE: mobile numbers only. Ignores spaces and hyphens."""
    return _fits(_PHONE_NUMBER, country, text(value).replace("-", "").replace(" ", ""))


def _fits(patterns: Mapping[str, re.Pattern[str]], country: str, value: str) -> bool:
    pattern = patterns.get(country.lower())
    return pattern is not None and pattern.search(value) is not None
