"""Adds the rows that belong to a contact: addresses, e-mail addresses, phone numbers, notes, groups, connections.

Upstream `ExternalWebformController.php` `addAddressToContact` and the other `add…ToContact`. The first row of a kind
becomes the primary one (the models' observers).
"""

from __future__ import annotations

from infra.standins.database import Row
from infra.standins.econobis import contacts, mysql, php
from infra.standins.econobis.faults import BrokenError, RefusedError
from infra.standins.econobis.mysql_columns import insert
from infra.standins.econobis.webform import contact_rows, lvbag, matching
from infra.standins.econobis.webform.call import Call

ADDRESS_TYPES = {"deliver": "Bezorg", "invoice": "Nota", "postal": "Post", "visit": "Bezoek", "old": "Oud"}
_NO_GROUP = "Er is geen contact groep meegegeven, geen groep koppelen."


def address_type(call: Call) -> str:
    """The type that was sent, or `postal`. Logs which it is."""
    sent = call.form["adres_type_id"]
    if sent in ADDRESS_TYPES:
        call.log(f"Adres type ingesteld op: {ADDRESS_TYPES[sent]} ({sent})")
        return sent
    if sent:
        call.log(f'Ongeldige waarde in adres_type_id ({sent}) , default naar "Post"')
    else:
        call.log('Er is geen waarde voor adres type meegegeven, default naar "Post"')
    return "postal"


def add_address(call: Call, contact: Row) -> None:
    """Sets the call's address: a new one, or the contact's own when it has this address already."""
    if not call.form.has_address:
        call.log("Er is geen huisnummer of postcode meegegeven; adres niet aanmaken")
        return
    call.log("Er is een huisnummer en postcode meegegeven; kijken of deze al bestaat.")
    known = [row for row in matching.addresses_of(call, contact) if matching.is_sent_address(call, row)]
    if known:
        call.log("Er bestaat al een adres met dit huisnummer en postcode; adres niet aanmaken")
        call.address = known[0]
        return
    call.log("Er bestaat nog geen adres met dit huisnummer en postcode; adres aanmaken")
    kind = address_type(call)
    country = _country(call)
    street, city = lvbag.street_and_city(call)
    call.address = insert(
        call.database,
        "addresses",
        contact_id=contact["id"],
        type_id=kind,
        street=street,
        number=call.form.number,
        city=city,
        postal_code=call.form.postal_code,
        addition=call.form.addition,
        ean_electricity=call.form["energieleverancier_ean_code_elektra"],
        primary=_first("addresses", call, contact),
        **({"country_id": country} if country else {}),
    )
    call.log(f"Adres aangemaakt met id {call.address['id']}")


def _country(call: Call) -> str | None:
    sent = call.form["adres_land_id"]
    if not sent:
        return None
    found = [row for row in call.database.rows("countries") if mysql.same(str(row.get("code")), sent)]
    if not found:
        raise RefusedError("Ongeldige waarde in adres_land_id")
    return str(found[0]["code"])


def _first(table: str, call: Call, contact: Row) -> int:
    return int(not call.database.rows(table, contact_id=contact["id"], deleted_at=None))


def add_email(call: Call, contact: Row) -> None:
    """Adds the e-mail address that was sent, unless the contact has it."""
    email = call.form["emailadres"]
    if not php.is_true(email):
        call.log("Er is geen emailadres meegegeven; emailadres niet aanmaken")
        return
    call.log("Er is een emailadres meegegeven; kijken of deze al bestaat.")
    if matching.has_email(call, contact):
        call.log("Er bestaat al een emailadres met dit adres; emailadres niet adres")
        return
    call.log("Er bestaat nog geen emailadres met dit adres; emailadres aanmaken")
    primary = _first("email_addresses", call, contact)
    row = insert(
        call.database, "email_addresses", contact_id=contact["id"], type_id="home", email=email, primary=primary
    )
    call.log(f"Emailadres aangemaakt met id {row['id']}")


def add_phone(call: Call, contact: Row) -> None:
    """Adds the phone number that was sent, unless the contact has it."""
    number = call.form["telefoonnummer"]
    if not php.is_true(number):
        call.log("Er is geen telefoonnummer meegegeven; telefoonnummer niet aanmaken")
        return
    call.log("Er is een telefoonnummer meegegeven; kijken of deze al bestaat.")
    known = call.database.rows("phone_numbers", contact_id=contact["id"], deleted_at=None)
    if any(mysql.same(row.get("number"), number) for row in known):
        call.log("Er bestaat al een telefoonnummer met dit nummer; telefoonnummer niet aanmaken")
        return
    call.log("Er bestaat nog geen telefoonnummer met dit nummer; telefoonnummer aanmaken")
    row = insert(
        call.database,
        "phone_numbers",
        contact_id=contact["id"],
        type_id="home",
        number=number,
        primary=int(not known),
    )
    call.log(f"Telefoonnummer aangemaakt met id {row['id']}")


def add_note(call: Call, contact: Row) -> None:
    """Adds the note that was sent, also when the contact has one with the same text."""
    note = call.form["contact_opmerkingen"]
    if not php.is_true(note):
        return
    by = {"created_by_id": call.user_id, "updated_by_id": call.user_id}
    row = insert(call.database, "contact_notes", contact_id=contact["id"], note=note, **by)
    call.log(f"Contactopmerking aangemaakt met id {row['id']} voor contact {contact['full_name']}({contact['id']})")


