"""Pages on which you are an employee of the cooperation. They are plain HTML forms, without script.

GET  /                          the contacts: intake, opportunity, visit and dossier of each; ?q= searches, ?page=2
GET  /contacts/{id}             one contact with everything about it
POST /contacts/{id}/dossier     the button *Maak Hoomdossier*; shows the dialog that Econobis shows
POST /contacts/{id}/visit       opportunity_id=…, coach_id=<contact id>, date=2026-12-01, time=10:00 (both may be empty);
                                303 back to the contact, or the page with the error that the employee sees
GET  /kansacties.csv            downloads the kansacties; 422 when there are none

An unknown contact is a 404 and an invalid form a 422. After a failed call the page has the status of that call.
"""

from __future__ import annotations

import json

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from infra.standins.database import Database, Row
from infra.standins.econobis import contacts, mysql, quotation_requests
from infra.standins.econobis.faults import AbortError, BrokenError, CrashError
from infra.standins.econobis.hoomdossier_calls import register
from infra.standins.econobis.screens import kansactie_export, kansactie_form
from infra.standins.look.listing import listing

pages = Blueprint("pages", __name__, template_folder="templates")

Dialog = tuple[str, list[str]]
_DONE: Dialog = ("Hoomdossier is succesvol aangemaakt", [])
_VISIT, _NO_APPOINTMENT = 2, 7


@pages.before_request
def _open_database() -> None:
    g.database = current_app.extensions["econobis"]["database"]


@pages.get("/")
def list_contacts() -> str:
    newest_first = g.database.rows("contacts", deleted_at=None)[::-1]
    contacts = listing(newest_first, lambda contact: f"{contact['full_name']} {contact['number']} {contact['id']}")
    rows = [_summary(contact) for contact in contacts.rows]
    return _render("contacts.html", list=contacts, contacts=rows)


@pages.get("/contacts/<int:contact_id>")
def show_contact(contact_id: int) -> str:
    return _contact_page(_contact(contact_id))


@pages.post("/contacts/<int:contact_id>/dossier")
def make_dossier(contact_id: int) -> tuple[str, int]:
    status, dialog = 200, _DONE
    try:
        register.make_dossier(g.database, _contact(contact_id)["id"])
    except AbortError as error:
        status, dialog = error.status or 500, _dossier_dialog(error)
    except (BrokenError, CrashError):
        status, dialog = 500, _dossier_dialog(AbortError(500, ""))
    return _contact_page(_contact(contact_id), dialog), status


@pages.post("/contacts/<int:contact_id>/visit")
def plan_visit(contact_id: int) -> Response | tuple[str, int]:
    contact = _contact(contact_id)
    form = {
        "opportunityId": request.form.get("opportunity_id", ""),
        "organisationOrCoachId": request.form.get("coach_id", ""),
        "opportunityActionId": _VISIT,
        "statusId": _NO_APPOINTMENT,
        "datePlanned": request.form.get("date", ""),
        "timePlanned": request.form.get("time", ""),
    }
    try:
        kansactie_form.store(g.database, form)
    except AbortError as error:
        reasons = [reason for of_field in error.errors.values() for reason in of_field]
        dialog = (f"De kansactie gaf een fout ({error.status or 500}).", reasons or [error.message])
        return _contact_page(contact, dialog), error.status or 500
    except (BrokenError, CrashError):
        return _contact_page(contact, ("De kansactie gaf een fout (500).", [])), 500
    return redirect(url_for("pages.show_contact", contact_id=contact_id), 303)


@pages.get("/kansacties.csv")
def download_kansacties() -> Response:
    if not g.database.rows("quotation_requests", deleted_at=None):
        abort(422, "Geen gegevens om te downloaden")
    answer = Response(kansactie_export.export(g.database), content_type="text/csv; charset=UTF-8")
    filename = f"kansacties-{g.database.now():%Y-%m-%d %H_%M_%S}.csv"  # A browser writes `_` for `:`.
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    return answer


