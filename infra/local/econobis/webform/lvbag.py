"""Street and city of a new address, looked up in the national address register (LV-BAG) where Econobis would.

The answer is a stub: none, or what a recorded case says (`lvbag_stub`).
"""

from __future__ import annotations

import json
import re
from typing import Any

from infra.local.econobis.webform import php
from infra.local.econobis.webform.call import Call

_STREET = ("street", "straat", "korteNaam", "openbareRuimteNaam")
_CITY = ("city", "plaats", "woonplaatsNaam", "woonplaats")


def street_and_city(call: Call) -> tuple[str, str]:
    """What was sent, or what the register says; asked when the street is missing or a city was sent."""
    form = call.form
    street, city = form["adres_straat"], form["adres_plaats"]
    if street and not php.is_true(city):
        return street, city
    place = f"postcode {form.postal_code} en huisnummer {form.number}"
    found = _answer(call)
    if found:
        call.log(f"Bij {place} straat en plaats automatisch bepaald via LvBag: {found[0]} | {found[1]}.")
        return found
    call.log(f"Straat/Woonplaats kon niet automatisch bepaald worden bij {place}.")
    return street, city


def _answer(call: Call) -> tuple[str, str] | None:
    form = call.form
    number = php.to_float(str(form.number))
    if not re.fullmatch(r"\d{4}\s?[A-Za-z]{2}", form.postal_code, re.ASCII) or not 0 < number <= 99_999:
        return None
    stub = next(iter(call.database.rows("_lvbag_stub")), {}).get("answer")
    return _read(stub, [form.postal_code, f"{form.postal_code} {form.number}"])


def _read(stub: Any, keys: list[str]) -> tuple[str, str] | None:
    """A street and a city by any of their names, in an object, a list or a text; or such an answer by postcode."""
    if isinstance(stub, str):
        stub = _parsed(stub)
    if isinstance(stub, list):
        return _read(stub[0], keys) if stub else None
    if not isinstance(stub, dict):
        return None
    street = next((stub[name] for name in _STREET if stub.get(name)), None)
    city = next((stub[name] for name in _CITY if stub.get(name)), None)
    if street and city:
        return str(street), str(city)
    return next((found for key in keys if key in stub and (found := _read(stub[key], keys))), None)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        named = re.findall(rf"({'|'.join(_STREET + _CITY)})\W+([^,;\"'|]*\w)", text)
        return dict(named)