# -- groups ----------------------------------------------------------------------------------------------------------


def add_to_groups(call: Call, contact: Row) -> None:
    """Makes the contact a member of the static groups that were sent by name or id."""
    name, ids = call.form["contact_groep"], call.form["contact_groep_ids"]
    if php.is_true(name) and not _add_to_named_group(call, contact, name):
        return
    if php.is_true(ids):
        _add_to_groups_by_id(call, contact, ids, "", _NO_GROUP)
    if not php.is_true(name) and not php.is_true(ids):
        call.log(_NO_GROUP)


def add_person_to_groups(call: Call, contact: Row) -> None:
    """For the contact person of a new organisation."""
    nothing = "Er is geen contact groep contactpersoon meegegeven, geen groep koppelen aan de persoon."
    ids = call.form["contact_groep_ids_contactpersoon"]
    if php.is_true(ids):
        _add_to_groups_by_id(call, contact, ids, " contactpersoon", nothing)
    else:
        call.log(nothing)


def _add_to_named_group(call: Call, contact: Row, name: str) -> bool:
    """False when the group is unknown or not static; Econobis then skips the groups by id too."""
    call.log("Er is een contact groep meegegeven, groep koppelen.")
    group = next((row for row in call.database.rows("contact_groups") if mysql.same(row.get("name"), name)), None)
    if group is None:
        call.log(f"Groep met naam {name} is niet gevonden, geen groep gekoppeld.")
        return False
    if group.get("type_id") != "static":
        call.log("Een contact kan alleen aan een statische groep worden gekoppeld, geen groep gekoppeld.")
        return False
    if _join(call, contact, group, name):
        call.group = group
    return True


def _add_to_groups_by_id(call: Call, contact: Row, ids: str, whose: str, nothing: str) -> None:
    groups = mysql.find_all(call.database, "contact_groups", ids)
    if not groups:
        call.log(nothing)
        return
    target = " aan de persoon" if whose else ""
    call.log(f"Er is/zijn 1 of meerdere contactgroep(en){whose} meegegeven, groep(en) koppelen{target}.")
    for group in groups:
        if group.get("type_id") != "static":
            call.log(
                "Een contact kan alleen aan een statische groep worden gekoppeld,"
                f" groep {group['name']} niet gekoppeld aan contact {contact['id']}."
            )
        else:
            _join(call, contact, group, group["name"])
    call.groups = groups


def _join(call: Call, contact: Row, group: Row, name: str) -> bool:
    """False when it is a member already.

    Raises BrokenError for a group with a Laposta list: the stand-in has no Laposta, so it is never set up.
    """
    if call.database.rows("contact_groups_pivot", contact_group_id=group["id"], contact_id=contact["id"]):
        call.log(f"Groep {name} al gekoppeld aan: {contact['id']}")
        return False
    contacts.join_group(call.database, contact, group)
    call.log(f"Contact {contact['id']} aan groep {name} gekoppeld.")
    if group.get("laposta_list_id"):
        call.log(f"Laposta contact groep verantwoordelijke gebruiker (zelfde als eigenaar) : {call.user_id}")
        raise BrokenError("Laposta is not set up")
    if group.get("inspection_person_type_id"):
        kind = group["inspection_person_type_id"]
        contact_rows.write(call, contact, inspection_person_type_id=kind)
    return True


# -- connections between contacts ------------------------------------------------------------------------------------


def add_connection(call: Call, contact: Row) -> None:
    """Relates the contact to the contact that was sent, unless they are related in this way already."""
    contact_id, kind_id = call.form["verbinding_met_contact_id"], call.form["verbinding_type_id"]
    if not php.is_true(contact_id) or not php.is_true(kind_id):
        call.log("Er is geen contact voor verbinding en/of verbinding type meegegeven, geen verbinding maken.")
        return
    call.log("Er is een verbinding met contact en verbinding type meegegeven, verbinding maken.")
    other, kind = mysql.find(call.database, "contacts", contact_id), mysql.find(call.database, "occupations", kind_id)
    if other is None:
        call.log(f"Contact voor verbinding met id {contact_id} is niet gevonden, geen verbinding gemaakt.")
    elif kind is None:
        call.log(f"Verbinding type met id {kind_id} is niet gevonden, geen verbinding gemaakt.")
    else:
        swaps = contact.get("type_id") == "organisation" and other.get("type_id") == "person"
        _connect(call, kind, *((contact, other) if swaps else (other, contact)))


def _connect(call: Call, kind: Row, first: Row, second: Row) -> None:
    row = {"occupation_id": kind["id"], "primary_contact_id": first["id"], "contact_id": second["id"]}
    names = f"{first['full_name']} met contact {contacts.first_name_first(call.database, second)}"
    said = f"Verbinding type {kind['primary_occupation']} voor contact {names}"
    if call.database.rows("occupation_contact", **row):
        call.log(f"{said} bestaat al.")
        return
    insert(call.database, "occupation_contact", **row, primary=0, allow_manage_in_portal=0)
    call.log(f"{said} gemaakt.")
