"""The bank account and the direct-debit mandate of a contact.

Upstream `ExternalWebformController.php` `checkIban`, `addContact`, and the end of contact handling in `doPost`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from infra.standins.database import Row
from infra.standins.econobis import php
from infra.standins.econobis.webform import contact_rows
from infra.standins.econobis.webform.call import Call


def read_iban(call: Call, subject: str) -> str:
    """The letters and digits that were sent. An invalid IBAN is stored too, with a line in the log and in the task."""
    sent = call.form["iban"]
    if not sent:
        call.log(f"Geen iban meegegeven voor {subject}")
        return ""
    iban = re.sub(r"[^A-Z0-9]+", "", sent.upper())
    if not _is_valid(iban):
        remark = f"Ongeldige Iban ingelezen voor {subject}"
        call.log(remark)
        call.task_remarks.append(remark)
    return iban


def _is_valid(iban: str) -> bool:
    return re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]+", iban) is not None and (
        int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1
    )


def mandate(call: Call) -> Row:
    """The columns of the mandate that was sent, or of no mandate."""
    form = call.form
    if not php.is_true(form["incasso_machtiging"]):
        return {
            "is_collect_mandate": 0,
            "collect_mandate_code": "",
            "collect_mandate_signature_date": None,
            "collect_mandate_first_run_date": None,
            "collect_mandate_collection_schema": "",
        }
    now = call.database.now()
    return {
        "is_collect_mandate": 1,
        "collect_mandate_code": form["incasso_machtigingskenmerk"],
        "collect_mandate_signature_date": _day(call, "incasso_ondertekening_datum", now.date()),
        "collect_mandate_first_run_date": _day(call, "incasso_eerste_datum", _start_of_next_month(now)),
        "collect_mandate_collection_schema": "core",
    }


def _day(call: Call, field: str, otherwise: date) -> str | None:
    sent = call.form[field]
    if not sent:
        return otherwise.isoformat()
    moment = call.moment(sent)
    return moment[:10] if moment else None


def _start_of_next_month(now: datetime) -> date:
    """The first day of the month of "one month later", which in PHP lies in March for 31 January."""
    first = (now.date().replace(day=1) + timedelta(days=31)).replace(day=1)
    later = first + timedelta(days=now.day - 1)
    return later.replace(day=1)


def change_known(call: Call, contact: Row) -> Row:
    """Writes bank account and mandate into a known contact, for every action. Returns the contact after it."""
    form = call.form
    named = f"{contact['full_name']} ({contact['number']})."
    if form["iban"] and form["iban"] != (contact.get("iban") or ""):
        contact = contact_rows.write(call, contact, iban=read_iban(call, "contact."))
        call.log(f"IBAN gewijzigd bij contact {named}")
    if form["iban_tnv"] and form["iban_tnv"] != (contact.get("iban_attn") or ""):
        contact = contact_rows.write(call, contact, iban_attn=form["iban_tnv"])
        call.log(f"IBAN tnv gewijzigd bij contact {named}")
    if form["incasso_machtiging"]:
        contact = _change_mandate(call, contact, named)
    return contact


_MANDATE_PARTS = (
    ("collect_mandate_code", "incasso_machtigingskenmerk", "Incasso machtigingskenmerk"),
    ("collect_mandate_signature_date", "incasso_ondertekening_datum", "Incasso ondertekening datum"),
    ("collect_mandate_first_run_date", "incasso_eerste_datum", "Incasso eerste datum"),
    ("collect_mandate_collection_schema", "incasso_schema", "Incasso schema"),
)


def _change_mandate(call: Call, contact: Row, named: str) -> Row:
    call.log(f"Incasso machtiging Ja/Nee gewijzigd bij contact {named}")
    if not php.is_true(call.form["incasso_machtiging"]):
        return contact_rows.write(call, contact, **mandate(call))
    values: Row = {"is_collect_mandate": 1}
    defaults = mandate(call) | {"collect_mandate_code": contact["number"]}
    for column, field, subject in _MANDATE_PARTS:
        sent, stored = call.form[field], contact.get(column)
        wanted = sent or ("" if stored else defaults[column])
        if wanted and wanted != stored:
            values[column] = _day(call, field, call.database.now().date()) if sent and "date" in column else wanted
            call.log(f"{subject} gewijzigd bij contact {named}")
    return contact_rows.write(call, contact, **values)
