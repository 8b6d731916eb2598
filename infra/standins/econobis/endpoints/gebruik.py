"""`gebruik`: what the resident filled in about the home (`docs/peers/econobis.md` 5.2).

Each answer goes by its short name to a column of the housing file (type B, the home, or G, its use) or to a row of
statuses (W), as `housing_file_hoom_links` says; an unknown short name gets a link that is switched off.
"""

from __future__ import annotations

from typing import Any

from infra.standins.database import Row
from infra.standins.econobis.endpoints.endpoint import Call
from infra.standins.econobis.endpoints.payload import (
    as_int_column,
    as_text,
    entries,
    read,
    read_if_set,
    truthy,
)
from infra.standins.econobis.webform.faults import BrokenError
from infra.standins.econobis.webform.php import is_numeric, same

NAME = "EndPointGebruik"

_INT_COLUMNS = {"build_year", "floors", "number_of_residents", "energy_label_status_id", "revenue_solar_panels"}
_LISTS = {"building_type_id": "building_types", "roof_type_id": "roof_types", "energy_label_id": "energy_labels"}
_MONUMENT = {"1": "1", "2": "0"}
_OWNED = {"bought": "1", "rented": "0", "rented-private": "0"}


def work(call: Call, payload: Any) -> None:
    parts = {part: read_if_set(payload, part) for part in ("current", "new")}
    for part, questions in parts.items():
        if questions is None:
            call.log(f'Payload heeft geen "{part}" data')
    for part, questions in parts.items():
        if questions is None:
            continue
        call.log(f'Verwerk payload "{part}" data')
        for short, question in entries(questions):
            if truthy(short):
                _take(call, short, question)


def _take(call: Call, short: str, question: Any) -> None:
    link = _link(call, short)
    if not link.get("import_from_hoom"):
        setting = "niet geimporteerd (koppeling staat ingesteld op NIET importeren)"
        call.log(f"Woningdossier hoom koppeling voor hoom short {short} {setting}.")
        return
    answers = read_if_set(question, "answers")
    if not truthy(answers):
        call.log(f"Answer(s) zijn niet gezet. Geen verdere acties voor hoom short {short}.")
        return
    kind = link.get("housing_file_data_type")
    if kind in ("B", "G"):
        _store_in_column(call, link, _value(call, answers, "Meerdere answers, eerste waarde", "answer waarde"))
    elif kind == "W":
        _store_status(call, link, _value(call, answers, "first answer value", "answer value"))
    else:
        call.log(f"Onbekende data type: {kind}. Geen verdere acties voor hoom short {short}.")


def _link(call: Call, short: str) -> Row:
    links = call.database.rows("housing_file_hoom_links")
    found = next((link for link in links if same(link.get("external_hoom_short_name"), short)), None)
    if found:
        to = f"econobis veld: {found.get('econobis_field_name') or ''} data-type: {found['housing_file_data_type']}"
        call.log(f"Woningdossier hoom koppeling gevonden voor hoom short {short}. Koppeling naar {to}")
        return found
    call.log(f"Woningdossier hoom koppeling NIET gevonden voor hoom short {short}.")
    link = call.database.insert(
        "housing_file_hoom_links",
        external_hoom_short_name=short,
        econobis_field_name="",
        housing_file_data_type="",
        label="?",
        import_from_hoom=0,
        visible_in_econobis=0,
    )
    message = f"Ontbrekende woningdossier hoom koppeling gemaakt voor hoom short {short}."
    call.log(message)
    if call.user_id is None:
        raise BrokenError("nobody is logged in")
    call.database.insert(
        "housing_file_log",
        housing_file_id=call.housing_file["id"],
        message_text=message[:256],
        message_type="gebruik",
        user_id=call.user_id,
        is_error=0,
    )
    return link


def _value(call: Call, answers: Any, first_of_several: str, only: str) -> Any:
    value = read(answers[0] if isinstance(answers, list) else answers, "value")
    call.log(f" {first_of_several if isinstance(answers, list) else only}: {as_text(value)}")
    return value


def _store_in_column(call: Call, link: Row, value: Any) -> None:
    column = link["econobis_field_name"]
    new, old = _converted(call, column, value), call.housing_file.get(column)
    if _equal(old, new):
        return
    part = "Basis" if link["housing_file_data_type"] == "B" else "Gebruik"
    change = f"{column} gewijzigd van {as_text(old)} naar {as_text(new)}"
    call.log(f"Woningdossier {part} waarde veld {change}.")
    if column in _INT_COLUMNS:
        new = as_int_column(new)
    call.update_housing_file(**{column: new if isinstance(new, int | None) else as_text(new)})


def _converted(call: Call, column: str, value: Any) -> Any:
    if column == "is_monument":
        return _MONUMENT.get(as_text(value), "2")
    if column == "is_house_for_sale":
        return _OWNED.get(as_text(value), "2")
    if column not in _LISTS:
        return value
    rows = call.database.rows(_LISTS[column])
    known = next((row for row in rows if row.get("external_hoom_id") and _equal(row["external_hoom_id"], value)), None)
    unknown = next((row for row in rows if row["name"] == "Onbekend"), None)
    if not (known or unknown):
        raise BrokenError("no row for what is not known")
    return (known or unknown or {})["id"]


def _equal(stored: Any, value: Any) -> bool:
    """PHP's `==`: an empty column equals 0, "" and false; texts that are both numbers compare as numbers."""
    if stored is None or value is None:
        return not truthy(stored) and not truthy(value) and "0" not in (stored, value)
    if isinstance(stored, bool) or isinstance(value, bool):
        return truthy(stored) == truthy(value)
    left, right = as_text(stored), as_text(value)
    return float(left) == float(right) if is_numeric(left) and is_numeric(right) else left == right


def _store_status(call: Call, link: Row, value: Any) -> None:
    database, short, status = call.database, link["external_hoom_short_name"], as_text(value)
    at = {"housing_file_id": call.housing_file["id"], "housing_file_hoom_links_id": link["id"]}
    known = database.rows("housing_file_housing_statuses", **at)
    if known:
        call.log(f"Woningdossier Woningstatus gevonden voor hoom short {short}.")
        database.update("housing_file_housing_statuses", known[0]["id"], status=status)
        change = f"gewijzigd van {known[0].get('status') or ''} naar {status}"
        call.log(f"Woningdossier Woningstatus waarde veld {short} {change}.")
    else:
        call.log(f"Woningdossier Woningstatus NIET gevonden voor hoom short {short}.")
        database.insert("housing_file_housing_statuses", **at, status=status)
        call.log(f"Woningdossier Woningstatus gemaakt voor hoom short {short} met waarde {status}")
