"""The kansactie that a form makes or changes (`docs/peers/econobis.md` 4.3 and 4.6).

Rules and texts: `ExternalWebformController.php` `addQuotationRequestToOpportunity`, `updateQuotationRequest`,
`getCoachOrOrganisation`; saving one: `infra/standins/econobis/quotation_requests.py`.
"""

from __future__ import annotations

from infra.standins.database import Row
from infra.standins.econobis import quotation_requests
from infra.standins.econobis.webform import attachments, php
from infra.standins.econobis.webform.call import Call, find
from infra.standins.econobis.webform.columns import fitted, update
from infra.standins.econobis.webform.faults import BrokenError, CrashError, RefusedError

_DATES = {
    "date_planned_attempt1": "kansactie_datum_afspraakpoging_1",
    "date_planned_attempt2": "kansactie_datum_afspraakpoging_2",
    "date_planned_attempt3": "kansactie_datum_afspraakpoging_3",
    "date_planned": "kansactie_datum_afspraak",
    "date_recorded": "kansactie_datum_afgehandeld",
    "date_released": "kansactie_datum_uitgebracht",
    "date_approved_client": "kansactie_datum_akkoord_bewoner",
    "date_approved_project_manager": "kansactie_datum_akkoord_projectleider",
    "date_approved_external": "kansactie_datum_akkoord_toekenning",
    "date_under_review": "kansactie_datum_toekenning_in_behandeling",
    "date_executed": "kansactie_datum_uitgevoerd",
    "date_under_review_determination": "kansactie_datum_vaststelling_in_behandeling",
    "date_approved_determination": "kansactie_datum_akkoord_vaststelling",
}
_AMOUNTS = {
    "quotation_amount": "kansactie_budgetaanvraag_bedrag",
    "cost_adjustment": "kansactie_budgetaanvraag_kosten_aanpassing",
    "award_amount": "kansactie_bedrag_toekenning",
    "amount_determination": "kansactie_bedrag_vaststelling",
}
_NOTES = {
    "coach_or_organisation_note": "kansactie_opmerking_coach",
    "projectmanager_note": "kansactie_opmerking_projectleider",
    "externalparty_note": "kansactie_opmerking_externe_partij",
    "client_note": "kansactie_opmerking_bewoner",
}
_ATTACHMENTS = ("kansactie_bijlage", "kansactie_bijlage2", "kansactie_bijlage3")

# Which of these a new kansactie of each action takes over; the others are ignored.
_OFFER = {
    "date_planned",
    "date_recorded",
    "date_released",
    "date_approved_client",
    "date_approved_project_manager",
    "date_executed",
    "quotation_amount",
    *_NOTES,
}
_ATTEMPTS = {"date_planned_attempt1", "date_planned_attempt2", "date_planned_attempt3"}
_TAKEN = {
    "visit": _ATTEMPTS | {"date_planned", "date_recorded", "coach_or_organisation_note"},
    "quotation-request": _OFFER,
    "subsidy-request": _OFFER
    | set(_AMOUNTS)
    | {
        "date_approved_external",
        "date_under_review",
        "date_under_review_determination",
        "date_approved_determination",
    },
    "redirection": _ATTEMPTS | {"date_executed", "externalparty_note"},
}


