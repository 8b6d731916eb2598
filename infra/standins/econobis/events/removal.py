"""Removes a housing file, a specification or an opportunity with all that belongs to it, by setting `deleted_at`.

As Econobis' `app/Helpers/Delete/Models`: each function removes everything and returns the reasons why it should not
have; the caller then decides whether all of it is undone.
"""

from __future__ import annotations

from infra.standins.database import Database, Row
from infra.standins.econobis.faults import BrokenError


def opportunity_status(database: Database, code: str) -> int:
    """The id of a status by its code. Raises BrokenError for an unknown code."""
    rows = database.rows("opportunity_status", code_ref=code)
    if not rows:
        raise BrokenError(f"no opportunity status {code}")
    return int(rows[0]["id"])


def opportunities_of(database: Database, specification: Row) -> list[Row]:
    return database.rows("opportunities", housing_file_specification_id=specification["id"], deleted_at=None)


def specifications_of(database: Database, housing_file: Row) -> list[Row]:
    return database.rows("housing_file_specifications", housing_file_id=housing_file["id"], deleted_at=None)


def under_way(database: Database, specification: Row) -> bool:
    """Whether it has an opportunity that is not `inactive`. One without a status does not count: SQL's NULL."""
    inactive = opportunity_status(database, "inactive")
    statuses = {opportunity.get("status_id") for opportunity in opportunities_of(database, specification)}
    return bool(statuses - {inactive, None})


def remove_housing_file(database: Database, housing_file: Row) -> list[str]:
    """The reasons against it, empty when there are none. Documents stay, without the housing file's id."""
    reasons = [
        reason
        for specification in specifications_of(database, housing_file)
        for reason in remove_specification(database, specification)
    ]
    for task in database.rows("tasks", housing_file_id=housing_file["id"], deleted_at=None):
        _mark_removed(database, "tasks", task)
    for document in database.rows("documents", housing_file_id=housing_file["id"], deleted_at=None):
        database.update("documents", document["id"], housing_file_id=None)
    _mark_removed(database, "housing_files", housing_file)
    return reasons


def remove_specification(database: Database, specification: Row) -> list[str]:
    """The reasons against it: an opportunity that is under way, or that has a kansactie."""
    reasons = ["Er zijn nog gekoppelde kansen in behandeling."] if under_way(database, specification) else []
    for opportunity in opportunities_of(database, specification):
        reasons += remove_opportunity(database, opportunity)
    _mark_removed(database, "housing_file_specifications", specification)
    return reasons


def remove_opportunity(database: Database, opportunity: Row) -> list[str]:
    """The reason against it, if there is one: a kansactie. Documents stay, without the opportunity's id."""
    actions = database.rows("quotation_requests", opportunity_id=opportunity["id"], deleted_at=None)
    reasons = [_why_kept(database, opportunity)] if actions else []
    for task in database.rows("tasks", opportunity_id=opportunity["id"], deleted_at=None):
        _mark_removed(database, "tasks", task)
    for document in database.rows("documents", opportunity_id=opportunity["id"], deleted_at=None):
        database.update("documents", document["id"], opportunity_id=None)
    _mark_removed(database, "opportunities", opportunity)
    return reasons


def _why_kept(database: Database, opportunity: Row) -> str:
    intake = database.row("intakes", opportunity.get("intake_id")) or {}
    contact = database.row("contacts", intake.get("contact_id")) or {"full_name": "*contact onbekend*"}
    category = database.row("measure_categories", opportunity.get("measure_category_id"))
    measure = (category or {"name": "*maatregel onbekend*"})["name"]
    where = f"Onder kans bij contact {contact.get('full_name') or ''} met maatregel {measure}"
    return f"{where} hangen nog kansacties, verwijderen kans niet mogelijk."


def _mark_removed(database: Database, table: str, row: Row) -> None:
    database.update(table, row["id"], deleted_at=f"{database.now():%Y-%m-%d %H:%M:%S}")
