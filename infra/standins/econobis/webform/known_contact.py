"""Changing a known contact: its person or organisation, consent, bank account and mandate.

Upstream `ExternalWebformController.php` `updateContact`; `ContactObserver.php`, `PersonObserver.php`.
"""

from __future__ import annotations

from infra.standins.database import Row
from infra.standins.econobis import contacts, php
from infra.standins.econobis.faults import CrashError
from infra.standins.econobis.mysql_columns import update
from infra.standins.econobis.webform import attachments, belongings, contact_rows, payment
from infra.standins.econobis.webform.call import Call
from infra.standins.econobis.webform.new_contact import NO_FREE_FIELDS, title_id


def update_contact(call: Call, contact: Row) -> Row:
    """The contact after the change. An organisation keeps its old name in log lines: Econobis does not read it again.

    Raises CrashError when a person was sent for an organisation, or the other way round.
    """
    call.by_webform = True
    call.log(f"Contact verantwoordelijke gebruiker (zelfde als eigenaar) : {call.user_id}")
    if call.form.is_organisation:
        call.log("Er is een organisatienaam meegegeven; organisatie bijwerken.")
        _update_agreements(call, contact)
        _update_organisation(call, contact)
    else:
        call.log("Er is geen organisatienaam meegegeven; persoon bijwerken.")
        _update_agreements(call, contact)
        _update_person(call, contact)
    contact = _read_again(call, contact)
    belongings.add_email(call, contact)
    belongings.add_phone(call, contact)
    belongings.add_note(call, contact)
    belongings.add_to_groups(call, contact)
    belongings.add_connection(call, contact)
    if not call.form.is_organisation:
        attachments.add_to_contact(call)
    call.log(NO_FREE_FIELDS)
    return _read_again(call, contact)


def _read_again(call: Call, contact: Row) -> Row:
    known = {"full_name": contact.get("full_name")} if call.form.is_organisation else {}
    return {**(call.database.row("contacts", contact["id"]) or contact), **known}


def _update_agreements(call: Call, contact: Row) -> None:
    form = call.form
    values: Row = {}
    if php.is_true(form["akkoord_privacybeleid"]):
        values["did_agree_avg"] = 1
    if php.is_true(form["datum_akkoord_privacybeleid"]):
        day = call.moment(form["datum_akkoord_privacybeleid"])
        values["date_did_agree_avg"] = day and day[:10]
    if php.is_true(form["incasso_machtiging"]):
        values |= payment.mandate(call)
    if iban := payment.read_iban(call, "persoon."):
        values["iban"] = iban
    if form["iban_tnv"]:
        values["iban_attn"] = form["iban_tnv"]
    if values:
        call.log(f"{len(values)} contact velden bijgewerkt: {', '.join(values)}")
        contact_rows.write(call, contact, **values, updated_with="webform")


def _update_person(call: Call, contact: Row) -> None:
    values = _person_values(call)
    if not values:
        return
    call.log(f"{len(values)} persoon velden bijgewerkt: {', '.join(values)}")
    person = contacts.person_of(call.database, contact)
    if person is None:
        raise CrashError("a contact without a person")
    names = ("initials", "first_name", "last_name", "last_name_prefix")
    before = [person.get(name) for name in names]
    update(call.database, "people", person["id"], **values)
    person = call.database.row("people", person["id"]) or person
    if before != [person.get(name) for name in names]:
        contact_rows.write(call, contact, full_name=contact_rows.full_name(person))


def _person_values(call: Call) -> Row:
    """First name, prefix and last name go together: when one was sent, those not sent become empty (known-limits E7)."""
    form = call.form
    values: Row = {}
    if php.is_true(form["titel_id"]):
        values["title_id"] = title_id(call)
    if form.only_last_name:
        values["last_name"] = form["achternaam"]
    else:
        if php.is_true(form["voorletters"]):
            values["initials"] = form["voorletters"]
        parts = {"first_name": "voornaam", "last_name_prefix": "tussenvoegsel", "last_name": "achternaam"}
        if any(php.is_true(form[name]) for name in parts.values()):
            values |= {column: form[name] for column, name in parts.items()}
    if php.is_true(form["geboortedatum"]):
        values["date_of_birth"] = form["geboortedatum"]
    return values


def _update_organisation(call: Call, contact: Row) -> None:
    form = call.form
    organisation = next(iter(call.database.rows("organisations", contact_id=contact["id"], deleted_at=None)), None)
    if organisation is None:
        raise CrashError("a contact without an organisation")
    update(
        call.database,
        "organisations",
        organisation["id"],
        name=form["organisatienaam"],
        website=form["website"],
        chamber_of_commerce_number=form["kvk"],
        vat_number=form["btw_nr"],
    )
    if organisation.get("name") != form["organisatienaam"]:
        contact_rows.write(call, contact, full_name=form["organisatienaam"])
    call.log(f"Organisatie met id {organisation['id']} bijgewerkt.")