def add(call: Call, opportunity: Row) -> None:
    form = call.form
    code = form["kansactie_aanmaken"]
    if not php.is_true(code):
        call.log("Geen kansactie_aanmaken meegegeven.")
        return
    coach = _coach_or_organisation(call, opportunity)
    action = next((row for row in call.database.rows("opportunity_actions") if php.same(row["code_ref"], code)), None)
    if action is None:
        raise RefusedError(f"Er is een ongeldige waarde voor kansactie_aanmaken ({code}) meegegeven.")
    status = _status(call, action, form["kansactie_status"])
    if status is None:
        status = call.database.rows("quotation_request_status", opportunity_action_id=action["id"], code_ref="default")[
            0
        ]
        call.log(
            "Er is geen bekende waarde voor kansactie_aanmaken status meegegeven bij kansactie_type"
            f" {action['name']}, default naar: {status['name']}"
        )
    call.act_for_webform("Kansactie")
    # Only a quotation request without an amount has none; the others have 0.
    amount = {"quotation_amount": None} if action["code_ref"] == "quotation-request" else {}
    values = amount | _sent(call, _TAKEN[action["code_ref"]])
    row = _save(
        call,
        {
            "contact_id": coach["id"] if coach else None,
            "opportunity_id": opportunity["id"],
            "opportunity_action_id": action["id"],
            "status_id": status["id"],
            "quotation_text": form["kansactie_omschrijving"],
            **values,
            **_planning(call, coach),
        },
    )
    attachments.fetch(call, *_ATTACHMENTS)
    call.log(
        f"Kansactie {action['name']} met id {row['id']} aangemaakt voor kans '{opportunity['number']}'"
        f" en coach/organisatie '{_name(coach)}'."
    )


def add_to_known_opportunity(call: Call) -> None:
    """The branch of an encrypted `kans_id`."""
    kans_id, code = call.form["kans_id"], call.form["kans_code"]
    opportunity = find(call.database, "opportunities", kans_id)
    if opportunity is None:
        raise RefusedError(f"Er is een ongeldige waarde voor kans_id ({kans_id}) meegegeven.")
    call.log(f"Kans met id {opportunity['id']} gevonden.")
    _set_code(call, opportunity, code)
    add(call, opportunity)


def change_known(call: Call) -> None:
    """The branch of an encrypted `kansactie_id`; an empty field never clears anything."""
    form = call.form
    row = find(call.database, "quotation_requests", form["kansactie_id"])
    if row is None:
        raise RefusedError(f"Geen kansactie gevonden voor kansactie id ({form['kansactie_id']}).")
    call.log(f"Kansactie met id {row['id']} gevonden.")
    call.act_for_webform("Kansactie")
    opportunity = find(call.database, "opportunities", row.get("opportunity_id"))
    if opportunity is None:
        raise BrokenError("a kansactie without an opportunity")
    _set_code(call, opportunity, form["kans_code"])
    coach = _coach_or_organisation(call, opportunity) if php.is_true(form["kansactie_org_of_coach"]) else None
    values = _sent(call, {*_DATES, *_AMOUNTS, *_NOTES})
    if coach:
        values["contact_id"] = coach["id"]
    if php.is_true(form["kansactie_omschrijving"]):
        values["quotation_text"] = form["kansactie_omschrijving"]
    if php.is_true(form["kansactie_status"]):
        values |= _new_status(call, row)
    if third := values.pop("date_planned_attempt3", None):
        values["date_planned_attempt1"] = third
    _save(call, values, row["id"])
    attachments.fetch(call, *_ATTACHMENTS)
    action = call.database.row("opportunity_actions", row.get("opportunity_action_id")) or {}
    call.log(
        f"Kansactie {action.get('name')} met id {row['id']} bijgewerkt bij kans: {opportunity['number']})"
        f" en coach/organisatie '{_name(coach)}'."
    )


def _set_code(call: Call, opportunity: Row, code: str) -> None:
    if php.is_true(code):
        update(call.database, "opportunities", opportunity["id"], call.user_id, opportunity_code=code)
        call.log(f"Kans code {code} bijgewerkt bij kans {opportunity['number']} ({opportunity['id']}).")


def _save(call: Call, values: Row, id_: int | None = None) -> Row:
    stored = fitted(call.database, "quotation_requests", values)
    return quotation_requests.save(call.database, stored, id_, call.user_id)


def _name(coach: Row | None) -> str:
    return str(coach["full_name"]) if coach else "geen"


def _status(call: Call, action: Row, code: str) -> Row | None:
    rows = call.database.rows("quotation_request_status", opportunity_action_id=action["id"])
    return next((row for row in rows if php.same(row["code_ref"], code)), None)


def _new_status(call: Call, row: Row) -> Row:
    code = call.form["kansactie_status"]
    status = _status(call, {"id": row.get("opportunity_action_id")}, code)
    if status is None:
        call.log(f"Ongeldig kansactie_status code ref meegegeven: {code}'.")
        return {}
    return {"status_id": status["id"]}


