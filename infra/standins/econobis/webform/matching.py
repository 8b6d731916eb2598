"""Finds the contact that a form is about, sets the call's action and logs every step (docs/peers/econobis.md 4.5).

Upstream `ExternalWebformController.php` `getContactByNumber`, `getContactByAddressAndEmail`,
`getContactByNameAndEmail`. Of several contacts that match, the one with the lowest id is taken.
"""

from __future__ import annotations

from collections.abc import Callable

from infra.standins.database import Row
from infra.standins.econobis import mysql, php
from infra.standins.econobis.faults import BrokenError, RefusedError
from infra.standins.econobis.webform.call import Call

_NOWHERE = "adres (postcode, huisnummer en huisnummer toevoeging)"


def by_number(call: Call) -> Row | None:
    """None for the number `0`. Raises RefusedError when no contact, or more than one, has the number."""
    number = call.form["contact_nummer"]
    if not php.is_true(number):
        call.log("Er is geen kans_id meegegeven, kansactie bij kans niet aanmaken.")
        return None
    found = [row for row in call.database.rows("contacts", deleted_at=None) if mysql.same(row.get("number"), number)]
    if not found:
        raise RefusedError(f"Geen contact gevonden voor contact_nummer ({number}).")
    if len(found) > 1:
        raise RefusedError(f"Meerdere contacten gevonden met nummer {number} gevonden.")
    contact = found[0]
    call.log(f"Contact met nummer {contact['number']} ({contact['full_name']}, id: {contact['id']}) gevonden.")
    call.action = "UPC"
    return contact


def by_address_and_email(call: Call) -> Row | None:
    """The known contact; None when a new one must be made."""
    form = call.form
    if not form.has_address:
        return _by_name_and_email(call)
    call.log("Er zijn adres gegevens meegegeven")
    residents = [contact for contact in _contacts(call) if has_address(call, contact)]
    if not residents:
        return _by_email_only(call)
    if not form.is_organisation and "bewoner" in _last_name(call, residents[0]).lower():
        call.action = "BCB"
        call.log('Contact "bewoner" gevonden op basis van adres, naam en email bijwerken')
        return residents[0]
    place = f"{form.postal_code}, {form.number}{form.addition}"
    call.log(f"{len(residents)} contacten gevonden op adres: {place}")
    with_email = [contact for contact in residents if has_email(call, contact)]
    call.log(f"Aantal gevonden op adres en emailadres {form['emailadres']} : {len(with_email)}")
    return _among_known(call, with_email) if with_email else _among_residents(call, residents)


def has_address(call: Call, contact: Row) -> bool:
    return any(is_sent_address(call, row) for row in addresses_of(call, contact))


def is_sent_address(call: Call, address: Row) -> bool:
    form = call.form
    return (
        address.get("number") == php.to_float(str(form.number))
        and mysql.same(address.get("postal_code", ""), form.postal_code)
        and mysql.same(address.get("addition", ""), form.addition)
    )


def addresses_of(call: Call, contact: Row) -> list[Row]:
    """The primary one first, then the newest."""
    rows = call.database.rows("addresses", contact_id=contact["id"], deleted_at=None)
    return sorted(rows, key=lambda row: (-int(row.get("primary") or 0), -row["id"]))


def has_email(call: Call, contact: Row) -> bool:
    rows = call.database.rows("email_addresses", contact_id=contact["id"], deleted_at=None)
    return any(mysql.same(row.get("email", ""), call.form["emailadres"]) for row in rows)


# -- with an address -------------------------------------------------------------------------------------------------


def _by_email_only(call: Call) -> Row | None:
    email = call.form["emailadres"]
    known = [contact for contact in _contacts(call) if has_email(call, contact)]
    if known:
        call.log(f"{len(known)} contacten gevonden met emailadres {email}")
        call.action = "NAT"
        call.log("Nieuw adres maken + taak ")
        return known[0]
    call.log(f"Contact niet gevonden op basis van {_NOWHERE} of emailadres")
    call.action = "NC"
    call.log("Nieuw contact maken ")
    return None


def _among_residents(call: Call, residents: list[Row]) -> Row | None:
    """Compares names, then initials, when nobody on the address has the e-mail address."""
    form = call.form
    place = f"{form.postal_code}{form.number}{form.addition}"
    kind = "achternaam" if form.only_last_name else "organisatie naam" if form.is_organisation else "naam"
    call.log(f"Check op {'' if kind == 'organisatie naam' else 'persoon '}{kind} ?")
    if named := [contact for contact in residents if _named(call, contact, mysql.like)]:
        call.log(f"{len(named)} contacten gevonden op adres: {place} en {_sent_name(call)}")
        return _with_new_email(call, named[0])
    if form.only_last_name or form.is_organisation:
        who = "Contact" if form.only_last_name else "Contact (organisatie)"
        what = "achternaam" if form.only_last_name else "naam"
        return _no_match(call, f"{who} gevonden op basis van {_NOWHERE} maar niet op emailadres of {what}")
    if named := [contact for contact in residents if _initials_fit(call, contact)]:
        initials = form["voorletters"]
        how = f"voorletters: {initials}" if php.is_true(initials) else f"voorletter voornaam: {form['voornaam'][:1]}"
        call.log(f"{len(named)} contacten gevonden op adres: {place} en achternaam {form['achternaam']} en {how}")
        return _with_new_email(call, named[0])
    return _no_match(call, f"Contact (persoon) gevonden op basis van {_NOWHERE} maar niet op emailadres of naam")


