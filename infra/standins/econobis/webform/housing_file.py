"""The housing file (woondossier) of the call's address, from the `woondossier_` fields. Measures: `specifications.py`.

A field that was not sent keeps the stored value. An invalid value is replaced by a default, with a log line. Upstream
`ExternalWebformController.php` `addHousingFileToAddress`.
"""

from __future__ import annotations

from typing import Any

from infra.standins.database import Row
from infra.standins.econobis import contacts, mysql, php
from infra.standins.econobis.mysql_columns import insert, update
from infra.standins.econobis.webform import specifications
from infra.standins.econobis.webform.call import Call

_FIELDS = {
    "building_type_id": "woningtype_id",
    "build_year": "bouwjaar",
    "is_house_for_sale": "koophuis",
    "is_monument": "monument",
    "surface": "gebruiksoppervlakte",
    "roof_type_id": "daktype_id",
    "energy_label_id": "energielabel_id",
    "floors": "aantal_bouwlagen",
    "energy_label_status_id": "status_energielabel_id",
    "number_of_residents": "aantal_bewoners",
    "revenue_solar_panels": "opbrengst_zonnepanelen",
    "remark": "opmerking",
    "remark_coach": "opmerking_coach",
    "amount_electricity": "verbruik_elektriciteit",
    "amount_gas": "verbruik_gas",
    "boiler_setting_comfort_heat": "stooktemperatuur",
}
_WITHOUT = {
    "is_house_for_sale": "2",
    "is_monument": "2",
    "number_of_residents": 0,
    "revenue_solar_panels": 0,
    "remark": "",
    "remark_coach": "",
}
_UNSURE = "unsure"


def add(call: Call, address: Row) -> None:
    """Makes or changes the housing file and sets it in the call. Does nothing when none of its fields was sent."""
    if not call.form.has_housing:
        call.log("Er zijn geen woondossiergegevens meegegeven.")
        return
    call.act_for_webform("Woondossier")
    rows = call.database.rows("housing_files", address_id=address["id"], deleted_at=None)
    known = rows[-1] if rows else None
    values = _checked(call, _values(call, known or {}))
    measures = specifications.read(call)
    place = (
        f"gevonden op adres met postcode: {contacts.postal_code(address)} nummer: {address.get('number', '')}"
        f" toevoeging: {address.get('addition') or ''}. woondossier"
    )
    if known:
        call.log(f"Er is een woondossier met {known['id']} {place} bijwerken.")
        update(call.database, "housing_files", known["id"], call.user_id, **values)
        call.log(f"Woondossier met id {known['id']} is gewijzigd voor adres id {address['id']}.")
        specifications.change(call, known, measures)
    else:
        call.log(f"Er is geen woondossier {place} aanmaken.")
        by = {"created_by_id": call.user_id, "updated_by_id": call.user_id}
        known = insert(call.database, "housing_files", address_id=address["id"], **values, **by)
        call.log(f"Woondossier met id {known['id']} aangemaakt en gekoppeld aan adres id {address['id']}.")
        specifications.add(call, known, measures)
        if not measures.rows:
            call.log("Er zijn geen maatregelen opgenomen voor woondossier.")
    call.housing_file = known


def _values(call: Call, known: Row) -> Row:
    sent = {column: call.form.housing(name) for column, name in _FIELDS.items()}
    return {
        column: value if value is not None else known.get(column, _WITHOUT.get(column))
        for column, value in sent.items()
    }


# -- valid values ----------------------------------------------------------------------------------------------------


def _checked(call: Call, values: Row) -> Row:
    """In the order of Econobis' code, because each invalid value is a log line."""
    _known_row(call, values, "building_type_id", "building_types", "woning type")
    year = values["build_year"]
    if year is not None and not (_is_number(year) and 1000 <= _number(year) <= 3000):
        call.log('Er is geen geldig bouwjaar (tussen 1000 en 3000) meegegeven, default naar "Onbekend"')
        values["build_year"] = None
    for column in ("is_house_for_sale", "is_monument"):
        values[column] = _yes_no_unknown(call, column, values[column])
    _numeric(call, values, "surface", "gebruiksoppervlakte", None)
    _known_row(call, values, "roof_type_id", "roof_types", "dak type")
    _known_row(call, values, "energy_label_id", "energy_labels", "energie label")
    _numeric(call, values, "floors", "aantal_bouwlagen", None)
    _known_row(call, values, "energy_label_status_id", "energy_label_status", "status energie label")
    for column in ("number_of_residents", "revenue_solar_panels"):
        _numeric(call, values, column, "aantal_bouwlagen", 0)  # Econobis' log line has this wrong name.
    _boiler_setting(call, values)
    return values


def _known_row(call: Call, values: Row, column: str, table: str, what: str) -> None:
    if values[column] is not None and mysql.find(call.database, table, values[column]) is None:
        call.log(f'Er is geen bekende waarde voor {what} meegegeven, default naar "geen"')
        values[column] = None


def _numeric(call: Call, values: Row, column: str, name: str, otherwise: int | None) -> None:
    if values[column] is not None and not _is_number(values[column]):
        shown = '"Onbekend"' if otherwise is None else otherwise
        call.log(f"Waarde woondossier_{name} is niet numeriek, default naar {shown}")
        values[column] = otherwise


def _yes_no_unknown(call: Call, column: str, value: Any) -> Any:
    text = php.to_text(value)
    if value is False or any(php.equal(text, str(number)) for number in (0, 1, 2)):
        return value
    if not php.is_true(value):
        call.log(f'Lege waarde voor woondossier_{_FIELDS[column]} meegegeven, default naar "Nee"')
        return "0"
    call.log(f'Geen geldige waarde voor woondossier_{_FIELDS[column]} meegegeven, default naar "Onbekend"')
    return "2"


def _boiler_setting(call: Call, values: Row) -> None:
    value = values["boiler_setting_comfort_heat"]
    if value is None:
        return
    known = call.database.rows(
        "housing_file_hoom_housing_statuses", external_hoom_short_name="boiler-setting-comfort-heat"
    )
    if not any(mysql.same(row["hoom_status_value"], php.to_text(value)) for row in known):
        call.log('Er is geen bekende waarde voor woondossier stooktemperatuur meegegeven, default naar "Weet ik niet"')
        values["boiler_setting_comfort_heat"] = _UNSURE


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and (not isinstance(value, str) or php.is_numeric(value))


def _number(value: Any) -> float:
    return php.to_float(value) if isinstance(value, str) else float(value)