def _sent(call: Call, columns: set[str]) -> Row:
    """Dates, amounts and notes of these columns that were sent and hold something; no other date is looked at."""
    form = call.form
    dates = {
        column: call.moment(form[field])
        for column, field in _DATES.items()
        if column in columns and php.is_true(form[field])
    }
    amounts = {
        column: form.amount(field) for column, field in _AMOUNTS.items() if column in columns and form.amount(field)
    }
    notes = {column: form[field] for column, field in _NOTES.items() if column in columns and php.is_true(form[field])}
    return dates | amounts | notes


# -- who it is for ---------------------------------------------------------------------------------------------------


def _coach_or_organisation(call: Call, opportunity: Row) -> Row | None:
    """Must take part in the campaign of the opportunity's intake. Raises RefusedError."""
    sent = call.form["kansactie_org_of_coach"]
    if not php.is_true(sent):
        call.log("Geen Coach of Organisatie meegegeven.")
        return None
    contact = find(call.database, "contacts", sent)
    if contact is None:
        raise RefusedError(f"Meegegeven kansactie_org_of_coach ({sent}) niet gevonden als contact.")
    call.log(f"Coach of Organisatie met id {contact['id']} gevonden.")
    campaign = _campaign(call, opportunity)
    if contact.get("inspection_person_type_id") == "coach":
        table, column, member, kind = "campaign_coach", "contact_id", contact["id"], "coach"
    elif contact.get("type_id") == "organisation":
        rows = call.database.rows("organisations", contact_id=contact["id"], deleted_at=None)
        if not rows:
            raise CrashError("a contact without an organisation")
        table, column, member, kind = "campaign_organisation", "organisation_id", rows[0]["id"], "organisatie"
    else:
        raise RefusedError(f"Meegegeven waarde voor kansactie_org_of_coach ({sent}) is geen coach of organisatie.")
    if not call.database.rows(table, **{column: member, "campaign_id": campaign["id"]}):
        raise RefusedError(
            f"Meegegeven waarde voor kansactie_org_of_coach ({sent}) is geen betrokken {kind} bij campagne"
            f" {campaign['name']} ({campaign['id']})."
        )
    return contact


def _campaign(call: Call, opportunity: Row) -> Row:
    intake = call.database.row("intakes", opportunity.get("intake_id")) or {}
    campaign = call.database.row("campaigns", intake.get("campaign_id"))
    if campaign is None:
        raise BrokenError("an opportunity without a campaign")
    return campaign


# -- the coach's calendar --------------------------------------------------------------------------------------------


def _planning(call: Call, coach: Row | None) -> Row:
    """A visit with a coach and a calendar (district) is put into the planning when its length is known."""
    district_id = call.form["kansactie_afspraak_kalender_id"]
    if call.form["kansactie_aanmaken"].lower() != "visit" or not php.is_numeric(district_id) or coach is None:
        return {}
    minutes = _minutes(call, district_id)
    if minutes is None:
        return {"district_id": district_id}
    return {"district_id": district_id, "duration_minutes": minutes, "uses_planning": 1}


def _minutes(call: Call, district_id: str) -> int | None:
    """Rounded up to half hours; the calendar's own length when what was sent is not 1 to 300."""
    district = find(call.database, "districts", district_id)
    if district is None:
        call.log("Onbekend kalender id meegegeven.")
        return None
    sent = call.form["kansactie_kalender_duratie"]
    if sent.lstrip("+").isdecimal() and not sent.lstrip("+").startswith("0") and 1 <= int(sent) <= 300:
        return -(-int(sent) // 30) * 30
    wrong = "Kansactie afspraak duratie is niet geldig. Moet een getal (aantal minuten) zijn tussen de 1 en 300."
    default = district.get("default_duration_minutes")
    if not default:
        call.log(
            f"{wrong} Er is ook geen default duratie bij afspraakkalender aanwezig, daarom niet opgenomen in planning."
        )
        return None
    call.log(f"{wrong} Duratie met default gezet: {default} minuten")
    return int(default)
