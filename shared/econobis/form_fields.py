"""The fields of Econobis' web form that a resident may fill in, the form of their values, and those that never pass.

The other fields of the web form (`docs/peers/econobis.md` 4.3) follow from the form's settings, or are not used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatchcase

from shared.domain.accepted import Country
from shared.words import Words

# A pattern, and the text about a value that does not fit it. Econobis' columns hold 191 characters.
_LINE = (r"[^\x00-\x1f\x7f]{0,191}", Words("Dit is te lang of bevat tekens die niet kunnen."))
_TEXT = (r"[^\x00]{0,2000}", Words("Dit is te lang of bevat tekens die niet kunnen."))
_ID = (r"[0-9]{1,9}", Words("Dit moet een nummer zijn."))
_IDS = (r"[0-9]{1,9}( ?, ?[0-9]{1,9}){0,49}", Words("Dit moet een lijst van nummers zijn, met komma's ertussen."))
_DATE = (
    r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
    Words("Dit moet een datum zijn, zoals 2026-12-31."),
)
_WHOLE = (r"[0-9]{1,6}", Words("Dit moet een heel getal zijn."))
_YEAR = (r"[12][0-9]{3}", Words("Dit moet een jaartal zijn."))
_YES_NO = (r"[01]", Words("Dit moet 1 (ja) of 0 (nee) zijn."))
_YES_NO_UNKNOWN = (r"[012]", Words("Dit moet 0 (nee), 1 (ja) of 2 (onbekend) zijn."))
_SHORT = (r"[a-z0-9-]{1,60}", Words("Dit is onbekend."))

# A value that does not fit can cost the whole call: Econobis answers a Dutch date or a decimal comma with a 500 and
# rolls everything back.
_FORMATS: dict[tuple[str, Words], tuple[str, ...]] = {
    _LINE: (
        "voorletters", "voornaam", "tussenvoegsel", "achternaam", "emailadres", "telefoonnummer",
        "adres_straat", "adres_huisnummer", "adres_toevoeging", "adres_postcode", "adres_plaats",
    ),
    _TEXT: ("contact_opmerkingen", "intake_opmerkingen_bewoner", "woondossier_opmerking"),
    _ID: ("titel_id", "woondossier_woningtype_id", "woondossier_daktype_id", "woondossier_energielabel_id"),
    _IDS: ("intake_motivatie_ids", "intake_interesse_ids", "intake_aanmeldingsbron_ids"),
    _DATE: (
        "geboortedatum", "verbruik_gas_begindatum", "verbruik_gas_einddatum",
        "verbruik_electriciteit_begindatum", "verbruik_electriciteit_einddatum",
    ),
    _WHOLE: (
        "verbruik_gas_verbruik_m3", "verbruik_electriciteit_verbruik_hoog", "verbruik_electriciteit_verbruik_laag",
        "verbruik_electriciteit_terug_hoog", "verbruik_electriciteit_terug_laag", "woondossier_verbruik_gas",
        "woondossier_verbruik_elektriciteit", "woondossier_gebruiksoppervlakte", "woondossier_aantal_bouwlagen",
        "woondossier_aantal_bewoners", "woondossier_opbrengst_zonnepanelen",
    ),
    _YEAR: ("woondossier_bouwjaar",),
    _YES_NO: ("akkoord_privacybeleid",),
    _YES_NO_UNKNOWN: ("woondossier_koophuis", "woondossier_monument"),
    _SHORT: ("woondossier_stooktemperatuur",),
}  # fmt: skip
_FORMAT_OF = {field: form for form, fields in _FORMATS.items() for field in fields}

EMAIL = "emailadres"
RESIDENT_FIELDS = frozenset(_FORMAT_OF)
REMARKS = frozenset(_FORMATS[_TEXT])
ID_LISTS = frozenset(_FORMATS[_IDS])

# What a resident calls a field, unless the form's settings give its label.
LABELS: Mapping[str, str] = {
    "voorletters": "Voorletters",
    "voornaam": "Voornaam",
    "tussenvoegsel": "Tussenvoegsel",
    "achternaam": "Achternaam",
    "emailadres": "E-mailadres",
    "telefoonnummer": "Telefoonnummer",
    "titel_id": "Aanhef",
    "geboortedatum": "Geboortedatum",
    "adres_straat": "Straat",
    "adres_huisnummer": "Huisnummer",
    "adres_toevoeging": "Toevoeging",
    "adres_postcode": "Postcode",
    "adres_plaats": "Woonplaats",
    "akkoord_privacybeleid": "Akkoord met het privacybeleid",
    "contact_opmerkingen": "Opmerkingen",
    "intake_opmerkingen_bewoner": "Opmerkingen",
    "intake_motivatie_ids": "Waarom u meedoet",
    "intake_interesse_ids": "Waarin u interesse heeft",
    "intake_aanmeldingsbron_ids": "Hoe u van ons hoorde",
    "woondossier_opmerking": "Opmerkingen over de woning",
    "woondossier_woningtype_id": "Soort woning",
    "woondossier_daktype_id": "Soort dak",
    "woondossier_energielabel_id": "Energielabel",
    "woondossier_bouwjaar": "Bouwjaar",
    "woondossier_gebruiksoppervlakte": "Oppervlakte van de woning (m²)",
    "woondossier_aantal_bouwlagen": "Aantal bouwlagen",
    "woondossier_aantal_bewoners": "Aantal bewoners",
    "woondossier_koophuis": "Koopwoning",
    "woondossier_monument": "Monument",
    "woondossier_stooktemperatuur": "Stooktemperatuur",
    "woondossier_verbruik_gas": "Gasverbruik (m³)",
    "woondossier_verbruik_elektriciteit": "Stroomverbruik (kWh)",
    "woondossier_opbrengst_zonnepanelen": "Opbrengst van de zonnepanelen (kWh)",
    "verbruik_gas_begindatum": "Gasverbruik, eerste dag",
    "verbruik_gas_einddatum": "Gasverbruik, laatste dag",
    "verbruik_gas_verbruik_m3": "Gasverbruik (m³)",
    "verbruik_electriciteit_begindatum": "Stroomverbruik, eerste dag",
    "verbruik_electriciteit_einddatum": "Stroomverbruik, laatste dag",
    "verbruik_electriciteit_verbruik_hoog": "Stroomverbruik, hoog tarief (kWh)",
    "verbruik_electriciteit_verbruik_laag": "Stroomverbruik, laag tarief (kWh)",
    "verbruik_electriciteit_terug_hoog": "Teruggeleverde stroom, hoog tarief (kWh)",
    "verbruik_electriciteit_terug_laag": "Teruggeleverde stroom, laag tarief (kWh)",
}

_LABELS_IN: Mapping[Country, Mapping[str, str]] = {
    "NL": LABELS,
    "BE": {**LABELS, "adres_toevoeging": "Bus", "adres_plaats": "Gemeente"},
}

# The reason why a form may never set these fields, even when its settings name them. `*` stands for any text.
NEVER: dict[str, tuple[str, ...]] = {
    "a visitor could write over somebody else's contact, or make a double one": (
        "contact_nummer", "forceer_nieuw_contact", "verbinding_*",
    ),
    "taken only encrypted; a plain id makes a new contact (known-limits E4)": ("intake_id", "kans_id", "kansactie_id"),
    "follows from the form's settings, and the country from the postcode": (
        "intake_campagne_id", "intake_maatregel_id*", "hoomdossier_aanmaken", "kansactie_*", "adres_land_id",
    ),
    "our own: the key of the sign-up, and the moment that we saw the consent": (
        "intake_id_extern", "datum_akkoord_privacybeleid",
    ),
    "Econobis opens any address or file that stands there (E18)": ("*bijlage*",),
    "staff's own administration": (
        "kans_code", "intake_status_id", "contact_groep*", "woondossier_opmerking_coach",
        "woondossier_status_energielabel_id", "adres_type_id",
    ),
    "fails after Econobis has committed when it does not fit (known-limits E15)": ("taak_*", "verantwoordelijke_*"),
    "payments and contracts are no sign-up": (
        "*iban*", "incasso_*", "deelname_*", "order_*", "dongel_*", "energieleverancier_*",
    ),
    "an organisation can have no dossier, and Econobis does not say which contact it made": (
        "organisatienaam", "kvk", "btw_nr", "website",
    ),
    "Econobis stores prices crossed (E13); amounts go as whole numbers, so there is nothing to separate": (
        "verbruik_*_tarief_*", "verbruik_*_kosten*", "decimaal_scheidingsteken",
    ),
    "values end up with another measure (E22)": ("woondossier_maatregelen_*",),
}  # fmt: skip


def labels_in(country: Country) -> Mapping[str, str]:
    """What a resident there calls a field, unless the form's settings give its label."""
    return _LABELS_IN[country]


def why_never(field: str) -> str | None:
    """The reason in English, for the settings file. None for a resident's field, and for an unknown one."""
    return next(
        (reason for reason, patterns in NEVER.items() if any(fnmatchcase(field.lower(), it) for it in patterns)), None
    )


def wrong_values(values: Mapping[str, str]) -> dict[str, Words]:
    """A text in Dutch for each value that does not fit its field. Empty values and unknown fields are passed over."""
    checked = {field: _FORMAT_OF[field] for field, value in values.items() if value and field in _FORMAT_OF}
    return {
        field: text
        for field, (pattern, text) in checked.items()
        if not re.fullmatch(pattern, values[field]) or (pattern == _DATE[0] and not _is_a_day(values[field]))
    }


def _is_a_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
