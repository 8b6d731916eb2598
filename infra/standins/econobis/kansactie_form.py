"""The form of a kansactie in Econobis' own screens; a new one with a coach makes Econobis call Hoomdossier.

Upstream `app/Http/Controllers/Api/QuotationRequest/QuotationRequestController.php` (`store`, `update`);
`docs/peers/econobis.md` 3. The screen sends all its fields; here one that is left out counts as empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis import carbon, contacts, outgoing, quotation_requests
from infra.standins.econobis.endpoints.payload import as_int_column
from infra.standins.econobis.outgoing import AbortError
from infra.standins.econobis.webform import php
from infra.standins.econobis.webform.faults import BrokenError, CrashError

EMPLOYEE_ID = 2

_PEOPLE = {
    "organisationOrCoachId": "contact_id",
    "projectManagerId": "project_manager_id",
    "externalPartyId": "external_party_id",
}
_MOMENTS = {"Recorded": "date_recorded", "Released": "date_released", "Planned": "date_planned"}
_NEW_DAYS = {
    "datePlannedAttempt1": "date_planned_attempt1",
    "dateApprovedClient": "date_approved_client",
    "dateApprovedProjectManager": "date_approved_project_manager",
    "dateApprovedExternal": "date_approved_external",
    "dateUnderReview": "date_under_review",
    "dateExecuted": "date_executed",
}
_DAYS = {
    **_NEW_DAYS,
    "datePlannedAttempt2": "date_planned_attempt2",
    "datePlannedAttempt3": "date_planned_attempt3",
    "dateUnderReviewDetermination": "date_under_review_determination",
    "dateApprovedDetermination": "date_approved_determination",
}
_FLAGS = {
    "notApprovedClient": "not_approved_client",
    "notApprovedProjectManager": "not_approved_project_manager",
    "notApprovedExternal": "not_approved_external",
}
_AMOUNTS = {"quotationAmount": "quotation_amount", "costAdjustment": "cost_adjustment", "awardAmount": "award_amount"}


def store(database: Database, form: Row) -> Row:
    """Saves the kansactie, then calls for a coach; the new one as the screen gets it.

    It stays saved when the call fails. Raises AbortError with what the employee sees, BrokenError or CrashError where
    Econobis fails with a 500. Holds no lock on the database while it waits for Hoomdossier.
    """
    form = _trimmed(form)
    _check(database, form, needs_action="opportunityActionCodeRef" not in form)
    row = quotation_requests.save(database, _new_values(database, form), user_id=EMPLOYEE_ID)
    coach = _after_saving(database, row)
    if coach is not None and _is_coach(coach):
        outgoing.connect_coach(database, row)
    return shown(database, row)


def update(database: Database, id_: Any, form: Row) -> Row:
    """Never calls: not for another coach either."""
    known = next(iter(contacts.matching(database, "quotation_requests", "id", id_)), None)
    if known is None:
        raise AbortError(404, f"No query results for model [App\\Eco\\QuotationRequest\\QuotationRequest] {id_}")
    form = _trimmed(form)
    _check(database, form, needs_action=True)
    row = quotation_requests.save(database, _changed_values(database, form), known["id"], EMPLOYEE_ID)
    _after_saving(database, row)
    return shown(database, row)


def _trimmed(form: Row) -> Row:
    return {name: php.trim(value) if isinstance(value, str) else value for name, value in form.items()}


# -- what the form may hold --------------------------------------------------------------------------------------------


def _check(database: Database, form: Row, *, needs_action: bool) -> None:
    """Raises AbortError with a reason per field."""
    required = {"opportunityId": "opportunities", "statusId": "quotation_request_status"}
    if needs_action:
        required["opportunityActionId"] = "opportunity_actions"
    problems = {name: "Dit veld is verplicht." for name in required if form.get(name) in (None, "")}
    for name, table in {**dict.fromkeys(_PEOPLE, "contacts"), **required}.items():
        if form.get(name) not in (None, "") and not _exists(database, table, form[name]):
            problems[name] = "Deze waarde is niet gevonden."
    for name in ("quotationText", *_moment_fields(), *_DAYS, *_AMOUNTS):
        if name in form and not isinstance(form[name], str):
            problems[name] = "Dit veld moet een tekenreeks zijn."
    for name in (*_FLAGS, "usesPlanning"):
        if form.get(name, False) not in (True, False, 0, 1, "0", "1", ""):
            problems[name] = "Dit veld moet ja of nee zijn."
    if problems:
        raise outgoing.invalid({name: [text] for name, text in problems.items()})


def _moment_fields() -> Iterable[str]:
    return (f"{part}{moment}" for moment in _MOMENTS for part in ("date", "time"))


def _exists(database: Database, table: str, id_: Any) -> bool:
    """Removed rows count too."""
    number = None if isinstance(id_, list | dict) else contacts.leading_number(id_)
    return number is not None and database.row(table, number) is not None


# -- what is stored ----------------------------------------------------------------------------------------------------


def _new_values(database: Database, form: Row) -> Row:
    moments = {
        column: _moment(database, form, part, only_with_time=php.is_true(form.get(f"time{part}")))
        for part, column in _MOMENTS.items()
        if php.is_true(form.get(f"date{part}"))
    }
    days = {column: form[name] for name, column in _NEW_DAYS.items() if php.is_true(form.get(name))}
    return {
        **_ids(database, form),
        **{column: id_ for column, id_ in _people(form).items() if id_ is not None},
        **moments,
        **days,
        **_flags(form),
        **_texts_and_amounts(form),
        "duration_minutes": as_int_column(form.get("durationMinutes")),
        "uses_planning": php.is_true(form.get("usesPlanning")),
        "district_id": as_int_column(form.get("districtId") or None),
    }


def _changed_values(database: Database, form: Row) -> Row:
    """A moment that is not sent is cleared, a day that is not sent stays."""
    moments = {
        column: _moment(database, form, part, only_with_time=f"time{part}" in form)
        if php.is_true(form.get(f"date{part}"))
        else None
        for part, column in _MOMENTS.items()
    }
    days = {column: form[name] if php.is_true(form[name]) else None for name, column in _DAYS.items() if name in form}
    note = {"coach_or_organisation_note": form["coachOrOrganisationNote"]} if "coachOrOrganisationNote" in form else {}
    return {
        **_ids(database, form),
        **_people(form),
        **moments,
        **days,
        **_flags(form),
        "not_approved_determination": php.is_true(form.get("notApprovedDetermination")),
        **_texts_and_amounts(form),
        **note,
    }


def _ids(database: Database, form: Row) -> Row:
    code = form.get("opportunityActionCodeRef")
    if code is None:
        action_id = as_int_column(form["opportunityActionId"])
    else:
        actions = [row for row in database.rows("opportunity_actions") if php.same(row["code_ref"], code)]
        if not actions:
            raise BrokenError("no such action")
        action_id = actions[0]["id"]
    return {
        "opportunity_id": as_int_column(form["opportunityId"]),
        "status_id": as_int_column(form["statusId"]),
        "opportunity_action_id": action_id,
    }


def _people(form: Row) -> Row:
    return {column: as_int_column(form.get(name) or None) for name, column in _PEOPLE.items()}


def _flags(form: Row) -> Row:
    return {column: php.is_true(form.get(name)) for name, column in _FLAGS.items()}


def _texts_and_amounts(form: Row) -> Row:
    text = {"quotation_text": form["quotationText"]} if "quotationText" in form else {}
    return {**text, **{column: _amount(form[name]) for name, column in _AMOUNTS.items() if name in form}}


def _amount(text: str) -> float:
    """Raises BrokenError where MySQL refuses the text."""
    if not php.is_true(text):
        return 0
    if not php.is_numeric(text):
        raise BrokenError("incorrect decimal value")
    return float(text)


def _moment(database: Database, form: Row, part: str, *, only_with_time: bool) -> str:
    """Day and time are two fields; without a time it is eight o'clock. An empty time is the present one."""
    now = database.now()
    try:
        day = carbon.parse(form[f"date{part}"], now).stored()[:10]
        time = carbon.parse(form[f"time{part}"], now).stored()[11:16] if only_with_time else "08:00"
    except carbon.DateError as error:
        raise BrokenError("a date that cannot be read") from error
    return f"{day} {time}:00"


