"""The intake of the call's address, and the opportunities in it (docs/peers/econobis.md 4.6).

Upstream `ExternalWebformController.php` `addIntakeToAddress`, `addOpportunity`, `addOpportunityToExistingIntake`.
"""

from __future__ import annotations

from infra.standins.database import Row
from infra.standins.econobis import mysql, opportunities, php
from infra.standins.econobis.faults import BrokenError, RefusedError
from infra.standins.econobis.mysql_columns import fitted, insert
from infra.standins.econobis.webform import attachments, kansactie
from infra.standins.econobis.webform.call import Call

_OPEN, _CLOSED_WITH_OPPORTUNITY = 1, 2


def add_intake(call: Call, address: Row) -> None:
    """Sets the call's intake, and the opportunity for its task. Does nothing without a campaign."""
    form = call.form
    if not php.is_true(form["intake_campagne_id"]):
        call.log("Er is intake_id meegegeven of geen campagne meegegeven, intake niet nieuw aanmaken.")
        return
    call.act_for_webform("Intake")
    call.log("Er is een campagne meegegeven, intake aanmaken.")
    campaign = mysql.find(call.database, "campaigns", form["intake_campagne_id"])
    if campaign is None:
        raise RefusedError("Er is een ongeldige waarde voor campagne meegegeven.")
    status_id = _status(call)
    measures = mysql.find_all(call.database, "measures", form["intake_maatregel_ids"])
    measure = mysql.find(call.database, "measures", form["intake_maatregel_id"])
    categories = _categories(call, measures or ([measure] if measure else []))
    intake = _known(call) or _create(call, address, campaign, status_id)
    call.intake = intake
    _replace_links(call, intake, categories)
    for each in measures:
        call.log(
            f"Intake maatregelen meegegeven. Kans voor intake maatregel specifiek '{each['name']}'"
            " aanmaken (status Actief)"
        )
        opportunity = _add_opportunity(call, intake, each)
        call.opportunity_for_task = opportunity if len(measures) == 1 else None
    if measure and status_id == _CLOSED_WITH_OPPORTUNITY:
        call.log(
            f"Intake status 'Afgesloten met kans' meegegeven. Kans voor maatregel specifiek '{measure['name']}'"
            " aanmaken (status Actief)"
        )
        call.opportunity_for_task = _add_opportunity(call, intake, measure)
    if not measures and not measure:
        call.log("Intake interesses meegegeven. Check op workflow intake per interesse")
        call.categories_with_workflow = [row for row in categories if row.get("uses_wf_create_opportunity")]
    attachments.fetch(call, "intake_kans_bijlage", "intake_kans_bijlage2", "intake_kans_bijlage3")


def _status(call: Call) -> int:
    status = mysql.find(call.database, "intake_status", call.form["intake_status_id"])
    if status:
        return int(status["id"])
    call.log('Er is geen bekende waarde voor intake status meegegeven, default naar "open"')
    return _OPEN


def _categories(call: Call, measures: list[Row]) -> list[Row]:
    """The categories of the measures in the form. Without measures: the categories of its interests."""
    if measures:
        return mysql.find_all(
            call.database, "measure_categories", ",".join(str(m["measure_category_id"]) for m in measures)
        )
    return mysql.find_all(call.database, "measure_categories", call.form["intake_interesse_ids"])


def _known(call: Call) -> Row | None:
    code = call.form["intake_id_extern"]
    if not php.is_true(code):
        call.log("Geen external_code meegegeven")
        return None
    rows = call.database.rows("intakes", deleted_at=None)
    intake = next((row for row in rows if mysql.same(row.get("external_code"), code)), None)
    if intake is None:
        call.log(f"Meegegeven intake_id_extern ({code}) nog niet bekend. Nieuwe intake aanmaken.")
    else:
        call.log(f"Intake met id {intake['id']} gevonden bij intake_id_extern ({code}). Geen nieuwe intake aanmaken")
    return intake


