"""Making a person, or an organisation with or without a contact person, from the fields of a form.

Upstream `ExternalWebformController.php` `addContact`; `ContactObserver.php`, `PersonObserver.php`.
"""

from __future__ import annotations

from typing import Any

from infra.standins.database import Row
from infra.standins.econobis import mysql, php
from infra.standins.econobis.faults import RefusedError
from infra.standins.econobis.mysql_columns import insert
from infra.standins.econobis.webform import attachments, belongings, contact_rows, payment
from infra.standins.econobis.webform.call import Call

_EMPLOYEE = 14  # The relation type "Medewerker", fixed in Econobis' code.
NO_FREE_FIELDS = "Geen vrij velden gebruik voor webformulier in applicatie."


def make(call: Call) -> Row:
    """The new contact. Raises RefusedError for a person without any name."""
    call.by_webform = True
    call.log(f"Contact verantwoordelijke gebruiker (zelfde als eigenaar) : {call.user_id}")
    contact = _organisation(call) if call.form.is_organisation else _person(call)
    call.is_new_contact = True
    return contact


def title_id(call: Call) -> int | None:
    """The id of the title that was sent. Raises RefusedError for an unknown one."""
    sent = call.form["titel_id"]
    if not sent:
        return None
    title = mysql.find(call.database, "titles", sent)
    if title is None:
        raise RefusedError("Ongeldige waarde in titel_id")
    return int(title["id"])


# -- a person --------------------------------------------------------------------------------------------------------


def _person(call: Call) -> Row:
    form = call.form
    call.log("Er is geen organisatienaam meegegeven; persoon aanmaken.")
    if not php.is_true(_last_name(call)) and not php.is_true(form["voornaam"]):
        raise RefusedError("Geen voornaam en geen achternaam. Nieuw contact kan niet aangemaakt worden.")
    contact = contact_rows.create(call, "person", **_agreements(call, "persoon."))
    call.log(f"Contact met id {contact['id']} aangemaakt.")
    person = _add_person(call, contact, _last_name(call))
    call.log(f"Persoon met id {person['id']} aangemaakt.")
    contact = call.database.row("contacts", contact["id"]) or contact
    belongings.add_address(call, contact)
    belongings.add_email(call, contact)
    belongings.add_phone(call, contact)
    belongings.add_note(call, contact)
    belongings.add_to_groups(call, contact)
    belongings.add_connection(call, contact)
    attachments.add_to_contact(call)
    call.log(NO_FREE_FIELDS)
    return call.database.row("contacts", contact["id"]) or contact


def _last_name(call: Call) -> str:
    """The last name; without one the e-mail address up to its `@`. Econobis reads it, and logs this, twice."""
    last_name = call.form["achternaam"]
    if php.is_true(last_name):
        return last_name
    last_name = call.form["emailadres"].split("@")[0]
    if php.is_true(last_name):
        call.log(f"Geen achternaam meegegeven, achternaam {last_name} uit emailadres gehaald.")
    else:
        call.log("Geen achternaam meegegeven, ook geen achternaam uit emailadres kunnen halen.")
    return last_name


def _add_person(call: Call, contact: Row, last_name: str, **more: Any) -> Row:
    form = call.form
    person = insert(
        call.database,
        "people",
        contact_id=contact["id"],
        title_id=title_id(call),
        initials=form["voorletters"],
        first_name=form["voornaam"],
        last_name=last_name,
        last_name_prefix=form["tussenvoegsel"],
        date_of_birth=form["geboortedatum"] if php.is_true(form["geboortedatum"]) else None,
        **more,
    )
    call.database.update("contacts", contact["id"], full_name=contact_rows.full_name(person))
    return person


# -- an organisation -------------------------------------------------------------------------------------------------


def _organisation(call: Call) -> Row:
    """The new contact, with an empty `full_name`: Econobis uses a row that it read before the name was stored."""
    form = call.form
    call.log("Er is een organisatienaam meegegeven; organisatie aanmaken.")
    contact = {**contact_rows.create(call, "organisation", **_agreements(call, "organisatie.")), "full_name": ""}
    organisation = insert(
        call.database,
        "organisations",
        contact_id=contact["id"],
        name=form["organisatienaam"],
        statutory_name="",
        website=form["website"],
        chamber_of_commerce_number=form["kvk"],
        vat_number=form["btw_nr"],
        square_meters=0,
    )
    call.database.update("contacts", contact["id"], full_name=form["organisatienaam"])
    call.log(f"Organisatie met id {organisation['id']} aangemaakt.")
    if php.is_true(form["voornaam"]) or php.is_true(form["achternaam"]):
        _add_contact_person(call, organisation)
    belongings.add_address(call, contact)
    belongings.add_email(call, contact)
    belongings.add_phone(call, contact)
    belongings.add_note(call, contact)
    belongings.add_to_groups(call, contact)
    call.log(NO_FREE_FIELDS)
    return {**(call.database.row("contacts", contact["id"]) or contact), "full_name": ""}


def _add_contact_person(call: Call, organisation: Row) -> None:
    contact = contact_rows.create(call, "person")
    call.log(f"Contactpersoon met id {contact['id']} aangemaakt.")
    person = _add_person(call, contact, call.form["achternaam"], organisation_id=organisation["id"])
    contact = call.database.row("contacts", contact["id"]) or contact
    insert(
        call.database,
        "occupation_contact",
        occupation_id=_EMPLOYEE,
        primary_contact_id=organisation["contact_id"],
        contact_id=contact["id"],
        primary=1,
        allow_manage_in_portal=0,
    )
    belongings.add_email(call, contact)
    belongings.add_person_to_groups(call, contact)
    belongings.add_connection(call, contact)
    call.log(f"Persoon met id {person['id']} aangemaakt en gekoppeld aan organisatie als medewerker.")


def _agreements(call: Call, subject: str) -> Row:
    """Consent, bank account and mandate. A consent gets today's date; the date in the form is ignored."""
    form = call.form
    agreed = php.is_true(form["akkoord_privacybeleid"])
    sent = form["datum_akkoord_privacybeleid"]
    values = {
        "iban": payment.read_iban(call, subject),
        "iban_attn": form["iban_tnv"],
        "did_agree_avg": int(agreed),
        **payment.mandate(call),
    }
    agreed_at = call.moment(sent) if php.is_true(sent) else None
    day = call.database.now().date().isoformat() if agreed else agreed_at and agreed_at[:10]
    return values | ({"date_did_agree_avg": day} if day else {})