def _dossier_dialog(error: AbortError) -> Dialog:
    """Econobis' dialog lists the fields of a 422 of Hoomdossier; of any other status it shows only the number."""
    if error.errors:
        return "Niet alle benodigde gegevens zijn ingevuld:", error.errors.get("econobis", [])
    text = f"Er is iets misgegaan bij het aanmaken van het hoomdossier ({error.status or 500})."
    return text, _field_texts(error.message) if error.status == 422 else []


def _field_texts(body: str) -> list[str]:
    try:
        fields = json.loads(body)
    except ValueError:
        return []
    values = fields.values() if isinstance(fields, dict) else fields if isinstance(fields, list) else []
    return [",".join(map(str, value)) if isinstance(value, list) else str(value) for value in values]


# -- what a page shows -------------------------------------------------------------------------------------------------


def _contact_page(contact: Row, dialog: Dialog | None = None) -> str:
    database: Database = g.database
    intakes = [_intake(intake) for intake in database.rows("intakes", contact_id=contact["id"], deleted_at=None)]
    coaches = database.rows("contacts", inspection_person_type_id="coach", deleted_at=None)
    return _render(
        "contact.html",
        contact=_summary(contact),
        email=contacts.primary(database, "email_addresses", contact),
        phone=contacts.primary(database, "phone_numbers", contact),
        address=contacts.primary(database, "addresses", contact),
        intakes=intakes,
        opportunities=[opportunity for intake in intakes for opportunity in intake["opportunities"]],
        coaches=coaches,
        tasks=database.rows("tasks", contact_id=contact["id"], deleted_at=None)[::-1],
        dialog=dialog,
        done=dialog is _DONE,
    )


def _summary(contact: Row) -> Row:
    database: Database = g.database
    intakes = [_intake(intake) for intake in database.rows("intakes", contact_id=contact["id"], deleted_at=None)]
    opportunities = [opportunity for intake in intakes for opportunity in intake["opportunities"]]
    return {
        **contact,
        "is_coach": contacts.is_coach(contact),
        "intakes": intakes,
        "opportunities": opportunities,
        "actions": [action for opportunity in opportunities for action in opportunity["actions"]],
    }


def _intake(intake: Row) -> Row:
    opportunities = g.database.rows("opportunities", intake_id=intake["id"], deleted_at=None)
    return {
        **intake,
        "campaign": _name("campaigns", intake.get("campaign_id")),
        "status": _name("intake_status", intake.get("intake_status_id")),
        "opportunities": [_opportunity(opportunity) for opportunity in opportunities],
    }


def _opportunity(opportunity: Row) -> Row:
    links = g.database.rows("measure_opportunity", opportunity_id=opportunity["id"])
    actions = g.database.rows("quotation_requests", opportunity_id=opportunity["id"], deleted_at=None)
    return {
        **opportunity,
        "measures": [_name("measures", link["measure_id"]) for link in links],
        "status": _name("opportunity_status", opportunity.get("status_id")),
        "actions": [_action(action) for action in actions],
    }


def _action(action: Row) -> Row:
    coach = g.database.row("contacts", action.get("contact_id"))
    planned = action.get("date_planned")
    return {
        **action,
        "kind": _name("opportunity_actions", action.get("opportunity_action_id")),
        "status": _name("quotation_request_status", action.get("status_id")),
        "coach": coach.get("full_name") if coach else "geen coach",
        "at": quotation_requests.shown_moment(planned) if planned else "",
    }


def _name(table: str, id_: int | None) -> str:
    row = g.database.row(table, id_) or {}
    return str(row.get("name") or row.get("code_ref") or "onbekend")


def _contact(contact_id: int) -> Row:
    return mysql.find(g.database, "contacts", contact_id) or abort(404)


def _render(template: str, **values: object) -> str:
    cooperation = next(iter(g.database.rows("cooperations")), {"name": "Econobis"})
    return render_template(template, cooperation=cooperation, **values)