def _create(call: Call, address: Row, campaign: Row, status_id: int) -> Row:
    code = call.form["intake_id_extern"]
    intake = insert(
        call.database,
        "intakes",
        external_code=code if php.is_true(code) else None,
        contact_id=address["contact_id"],
        address_id=address["id"],
        intake_status_id=status_id,
        campaign_id=campaign["id"],
        note=call.form["intake_opmerkingen_bewoner"],
        created_by_id=call.user_id,
        updated_by_id=call.user_id,
    )
    call.log(f"Intake met id {intake['id']} aangemaakt en gekoppeld aan adres id {address['id']}.")
    return intake


def _replace_links(call: Call, intake: Row, categories: list[Row]) -> None:
    for table, column, rows, what in (
        (
            "intake_reason",
            "reason_id",
            mysql.find_all(call.database, "reasons", call.form["intake_motivatie_ids"]),
            "motivaties",
        ),
        (
            "intake_source",
            "source_id",
            mysql.find_all(call.database, "sources", call.form["intake_aanmeldingsbron_ids"]),
            "aanmeldingsbronnen",
        ),
        ("intake_measure_requested", "measure_category_id", categories, "interesses"),
    ):
        _link(call, table, intake, column, rows, keep_others=False)
        call.log(f"Intake gekoppeld aan {what}: {', '.join(row['name'] for row in rows)}")


def _link(call: Call, table: str, intake: Row, column: str, rows: list[Row], *, keep_others: bool) -> None:
    wanted = {row["id"] for row in rows}
    linked = {row[column]: row["id"] for row in call.database.rows(table, intake_id=intake["id"])}
    for target, id_ in linked.items():
        if target not in wanted and not keep_others:
            call.database.delete(table, id_)
    for target in sorted(wanted - set(linked)):
        call.database.insert(table, intake_id=intake["id"], **{column: target})


# -- opportunities ---------------------------------------------------------------------------------------------------


def _add_opportunity(call: Call, intake: Row, measure: Row) -> Row:
    """Makes the opportunity, and in it the kansactie that the form asks for."""
    active = call.database.rows("opportunity_status", code_ref="active")[0]
    category = call.database.row("measure_categories", measure["measure_category_id"]) or {}
    code = call.form["kans_code"]
    values = {"opportunity_code": code} if php.is_true(code) else {}
    opportunity = opportunities.create_opportunity(
        call.database,
        call.user_id,
        **fitted(call.database, "opportunities", values),
        measure_category_id=measure["measure_category_id"],
        status_id=active["id"],
        intake_id=intake["id"],
        quotation_text="",
    )
    call.database.insert("measure_opportunity", opportunity_id=opportunity["id"], measure_id=measure["id"])
    call.log(
        f"Kans met id {opportunity['id']} aangemaakt met maatregel categorie '{category.get('name')}' en maatregel"
        f" specifiek '{measure['name']}' en gekoppeld aan intake id {intake['id']}."
    )
    if values:
        call.log(f"Kans code bij deze nieuwe kans {code}.")
    kansactie.add(call, opportunity)
    return opportunity


def add_to_known_intake(call: Call) -> None:
    """For an encrypted `intake_id`: adds opportunities to that intake, and nothing else.

    Raises RefusedError for an unknown intake, BrokenError without a known measure.
    """
    intake_id = call.form["intake_id"]
    intake = mysql.find(call.database, "intakes", intake_id)
    if intake is None:
        raise RefusedError(f"Er is een ongeldige waarde voor intake_id ({intake_id}) meegegeven.")
    call.log(f"Intake met id {intake['id']} gevonden.")
    call.act_for_webform("Kans")
    measures = mysql.find_all(call.database, "measures", call.form["intake_maatregel_ids"])
    if not measures:
        raise BrokenError("no measures")
    categories = _categories(call, measures)
    _link(call, "intake_measure_requested", intake, "measure_category_id", categories, keep_others=True)
    call.log(f"Intake gekoppeld aan interesses: {', '.join(row['name'] for row in categories)}")
    for measure in measures:
        call.log(
            f"Intake maatregelen meegegeven. Kans voor intake maatregel specifiek '{measure['name']}'"
            " aanmaken (status Actief)"
        )
        _add_opportunity(call, intake, measure)
