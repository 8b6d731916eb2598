"""The contact of a call: found or new, and what is written into it (`docs/peers/econobis.md` 4.5).

Rules and texts: `ExternalWebformController.php` `updateOrCreateContact`; new and changed rows: `new_contact.py`,
`known_contact.py`; address, e-mail and the like: `belongings.py`.
"""

from __future__ import annotations

from infra.standins.database import Row
from infra.standins.econobis import contacts
from infra.standins.econobis.webform import belongings, known_contact, matching, new_contact, php
from infra.standins.econobis.webform.call import Call, find, team_users
from infra.standins.econobis.webform.faults import BrokenError, CrashError
from infra.standins.econobis.webform.task import add_check_task


def find_or_make(call: Call) -> None:
    """Sets the call's contact, and its address where one is known."""
    _choose_owner(call)
    call.log(f"Forceer nieuw contact : {call.form['forceer_nieuw_contact']}")
    contact = None
    if php.equals_number(call.form["forceer_nieuw_contact"], 1):
        call.action = "NCG"
    elif call.form["contact_nummer"]:
        contact = matching.by_number(call)
        if contact is None:
            return
    else:
        contact = matching.by_address_and_email(call)
    call.log(f"Actie: {call.action}")
    if contact:
        call.log(f"Actie bij contact: {contact['id']}")
    address_type = belongings.address_type(call)
    call.contact = _use(call, contact, address_type) if contact else _make(call)


def _choose_owner(call: Call) -> None:
    """The acting user of the call. Raises CrashError when the webform has no responsible at all."""
    form, webform = call.form, call.webform
    team = find(call.database, "teams", form["verantwoordelijke_team_id"])
    own_team = find(call.database, "teams", webform.get("responsible_team_id"))
    if php.is_true(form["verantwoordelijke_gebruiker_id"]):
        call.user_id = _user(call, form["verantwoordelijke_gebruiker_id"])
        call.log(f"Eigenaar contact : {call.user_id}")
    elif php.is_true(form["verantwoordelijke_team_id"]) and team:
        call.user_id = _first_of(call, team)
        call.log(f"Eigenaar contact {call.user_id} (1e van team : {form['verantwoordelijke_team_id']})")
    elif webform.get("responsible_user_id"):
        call.user_id = _user(call, webform["responsible_user_id"])
        call.log(f"Eigenaar contact (default webformulier) : {call.user_id}")
    elif own_team:
        call.user_id = _first_of(call, own_team)
        call.log(f"Eigenaar contact (default webformulier) {call.user_id} (1e van team : {own_team['id']})")
    else:
        raise CrashError("no responsible user")
    call.log(f"Default Eigenaar contact verantwoordelijke gebruiker (zelfde als eigenaar) : {call.user_id}")


def _user(call: Call, sent: object) -> int:
    user = find(call.database, "users", sent)
    if user is None:
        raise BrokenError("unknown user")
    return int(user["id"])


def _first_of(call: Call, team: Row) -> int:
    users = team_users(call.database, team)
    if not users:
        raise BrokenError("a team without users")
    return users[0]


# -- a contact that was found ----------------------------------------------------------------------------------------


def _use(call: Call, contact: Row, address_type: str) -> Row:
    if call.action in ("UPC", "BCB"):
        contact = known_contact.update_contact(call, contact)
        _choose_address(call, contact)
    elif call.action == "NAT":
        belongings.add_address(call, contact)
        _add_small_things(call, contact)
    elif call.action == "NET":
        belongings.add_email(call, contact)
        _add_small_things(call, contact)
        _choose_address(call, contact)
    if call.action != "UPC":
        add_check_task(call, contact, _check_note(call, contact, address_type))
    return contact


def _add_small_things(call: Call, contact: Row) -> None:
    belongings.add_phone(call, contact)
    belongings.add_note(call, contact)
    belongings.add_to_groups(call, contact)
    belongings.add_connection(call, contact)


def _choose_address(call: Call, contact: Row) -> None:
    """The address that was sent when the contact has it, else its primary one."""
    form = call.form
    sent = next((row for row in matching.addresses_of(call, contact) if matching.is_sent_address(call, row)), None)
    primary = contacts.primary(call.database, "addresses", contact)
    if sent:
        place = f"{form.postal_code} {form.number}-{form.addition}"
        call.log(f"Adres gevonden bij meegegeven postcode/huisnummer: {place}")
    elif primary:
        place = f"{contacts.postal_code(primary)} {primary.get('number', '')}-{primary.get('addition', '')}"
        call.log(
            "Geen adres postcode/huisnummer meegegeven of gevonden,"
            f" verder met primair adres bij contact met postcode/huisnummer: {place}"
        )
    call.address = sent or primary


def _check_note(call: Call, contact: Row, address_type: str) -> str:
    named = f"{contact['full_name']} ({contact['number']})"
    email = call.form["emailadres"]
    said = {
        "NAT": f"Nieuw adres toegevoegd aan contact {named}.\n{_sent(call, address_type)}",
        "NET": f"Nieuw e-mailadres  {email} toegevoegd aan contact {named}.\n",
        "BCB": f"Contact 'bewoner' {named} bijgewerkt op adres 'bewoner'.\n",
        "CCT": f"Gegevens contact met emailadres {email} ({contact['number']}) gevonden bij op basis van e-mail"
        f" maar zonder goede match op NAW.\n{_sent(call, address_type)}",
        "NCG": f"Nieuw contact {named} geforceerd aangemaakt zonder check op adres en/of emailadres"
        " bij bestaande contact(en).\n",
        "NCT": f"Nieuw contact {named} aangemaakt op adres wat al voorkomt bij bestaande contact(en).\n",
    }
    return f"Webformulier {call.webform['name']}.\n\n{said[call.action]}Controleer contactgegevens\n"


def _sent(call: Call, address_type: str) -> str:
    form = call.form
    values = {
        "Adres type": belongings.ADDRESS_TYPES[address_type],
        "Voorletters": form["voorletters"],
        "Voornaam": form["voornaam"],
        "Tussenvoegsel": form["tussenvoegsel"],
        "Achternaam": form["achternaam"],
        "Straat": form["adres_straat"],
        "Nummer": form.number,
        "Toevoeging": form.addition,
        "Postcode": form.postal_code,
        "Plaats": form["adres_plaats"],
        "Landcode": form["adres_land_id"],
    }
    return "".join(f"{label} : {value}\n" for label, value in values.items())


# -- a new one -------------------------------------------------------------------------------------------------------


def _make(call: Call) -> Row:
    if call.action == "NCG":
        call.log("Geforceerd nieuw contact aanmaken")
    else:
        call.log("Geen enkel contact kunnen vinden op basis van meegegeven data, nieuw contact aanmaken.")
    contact = new_contact.make(call)
    if call.action != "NC":
        add_check_task(call, contact, _check_note(call, contact, "postal"))
    return contact