def _with_new_email(call: Call, contact: Row) -> Row:
    if php.is_true(call.form["emailadres"]):
        call.log("Nieuw emailadres toevoegen + taak ")
        call.action = "NET"
    else:
        call.action = "UPC"
    return contact


def _among_known(call: Call, known: list[Row]) -> Row | None:
    """Compares names, then initials, of the contacts that have both the address and the e-mail address."""
    form = call.form
    place, email = f"{form.number}{form.addition}", form["emailadres"]
    call.action = "UPC"
    if named := [contact for contact in known if _named(call, contact, mysql.same)]:
        call.log(
            f"{len(named)} contacten gevonden op adres: {form.postal_code}, {place}"
            f" en emailadres {email} en {_sent_name(call)}"
        )
        return named[0]
    if form.only_last_name or form.is_organisation:
        who = "Contact" if form.only_last_name else "Contact (organisatie)"
        what = "achternaam" if form.only_last_name else "naam"
        return _no_match(call, f"{who} gevonden op basis van {_NOWHERE} en emailadres maar niet op {what}")
    if named := [contact for contact in known if _initials_fit(call, contact)]:
        initials = form["voorletters"]
        how = f"voorletters: {initials}" if php.is_true(initials) else f"voorletter voornaam :{form['voornaam'][:1]}"
        call.log(
            f"{len(named)} contacten gevonden op adres: {form.postal_code}{place}"
            f" en emailadres {email} en achternaam {form['achternaam']} en {how}"
        )
        return named[0]
    return _no_match(
        call, f"Contact (persoon) gevonden op basis van {_NOWHERE} en emailadres maar niet op naam met initials"
    )


def _no_match(call: Call, line: str) -> Row | None:
    """No contact matches: a new one must be made, with a task to check it."""
    call.log(line)
    call.action = "NCT"
    call.log("Nieuw contact maken + taak")
    return None


# -- without an address: persons only --------------------------------------------------------------------------------


def _by_name_and_email(call: Call) -> Row | None:
    form = call.form
    known = [contact for person in _people(call) if (contact := _contact_of(call, person)) and has_email(call, contact)]
    named = [contact for contact in known if _same_person(call, contact)]
    if named:
        by = "achternaam" if form.only_last_name else "naam"
        call.log(f"Persoon {named[0]['full_name']} gevonden op basis van {by} en emailadres")
        call.action = "UPC"
        return named[0]
    call.log(f"Contacten gevonden op emailadres {form['emailadres']}: {len(known)}")
    if known:
        call.log(f"{len(known)} contact gevonden op emailadres {form['emailadres']}")
        call.action = "CCT"
        return known[0]
    call.log(f"Contact niet gevonden op basis van {_NOWHERE} en niet op basis van emailadres")
    call.action = "NC"
    call.log("Nieuw contact maken")
    return None


def _same_person(call: Call, contact: Row) -> bool:
    person = _person(call, contact)
    first_fits = call.form.only_last_name or mysql.same(person["first_name"], call.form["voornaam"])
    return first_fits and mysql.same(person["last_name"], call.form["achternaam"])


# -- names -----------------------------------------------------------------------------------------------------------


def _sent_name(call: Call) -> str:
    form = call.form
    if form.only_last_name:
        return f"achternaam {form['achternaam']}"
    if form.is_organisation:
        return f"organisatienaam {form['organisatienaam']}"
    return f"naam {form['voornaam']} {form['achternaam']}"


def _named(call: Call, contact: Row, compare: Callable[[str | None, str], bool]) -> bool:
    """`compare` is how a last name alone is compared: with LIKE unless the e-mail address matched (known-limits E23)."""
    form = call.form
    if form.only_last_name:
        return compare(_person(call, contact)["last_name"], form["achternaam"])
    if form.is_organisation:
        rows = call.database.rows("organisations", contact_id=contact["id"], deleted_at=None)
        return any(mysql.like(row.get("name"), form["organisatienaam"]) for row in rows)
    return _same_person(call, contact)


def _initials_fit(call: Call, contact: Row) -> bool:
    """Compares the initials. When the form has none, it compares the first letter of the first name."""
    form, person = call.form, _person(call, contact)
    if not mysql.same(person["last_name"], form["achternaam"]):
        return False
    if php.is_true(form["voorletters"]):
        return mysql.same(person["initials"], form["voorletters"])
    letter = form["voornaam"][:1]
    # PHP takes the first byte: of a letter with an accent that is no whole character, which LIKE never finds.
    return letter.isascii() and mysql.like(person["first_name"], f"{letter}%")


def _contacts(call: Call) -> list[Row]:
    kind = "organisation" if call.form.is_organisation else "person"
    return call.database.rows("contacts", type_id=kind, deleted_at=None)


def _people(call: Call) -> list[Row]:
    return call.database.rows("people", deleted_at=None)


def _contact_of(call: Call, person: Row) -> Row | None:
    contact = call.database.row("contacts", person.get("contact_id"))
    return contact if contact and not contact.get("deleted_at") else None


def _person(call: Call, contact: Row) -> Row:
    """The names as the columns hold them. Without a row in `people` they are NULL, which equals no text."""
    rows = call.database.rows("people", contact_id=contact["id"], deleted_at=None)
    empty = {"first_name": "", "last_name": "", "initials": None}
    return empty | rows[0] if rows else dict.fromkeys(empty)


def _last_name(call: Call, contact: Row) -> str:
    last_name = _person(call, contact)["last_name"]
    if last_name is None:
        raise BrokenError("a contact without a person")
    return str(last_name)
