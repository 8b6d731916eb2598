"""Storing a row as MySQL in strict mode does: each value is converted to its column's type, or refused.

Only columns that a web form can fill are listed. Lengths and types are those of Econobis' migrations.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis import php
from infra.standins.econobis.faults import BrokenError

_SHORT = 191
_LENGTHS = {
    ("contacts", "full_name"): 255,
    ("contacts", "iban"): 16_383,
    ("contact_notes", "note"): 16_383,
    ("tasks", "note"): 16_383,
    ("intakes", "note"): 2_500,
    ("housing_files", "remark"): 16_383,
    ("housing_files", "remark_coach"): 16_383,
    ("housing_file_specifications", "answer"): 16_383,
    **{
        ("quotation_requests", column): 16_383
        for column in (
            "quotation_text",
            "coach_or_organisation_note",
            "projectmanager_note",
            "externalparty_note",
            "client_note",
        )
    },
}
# The value of an empty column, where that is not NULL.
DEFAULTS: dict[str, Row] = {
    "contacts": {
        **dict.fromkeys(("did_agree_avg", "is_collect_mandate"), 0),
        **dict.fromkeys(("collect_mandate_code", "collect_mandate_collection_schema"), ""),
    },
    "people": {"first_name": "", "last_name": ""},
    "organisations": dict.fromkeys(("name", "website", "chamber_of_commerce_number", "vat_number"), ""),
    "addresses": dict.fromkeys(("street", "city", "postal_code"), ""),
    "intakes": {"note": ""},
    "quotation_requests": dict.fromkeys(
        (
            *("quotation_amount", "cost_adjustment", "award_amount", "amount_determination", "uses_planning"),
            *(f"not_approved_{who}" for who in ("client", "project_manager", "external", "determination")),
        ),
        0,
    ),
}
_REFERENCES = {
    ("tasks", "campaign_id"): "campaigns",
    ("tasks", "responsible_user_id"): "users",
    ("tasks", "responsible_team_id"): "teams",
    ("quotation_requests", "district_id"): "districts",
}
_DAY = re.compile(r"(\d{4}|\d\d)[^\w\s](\d\d?)[^\w\s](\d\d?)([ T].*)?|(\d{4}|\d\d)(\d\d)(\d\d)", re.ASCII)


def insert(database: Database, table: str, **values: Any) -> Row:
    """The row as stored, with its id. Raises BrokenError when MySQL would refuse a value."""
    row = fitted(database, table, values)
    return database.insert(table, **{column: value for column, value in row.items() if value is not None})


def update(database: Database, table: str, id_: int, user_id: int | None = None, **values: Any) -> bool:
    """Writes the values that differ, and then `user_id` into `updated_by_id`. False when no value differs.

    Raises BrokenError when MySQL would refuse a value.
    """
    row = database.row(table, id_) or {}
    new = fitted(database, table, values)
    changed = {column: value for column, value in new.items() if value != row.get(column)}
    if changed:
        database.update(table, id_, **changed, **({} if user_id is None else {"updated_by_id": user_id}))
    return bool(changed)


def fitted(database: Database, table: str, values: Row) -> Row:
    """The values as their columns hold them. Raises BrokenError when MySQL would refuse one."""
    row: Row = {}
    for column, value in values.items():
        if value is None:
            row[column] = None
            continue
        read = _TYPES.get((table, column))
        row[column] = read(value) if read else _short_enough(table, column, value)
        target = _REFERENCES.get((table, column))
        if target and database.row(target, row[column]) is None:
            raise BrokenError(f"no {target} with the id in {column}")
    return row


def _short_enough(table: str, column: str, value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LENGTHS.get((table, column), _SHORT):
        raise BrokenError(f"too long for {column}")
    return value


def _whole(lowest: int, highest: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        number = int(_number(value).quantize(Decimal(1), ROUND_HALF_UP))
        if not lowest <= number <= highest:
            raise BrokenError("out of range")
        return number

    return read


def _decimals(whole_digits: int, decimals: int) -> Callable[[Any], float | int]:
    def read(value: Any) -> float | int:
        number = _number(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if abs(number) >= 10**whole_digits:
            raise BrokenError("out of range")
        return float(number) if number % 1 else int(number)

    return read


def _number(value: Any) -> Decimal:
    text = value if isinstance(value, str) else php.to_text(value) if not isinstance(value, float) else repr(value)
    if not php.is_numeric(text) or len(text) > 60 or abs(php.to_float(text)) > 1e30:
        raise BrokenError("not a number that fits")
    return Decimal(text.strip())


def _double(value: Any) -> float | int:
    """Decimals stay: the migrations say (10, 0), but Laravel 11 makes a plain double of that."""
    number = float(_number(value))
    return int(number) if number.is_integer() else number


def _day(value: Any) -> str:
    """A date as MySQL itself reads it: the year first."""
    match = _DAY.fullmatch(str(value).strip())
    if match is None:
        raise BrokenError("not a date")
    year, month, day = match[1] or match[5], match[2] or match[6], match[3] or match[7]
    full = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 70 else 1900)
    try:
        return date(full, int(month), int(day)).isoformat()
    except ValueError as error:
        raise BrokenError("not a date") from error


_UNSIGNED = _whole(0, 4_294_967_295)
_SIGNED = _whole(-2_147_483_648, 2_147_483_647)
_AMOUNT = _decimals(9, 2)

_TYPES: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("people", "date_of_birth"): _day,
    ("addresses", "number"): _UNSIGNED,
    **{
        ("tasks", column): _UNSIGNED
        for column in ("type_id", "campaign_id", *("responsible_user_id", "responsible_team_id"))
    },
    ("housing_files", "build_year"): _whole(-32_768, 32_767),
    ("housing_files", "surface"): _decimals(30, 4),
    **{("housing_files", column): _SIGNED for column in ("floors", "number_of_residents", "revenue_solar_panels")},
    **{
        ("housing_files", f"{column}_id"): _UNSIGNED
        for column in ("building_type", "roof_type", "energy_label", "energy_label_status")
    },
    **{("housing_files", f"amount_{what}"): php.to_text for what in ("gas", "electricity")},
    ("housing_file_specifications", "measure_date"): _day,
    # The highest id of each list in Econobis' migrations.
    **{
        ("housing_file_specifications", f"{column}_id"): _whole(1, last)
        for column, last in (("status", 5), ("floor", 3), ("side", 8))
    },
    ("quotation_requests", "district_id"): _UNSIGNED,
    **{
        ("quotation_requests", column): _AMOUNT
        for column in ("quotation_amount", "cost_adjustment", "award_amount", "amount_determination")
    },
    ("address_energy_consumption_gas", "consumption"): _double,
    **{
        ("address_energy_consumption_electricity", f"{column}_{hour}"): _double
        for column in ("consumption", "return")
        for hour in ("high", "low")
    },
    **{
        (table, f"{column}{hour}"): _AMOUNT
        for table, hours in (
            ("address_energy_consumption_gas", [""]),
            ("address_energy_consumption_electricity", ["_high", "_low"]),
        )
        for column in ("proposed_variable_rate", "proposed_fixed_rate", "total_variable_costs", "total_fixed_costs")
        for hour in hours
    },
}
