"""The tasks that a call makes for employees: one in every call with a contact, and one to check a doubtful match.

Upstream `ExternalWebformController.php` `addTaskToContact`, `addTaskCheckContact`; `TaskObserver.php`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from infra.standins.database import Row
from infra.standins.econobis import mysql, php
from infra.standins.econobis.faults import BrokenError
from infra.standins.econobis.mysql_columns import insert, update
from infra.standins.econobis.webform import task_mail
from infra.standins.econobis.webform.call import Call

_WEBFORM = 6  # The task type "Webformulier", fixed in Econobis' code.


def add_check_task(call: Call, contact: Row, note: str) -> None:
    """Makes the task to check the contact. Its mail, if its type has one, goes out at the end of the call."""
    name = _type(call, _WEBFORM)["name"]
    call.log(f"Taak Controle contact met taak_type_id (default) {_WEBFORM} {name} aanmaken.")
    task = _create(call, contact, note=note, type_id=_WEBFORM, **_responsible(call))
    if task_mail.is_wanted(call.database, task):
        call.tasks_to_mail.append(task)
    call.log(f"Taak met id {task['id']} aangemaakt.")


def add_task(call: Call, contact: Row) -> None:
    """Makes the task of the call. Raises BrokenError for an invalid value, or when it is finished without a user."""
    form = call.form
    finish = _finish_date(call)
    note = _note(call)
    type_id = _type_id(call)
    responsible = _responsible(call)
    call.log(f"Taak verantwoordelijke gebruiker : {php.to_text(responsible['responsible_user_id'])}")
    call.log(f"Taak verantwoordelijke team : {php.to_text(responsible['responsible_team_id'])}")
    task = _create(
        call,
        contact,
        note=note,
        type_id=type_id,
        contact_group_id=_id(_only_group(call)),
        finished=int(php.is_true(form["taak_afgehandeld"])),
        date_planned_finish=finish and f"{finish:%Y-%m-%d}",
        campaign_id=form["taak_campagne_id"] if php.is_true(form["taak_campagne_id"]) else None,
        intake_id=_id(call.intake),
        opportunity_id=_id(call.opportunity_for_task),
        housing_file_id=_id(call.housing_file),
        **responsible,
    )
    if task_mail.is_wanted(call.database, task):
        sent = task_mail.mark_sent(call.database, task)
        call.log(f"Nieuwe taak {'' if sent else 'NIET '}gemaild aan verantwoordelijke.")
    if task["finished"]:
        _finish(call, task)
    call.log(f"Taak met id {task['id']} aangemaakt.")
    _add_properties(call, task)


def _create(call: Call, contact: Row, **values: object) -> Row:
    return insert(
        call.database,
        "tasks",
        **{"finished": 0} | values,
        contact_id=contact["id"],
        date_planned_start=f"{call.database.now():%Y-%m-%d}",
        created_by_id=call.user_id,
        updated_by_id=call.user_id,
    )


def _id(row: Row | None) -> int | None:
    return int(row["id"]) if row else None


def _type(call: Call, type_id: object) -> Row:
    found = mysql.find(call.database, "task_types", type_id)
    if found is None:
        raise BrokenError("the task type Webformulier is gone")
    return found


def _type_id(call: Call) -> object:
    sent = call.form["taak_type_id"]
    if mysql.find(call.database, "task_types", sent):
        return sent
    call.log(
        f"Geen bekende waarde voor taak_type_id ({sent}) meegegeven, default naar"
        f" {_WEBFORM} {_type(call, _WEBFORM)['name']}."
    )
    return _WEBFORM


def _responsible(call: Call) -> Row:
    """The user in the form; without one the team in the form; without both the user and team of the webform."""
    user, team = call.form["verantwoordelijke_gebruiker_id"], call.form["verantwoordelijke_team_id"]
    if php.is_true(user):
        return {"responsible_user_id": user, "responsible_team_id": None}
    if php.is_true(team):
        return {"responsible_user_id": None, "responsible_team_id": team}
    return {column: call.webform.get(column) for column in ("responsible_user_id", "responsible_team_id")}


def _finish(call: Call, task: Row) -> None:
    sent = call.form["verantwoordelijke_gebruiker_id"]
    user = mysql.find(call.database, "users", sent if php.is_true(sent) else call.webform.get("responsible_user_id"))
    today = call.database.now()
    update(
        call.database,
        "tasks",
        task["id"],
        call.user_id,
        date_finished=f"{today:%Y-%m-%d}",
        finished_by_id=_id(user),
    )
    if user is None:
        raise BrokenError("nobody has finished the task")
    name = " ".join(filter(None, (user.get("first_name"), user.get("last_name"))))
    call.log(
        f"Taak met id {task['id']} automatisch gereed op {today:%d-%m-%Y} door verantwoordelijke: {name}"
        f"{'' if user.get('active', 1) else ' (niet actief)'}"
    )


def _add_properties(call: Call, task: Row) -> None:
    for each in call.database.rows("task_properties"):
        value = call.form[f"taak_{each['code']}"]
        if value:
            insert(call.database, "task_property_values", property_id=each["id"], task_id=task["id"], value=value)
            call.log(f"Eigenschap {each['name']} met waarde {value} aan taak toegevoegd.")


# -- when it must be done --------------------------------------------------------------------------------------------


def _finish_date(call: Call) -> datetime | None:
    """Tomorrow or later, and never in a weekend."""
    planned = _planned(call)
    if planned is None:
        return None
    tomorrow = _midnight(call.database.now()) + timedelta(days=1)
    if planned < tomorrow:
        planned = tomorrow
        call.log(f"Gewijzigd naar datum morgen: {planned}")
    weekday = planned.isoweekday()
    call.log(f"Dagcode van de week: {weekday}")
    if weekday > 5:
        planned = _midnight(planned) + timedelta(days=8 - weekday)
        call.log(f"Gewijzigd naar datum eerst volgende maandag: {planned}")
    return planned


def _planned(call: Call) -> datetime | None:
    day, days = call.form["taak_einddatum"], call.form["taak_dagen_einddatum"]
    try:
        if php.is_true(day):
            moment = call.moment(day)
            return datetime.fromisoformat(moment) if moment else None
        if not days:
            return None
        planned = _midnight(call.database.now()) + timedelta(days=php.to_int(days))
    except (OverflowError, ValueError) as error:
        raise BrokenError("a day that the column cannot hold") from error
    call.log(f"Datum einddatum bepaald op : {planned}")
    return planned


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


# -- its note --------------------------------------------------------------------------------------------------------


def _note(call: Call) -> str:
    name, remark = call.webform["name"], call.form["taak_opmerkingen"]
    note = _about_intake(call, call.intake, name) if call.intake else f"Webformulier {name}.\n\n"
    note += f"{remark}\n\n" if php.is_true(remark) else ""
    note += "\n".join(call.task_remarks)
    if group := _only_group(call):
        return f"{note}Contact is aan groep {group['name']} gekoppeld.\n\n"
    return f"{note}Contact is aan meerdere groepen gekoppeld.\n\n" if len(call.groups) > 1 else note


def _only_group(call: Call) -> Row | None:
    return call.group or (call.groups[0] if len(call.groups) == 1 else None)


def _about_intake(call: Call, intake: Row, webform_name: str) -> str:
    database = call.database
    note = f"{webform_name} - Nieuwe intake.\n"
    for what, table, column, list_name in (
        ("motivaties", "intake_reason", "reason_id", "reasons"),
        ("aanmeldingsbronnen", "intake_source", "source_id", "sources"),
        ("interesses", "intake_measure_requested", "measure_category_id", "measure_categories"),
    ):
        if names := _names(call, list_name, [row[column] for row in database.rows(table, intake_id=intake["id"])]):
            note += f"Gekoppeld aan {what}: {', '.join(names)}.\n"
    for opportunity in database.rows("opportunities", intake_id=intake["id"], deleted_at=None):
        linked = database.rows("measure_opportunity", opportunity_id=opportunity["id"])
        if measures := _names(call, "measures", [row["measure_id"] for row in linked]):
            note += f"Met kans maatregelen specifiek: {', '.join(measures)}.\n"
        else:
            category = _names(call, "measure_categories", [opportunity.get("measure_category_id")])
            note += f"Met kans maatregel categorie: {''.join(category)}.\n"
    remark = intake.get("note")
    return note + (f"Opmerkingen bewoner: {remark}.\n\n" if php.is_true(remark) else "")


def _names(call: Call, table: str, ids: list[int | None]) -> list[str]:
    found = (call.database.row(table, id_) for id_ in ids)
    return [str(row["name"]) for row in found if row]
