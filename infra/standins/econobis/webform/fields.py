"""The fields of the form, read and normalised (docs/peers/econobis.md 4.3 and 4.4). They have the names that the form sends.

Upstream `ExternalWebformController.php` `getDataFromRequest`. Fields that the contract leaves out are not read here:
`deelname_*`, `order_*`, `dongel_*`, `energieleverancier_*` (but for the EAN code) and free fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from infra.standins.econobis import php
from infra.standins.econobis.faults import CrashError

_ENCRYPTED = ("intake_id", "kans_id", "kansactie_id")
_ENCRYPTED_FORM = re.compile(r'<Laravel Crypt string of "?(.*?)"?>')

_AMOUNTS = (
    *("kansactie_budgetaanvraag_bedrag", "kansactie_budgetaanvraag_kosten_aanpassing"),
    *("kansactie_bedrag_toekenning", "kansactie_bedrag_vaststelling"),
    *(f"verbruik_gas_voorgesteld_tarief_{kind}" for kind in ("variabel", "vast")),
    *("verbruik_gas_variabele_kosten", "verbruik_gas_vaste_kosten"),
    *(
        f"verbruik_electriciteit_{what}_{hour}"
        for what in ("voorgesteld_tarief_variabel", "voorgesteld_tarief_vast", "variabele_kosten", "vaste_kosten")
        for hour in ("hoog", "laag")
    ),
)

_HOUSING = frozenset(
    f"woondossier_{name}"
    for name in re.findall(
        r"\w+",
        """
        woningtype_id bouwjaar koophuis monument gebruiksoppervlakte daktype_id energielabel_id aantal_bouwlagen
        status_energielabel_id aantal_bewoners opbrengst_zonnepanelen opmerking opmerking_coach
        verbruik_elektriciteit verbruik_gas stooktemperatuur maatregelen_ids maatregelen_campagne_id
        maatregelen_datums_realisatie maatregelen_antwoorden maatregelen_status_ids maatregelen_verdieping_ids
        maatregelen_zijde_ids maatregelen_type_merken
        """,
    )
)

_OTHERS = frozenset(
    re.findall(
        r"\w+",
        """
        decimaal_scheidingsteken verantwoordelijke_gebruiker_id verantwoordelijke_team_id contact_nummer titel_id
        voorletters voornaam tussenvoegsel achternaam geboortedatum organisatienaam kvk btw_nr website
        adres_type_id adres_straat adres_huisnummer adres_toevoeging adres_postcode adres_plaats adres_land_id
        energieleverancier_ean_code_elektra telefoonnummer contact_opmerkingen emailadres iban iban_tnv
        akkoord_privacybeleid datum_akkoord_privacybeleid incasso_machtiging incasso_machtigingskenmerk
        incasso_ondertekening_datum incasso_eerste_datum incasso_schema contact_groep contact_groep_ids
        contact_groep_ids_contactpersoon hoomdossier_aanmaken forceer_nieuw_contact bijlage bijlage2 bijlage3
        verbinding_met_contact_id verbinding_type_id verbruik_gas_begindatum verbruik_gas_einddatum
        verbruik_gas_verbruik_m3 verbruik_electriciteit_begindatum verbruik_electriciteit_einddatum
        verbruik_electriciteit_verbruik_hoog verbruik_electriciteit_verbruik_laag
        verbruik_electriciteit_terug_hoog verbruik_electriciteit_terug_laag
        intake_id intake_id_extern intake_campagne_id intake_motivatie_ids
        intake_maatregel_id intake_maatregel_ids intake_interesse_ids intake_aanmeldingsbron_ids intake_status_id
        intake_opmerkingen_bewoner intake_kans_bijlage intake_kans_bijlage2 intake_kans_bijlage3 kans_id
        kans_code kansactie_id kansactie_aanmaken kansactie_org_of_coach kansactie_omschrijving kansactie_status
        kansactie_datum_afspraak kansactie_datum_afgehandeld kansactie_opmerking_coach
        kansactie_opmerking_projectleider kansactie_opmerking_externe_partij kansactie_opmerking_bewoner
        kansactie_bijlage kansactie_bijlage2 kansactie_bijlage3 kansactie_datum_afspraakpoging_1
        kansactie_datum_afspraakpoging_2 kansactie_datum_afspraakpoging_3 kansactie_datum_uitgebracht
        kansactie_datum_akkoord_bewoner kansactie_datum_akkoord_projectleider kansactie_datum_akkoord_toekenning
        kansactie_datum_toekenning_in_behandeling kansactie_datum_uitgevoerd
        kansactie_datum_vaststelling_in_behandeling kansactie_datum_akkoord_vaststelling
        kansactie_afspraak_kalender_id kansactie_kalender_duratie kansactie_update_afspraak_status
        kansactie_update_afspraak_campagne kansactie_update_afspraak_coach taak_type_id taak_einddatum
        taak_dagen_einddatum taak_afgehandeld taak_campagne_id taak_opmerkingen
        """,
    )
)


class Form:
    """`form["voornaam"]` is the text of a field, "" when it was not sent. `number` is a text, or 0 for no house number.

    `task_codes` are the codes of the task properties, each of which is a field `taak_{code}`. `lines` are the log lines
    of the reading. Raises CrashError for a list or object in a known field.
    """

    def __init__(self, sent: Mapping[str, Any], task_codes: Iterable[str] = ()) -> None:
        names = _OTHERS.union(_AMOUNTS, (f"taak_{code}" for code in task_codes))
        if any(isinstance(sent.get(name), list | dict) for name in names | _HOUSING):
            raise CrashError("a list where a text belongs")
        self._texts = {name: php.trim(php.to_text(sent.get(name))) for name in names}
        self._housing = {name: sent.get(name) for name in _HOUSING}
        self.lines: list[str] = []
        self.only_last_name = self._only_last_name(sent)
        for name in _ENCRYPTED:
            self._texts[name] = self._decrypted(name)
        self._separator = self._read_separator()
        self.postal_code = _upper(self["adres_postcode"].replace(" ", ""))
        self.number, self.addition = _split_number(self["adres_huisnummer"], self["adres_toevoeging"])

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def amount(self, name: str) -> float:
        """The number in a field for an amount, read with the separators of the call; 0 for any other text."""
        return self._decimal(self._texts[name])

    def housing(self, name: str) -> Any:
        """The field `woondossier_{name}` as it was sent. None when it was not: unlike "", that keeps the old value."""
        value = self._housing[f"woondossier_{name}"]
        if name.startswith("verbruik_") and php.is_true(value):
            return self._decimal(php.to_text(value))
        return value

    @property
    def is_organisation(self) -> bool:
        return php.is_true(self["organisatienaam"])

    @property
    def has_address(self) -> bool:
        return php.is_true(self.postal_code) and php.is_true(self.number)

    @property
    def has_housing(self) -> bool:
        return any(value is not None for value in self._housing.values())

    def _only_last_name(self, sent: Mapping[str, Any]) -> bool:
        """Whether the form sent only a last name. Econobis then neither compares nor changes the other names."""
        others = ("voorletters", "voornaam", "tussenvoegsel")
        return (
            not self.is_organisation
            and not any(php.is_true(sent.get(name)) for name in others)
            and php.is_true(self["achternaam"])
        )

    def _decrypted(self, name: str) -> str:
        """An id that was encrypted with Laravel's Crypt (docs/peers/econobis.md 4.7). The recordings write such an id in plain."""
        value = self._texts[name]
        if not php.is_true(value):
            return value
        match = _ENCRYPTED_FORM.fullmatch(value)
        if match is None:
            self.lines.append(f"Veld {name} bevat geen correcte waarde")
            return ""
        return match[1]

    def _read_separator(self) -> str:
        separator = self["decimaal_scheidingsteken"]
        if not php.is_true(separator):
            return ","
        if separator in (",", "."):
            self.lines.append(f"Gebruikte scheidingsteken: {separator}")
            return separator
        self.lines.append(
            f"Ongeldige scheidingsteken: {separator} meegegeven. Default , (komma) gebruiken als scheidingsteken."
        )
        return ","

    def _decimal(self, text: str) -> float:
        thousands = "," if self._separator == "." else "."
        return php.to_float(text.replace(thousands, "").replace(self._separator, "."))


def _upper(text: str) -> str:
    """`strtoupper`: only letters without accents change."""
    return "".join(sign.upper() if sign.isascii() else sign for sign in text)


def _split_number(number: str, addition: str) -> tuple[str | int, str]:
    """House number and addition. The addition begins at the first byte that is no digit, but never at byte one.

    So `12a` becomes 12 and `a`.

    A number without such a byte (`A12`) becomes 0, which means no address, and the addition is lost (known-limits E11).
    """
    if not number:
        kept: str | int = 0
    elif php.is_numeric(number):
        kept = number
    else:
        raw = number.encode("utf-8", "surrogateescape")
        end = next((at for at in range(1, len(raw)) if not 48 <= raw[at] <= 57), None)
        kept = _text(raw[:end]) if end else 0
        addition = _text(raw[end:]) + addition if end else ""
    return kept, addition.replace(" ", "").replace("-", "")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