# -- what follows ------------------------------------------------------------------------------------------------------


def _after_saving(database: Database, row: Row) -> Row | None:
    """The coach or organisation. Where relations of the kind `Energiecoach…` are kept, a coach gets one.

    Raises CrashError without an intake, and where it looks for the coach that there is not.
    """
    coach = contacts.find(database, row.get("contact_id"))
    opportunity = _present(database, "opportunities", row.get("opportunity_id"))
    intake = _present(database, "intakes", (opportunity or {}).get("intake_id"))
    if intake is None:
        raise CrashError("no intake")
    resident = contacts.find(database, intake.get("contact_id"))
    relation = next(
        (row for row in database.rows("occupations") if php.like(row.get("primary_occupation"), "Energiecoach%")), None
    )
    if relation and resident:
        if coach is None:
            raise CrashError("no coach")
        if _is_coach(coach):
            between = {"primary_contact_id": coach["id"], "contact_id": resident["id"]}
            _relate(database, {"occupation_id": relation["id"], **between})
    return coach


def _relate(database: Database, relation: Row) -> None:
    if not database.rows("occupation_contact", **relation):
        database.insert("occupation_contact", **relation, primary=1, allow_manage_in_portal=0)


def _present(database: Database, table: str, id_: int | None) -> Row | None:
    row = database.row(table, id_)
    return None if row is None or row.get("deleted_at") else row


def _is_coach(contact: Row) -> bool:
    return bool(contact.get("inspection_person_type_id") == "coach")


def shown(database: Database, row: Row) -> Row:
    """The main fields of the many that the screen gets."""
    opportunity = database.row("opportunities", row["opportunity_id"]) or {}
    intake = database.row("intakes", opportunity.get("intake_id")) or {}
    fields = {"id": row["id"], "name": f"Offerteverzoek {row['id']}"}
    for name, column in {**{f"date{part}": column for part, column in _MOMENTS.items()}, **_DAYS}.items():
        fields[name] = row.get(column)
    return {
        **fields,
        **{name: row.get(column) for name, column in {**_FLAGS, **_AMOUNTS, **_PEOPLE}.items()},
        "quotationText": row.get("quotation_text"),
        "status": _generic(database, "quotation_request_status", row.get("status_id")),
        "opportunityAction": _generic(database, "opportunity_actions", row.get("opportunity_action_id")),
        "occupantId": intake.get("contact_id"),
        "usesPlanning": bool(row.get("uses_planning")),
    }


def _generic(database: Database, table: str, id_: int | None) -> Row | None:
    row = database.row(table, id_)
    return row and {"id": row["id"], "name": row.get("name"), "codeRef": row.get("code_ref")}
