"""How a field of the web form is asked in HTML: the kind of input, what a browser may fill in, and fixed choices.

`autocomplete` has the words of the HTML standard. The street has none: with `address-line1` a browser fills in the
number there too. The prefix has none either: `additional-name` is for second names.
"""

from __future__ import annotations

from collections.abc import Mapping

_DATES = ("geboortedatum", "verbruik_gas_begindatum", "verbruik_gas_einddatum", "verbruik_electriciteit_begindatum",
          "verbruik_electriciteit_einddatum")  # fmt: skip
_NUMBERS = (
    "woondossier_bouwjaar", "woondossier_verbruik_gas", "woondossier_verbruik_elektriciteit",
    "woondossier_gebruiksoppervlakte", "woondossier_aantal_bouwlagen", "woondossier_aantal_bewoners",
    "woondossier_opbrengst_zonnepanelen", "verbruik_gas_verbruik_m3", "verbruik_electriciteit_verbruik_hoog",
    "verbruik_electriciteit_verbruik_laag", "verbruik_electriciteit_terug_hoog", "verbruik_electriciteit_terug_laag",
)  # fmt: skip
_YES_NO_UNKNOWN = {"1": "Ja", "0": "Nee", "2": "Weet ik niet"}

_INPUTS: dict[str, Mapping[str, str]] = {
    **{field: {"type": "date"} for field in _DATES},
    **{field: {"inputmode": "numeric"} for field in _NUMBERS},
    "voornaam": {"autocomplete": "given-name"},
    "achternaam": {"autocomplete": "family-name"},
    "emailadres": {"type": "email", "autocomplete": "email"},
    "telefoonnummer": {"type": "tel", "autocomplete": "tel"},
    "geboortedatum": {"type": "date", "autocomplete": "bday"},
    "adres_postcode": {"autocomplete": "postal-code"},
    "adres_plaats": {"autocomplete": "address-level2"},
}
_CHOICES: dict[str, Mapping[str, str]] = {
    "woondossier_koophuis": _YES_NO_UNKNOWN,
    "woondossier_monument": _YES_NO_UNKNOWN,
}


def input_of(field: str) -> Mapping[str, str]:
    """The attributes of the input for this field, without its name."""
    return _INPUTS.get(field, {})


def choices_of(field: str) -> Mapping[str, str]:
    """Value → text of a field that takes only these values, whatever the settings of the form; empty for others."""
    return _CHOICES.get(field, {})
