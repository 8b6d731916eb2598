"""Street and city of a new address, which Econobis looks up in the national address register, LV-BAG.

The stand-in does not call the register: the answer is the row of `_lvbag_stub` (a recorded case sets it), or none.
"""

from __future__ import annotations

import json
import re
from typing import Any

from infra.standins.econobis import php
from infra.standins.econobis.webform.call import Call

_STREET = ("street", "straat", "korteNaam", "openbareRuimteNaam")
_CITY = ("city", "plaats", "woonplaatsNaam", "woonplaats")


def street_and_city(call: Call) -> tuple[str, str]:
    """As sent when there is a street and no city, else the register's answer if there is one (known-limits E12)."""
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
    """The first street and city in the stub; None without both. The recordings leave the form of a stub open.

    They are found under any of their names at any depth, or as a pair of texts. Where the keys are postal codes, only
    the part of this address counts.
    """
    if isinstance(stub, str):
        stub = _parsed(stub)
    if isinstance(stub, list):
        pair = len(stub) == 2 and all(isinstance(part, str) for part in stub)
        return (stub[0], stub[1]) if pair else next(filter(None, (_read(part, keys) for part in stub)), None)
    if not isinstance(stub, dict):
        return None
    street = next((stub[name] for name in _STREET if stub.get(name)), None)
    city = next((stub[name] for name in _CITY if stub.get(name)), None)
    if street and city:
        return str(street), str(city)
    by_place = {key: part for key, part in stub.items() if re.match(r"\d{4} ?[A-Z]{2}\b", key)}
    parts = [part for key, part in by_place.items() if key in keys] if by_place else list(stub.values())
    return next(filter(None, (_read(part, keys) for part in parts if isinstance(part, dict | list))), None)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return dict(re.findall(rf"({'|'.join(_STREET + _CITY)})\W+([^,;\"'|]*\w)", text))
