"""The measures of a housing file, sent as parallel lists with commas.

An unknown measure is dropped from the list of ids only, so its values go to the next measure (known-limits E22).
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.standins.database import Row
from infra.standins.econobis import mysql, php
from infra.standins.econobis.mysql_columns import insert, update
from infra.standins.econobis.webform.call import Call

_LISTS = {
    "measure_date": ("datums_realisatie", "datums realisatie"),
    "answer": ("antwoorden", "antwoorden"),
    "status_id": ("status_ids", "status ids"),
    "floor_id": ("verdieping_ids", "verdieping ids"),
    "side_id": ("zijde_ids", "zijde ids"),
    "type_brand": ("type_merken", "type merken"),
}
_CLOSED = 4  # The status of a campaign, fixed in Econobis' code.


@dataclass
class Specifications:
    """`rows` holds one row for each known measure in the form. `sent` names the columns that the form sent."""

    rows: list[Row]
    sent: set[str]


def read(call: Call) -> Specifications:
    """The measures that the form sent, with a log line for each that is unknown."""
    campaign_id = _campaign_id(call)
    ids = _list(call, "ids")
    measures = [measure for each in ids or [] if (measure := _measure(call, each))]
    lists = {column: values for column, (name, _) in _LISTS.items() if (values := _list(call, name)) is not None}
    _compare(call, ids, lists)
    rows = [
        {"measure_id": measure["id"], **{column: _at(lists, column, place) for column in _LISTS}}
        for place, measure in enumerate(measures)
    ]
    campaign = {"campaign_id"} if call.form.housing("maatregelen_campagne_id") is not None else set()
    return Specifications([{**row, "campaign_id": campaign_id} for row in rows], {*lists, *campaign})


def add(call: Call, housing_file: Row, specifications: Specifications) -> None:
    """Adds the measures to a new housing file. A measure that was sent twice is added twice."""
    for row in specifications.rows:
        insert(call.database, "housing_file_specifications", housing_file_id=housing_file["id"], **row)


def change(call: Call, housing_file: Row, specifications: Specifications) -> None:
    """Updates each measure that the housing file has, in the columns that the form sent, and adds the others."""
    for row in specifications.rows:
        at = {"housing_file_id": housing_file["id"], "measure_id": row["measure_id"]}
        if known := call.database.rows("housing_file_specifications", **at, deleted_at=None):
            values = {column: row[column] for column in specifications.sent}
            update(call.database, "housing_file_specifications", known[0]["id"], **values)
        else:
            insert(call.database, "housing_file_specifications", **at | row)


def _compare(call: Call, ids: list[str] | None, lists: dict[str, list[str]]) -> None:
    if ids is None and lists:
        call.log(
            "Wel woondossier maatregelen gegevens meegegeven, maar maatregel ids ontbreken, maatregelen gegevens"
            " worden niet verwerkt."
        )
    for column, values in lists.items():
        if ids is not None and len(values) != len(ids):
            call.log(
                f"Aantal woondossier maatregelen {_LISTS[column][1]} ({len(values)}) komt niet overeen met aantal"
                f" maatregelen ids ({len(ids)})."
            )


def _measure(call: Call, sent: str) -> Row | None:
    measure = mysql.find(call.database, "measures", sent)
    if measure is None:
        call.log(f"Woondossier maatregel id {sent} niet gevonden!")
    return measure


def _campaign_id(call: Call) -> int | None:
    sent = call.form.housing("maatregelen_campagne_id")
    if sent is None:
        return None
    campaign = mysql.find(call.database, "campaigns", sent)
    if campaign is None or campaign.get("status_id") == _CLOSED:
        call.log('Er is geen bekende waarde voor de campagne meegegeven, default naar "geen"')
        return None
    call.log(f"housingFileSpecificationCampaign->id: {campaign['id']}")
    return int(campaign["id"])


def _list(call: Call, name: str) -> list[str] | None:
    value = call.form.housing(f"maatregelen_{name}")
    return None if value is None else php.to_text(value).split(",")


def _at(lists: dict[str, list[str]], column: str, place: int) -> str | None:
    values = lists.get(column, [])
    value = values[place] if place < len(values) else ""
    is_id = column in ("floor_id", "side_id")
    return value if php.is_true(php.trim(value) if is_id else value) else None
