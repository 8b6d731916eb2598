"""The form on which an employee makes or changes a kansactie. A new one with a coach calls Hoomdossier.

Upstream `app/Http/Controllers/Api/QuotationRequest/QuotationRequestController.php` (`store`, `update`);
docs/peers/econobis.md 3. Econobis' own screen sends every field; here a field that is absent counts as empty.
"""

from __future__ import annotations

from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis import contacts, mysql, php, quotation_requests
from infra.standins.econobis.dates import carbon
from infra.standins.econobis.faults import AbortError, BrokenError, CrashError, invalid
from infra.standins.econobis.hoomdossier_calls.coach_link import link_coach
from infra.standins.econobis.php_json import as_int_column

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
    """Saves a new kansactie and then, when it has a coach, links the coach at Hoomdossier. Returns the row.

    The kansactie stays saved when the link fails. Raises AbortError with what the employee sees, and BrokenError or
    CrashError where Econobis answers 500. Holds no transaction while it waits for Hoomdossier.
    """
    form = _trimmed(form)
    _check(database, form, needs_action="opportunityActionCodeRef" not in form)
    row = quotation_requests.save(database, _new_values(database, form), user_id=EMPLOYEE_ID)
    coach = _after_saving(database, row)
    if coach is not None and contacts.is_coach(coach):
        link_coach(database, row)
    return row


def update(database: Database, id_: Any, form: Row) -> Row:
    """Changes a kansactie and returns the row. It never calls Hoomdossier, also not for another coach."""
    known = mysql.find(database, "quotation_requests", id_)
    if known is None:
        raise AbortError(404, f"No query results for model [App\\Eco\\QuotationRequest\\QuotationRequest] {id_}")
    form = _trimmed(form)
    _check(database, form, needs_action=True)
    values = _changed_values(database, form)
    row = quotation_requests.save(database, values, known_id=known["id"], user_id=EMPLOYEE_ID)
    _after_saving(database, row)
    return row


def _trimmed(form: Row) -> Row:
    return {name: php.trim(value) if isinstance(value, str) else value for name, value in form.items()}


# -- checks ------------------------------------------------------------------------------------------------------------


def _check(database: Database, form: Row, *, needs_action: bool) -> None:
    """Raises AbortError with a reason per field that is missing or has an unknown id."""
    required = {"opportunityId": "opportunities", "statusId": "quotation_request_status"}
    if needs_action:
        required["opportunityActionId"] = "opportunity_actions"
    problems = {name: "Dit veld is verplicht." for name in required if form.get(name) in (None, "")}
    for name, table in {**dict.fromkeys(_PEOPLE, "contacts"), **required}.items():
        if form.get(name) not in (None, "") and not _exists(database, table, form[name]):
            problems[name] = "Deze waarde is niet gevonden."
    if problems:
        raise invalid({name: [text] for name, text in problems.items()})


def _exists(database: Database, table: str, id_: Any) -> bool:
    """Also when the row was removed."""
    number = None if isinstance(id_, list | dict) else mysql.leading_number(id_)
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
    """A moment (date and time) that was not sent is cleared; a day that was not sent stays."""
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
        actions = [row for row in database.rows("opportunity_actions") if mysql.same(row["code_ref"], code)]
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
    """Raises BrokenError where MySQL would refuse the text."""
    if not php.is_true(text):
        return 0
    if not php.is_numeric(text):
        raise BrokenError("incorrect decimal value")
    return float(text)


def _moment(database: Database, form: Row, part: str, *, only_with_time: bool) -> str:
    """From the two fields for date and time. Without a time it is 08:00; an empty time means the time now."""
    now = database.now()
    try:
        day = carbon.parse(form[f"date{part}"], now).stored()[:10]
        time = carbon.parse(form[f"time{part}"], now).stored()[11:16] if only_with_time else "08:00"
    except carbon.DateError as error:
        raise BrokenError("a date that cannot be read") from error
    return f"{day} {time}:00"


# -- what follows ------------------------------------------------------------------------------------------------------


def _after_saving(database: Database, row: Row) -> Row | None:
    """Relates a coach to the resident when there is a relation type `Energiecoach…`. Returns the coach or organisation.

    Raises CrashError when there is no intake, or a relation to make and no coach or organisation.
    """
    coach = mysql.find(database, "contacts", row.get("contact_id"))
    opportunity = mysql.find(database, "opportunities", row.get("opportunity_id"))
    intake = mysql.find(database, "intakes", (opportunity or {}).get("intake_id"))
    if intake is None:
        raise CrashError("no intake")
    resident = mysql.find(database, "contacts", intake.get("contact_id"))
    relation = next(
        (row for row in database.rows("occupations") if mysql.like(row.get("primary_occupation"), "Energiecoach%")),
        None,
    )
    if relation and resident:
        if coach is None:
            raise CrashError("no coach")
        if contacts.is_coach(coach):
            between = {"primary_contact_id": coach["id"], "contact_id": resident["id"]}
            _relate(database, {"occupation_id": relation["id"], **between})
    return coach


def _relate(database: Database, relation: Row) -> None:
    if not database.rows("occupation_contact", **relation):
        database.insert("occupation_contact", **relation, primary=1, allow_manage_in_portal=0)
