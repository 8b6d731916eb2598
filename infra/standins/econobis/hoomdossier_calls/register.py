"""The call that registers a contact as a resident at Hoomdossier, and what follows it (docs/peers/econobis.md 2).

Upstream `app/Helpers/Hoomdossier/HoomdossierHelper.php` `make`; recorded in
`tests/fixtures/vectors/wire/econobis_to_hoomdossier__*`.
"""

from __future__ import annotations

import random
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis import contacts, mysql, php, php_json
from infra.standins.econobis.faults import AbortError, BrokenError, CrashError, invalid
from infra.standins.econobis.hoomdossier_calls import send

_NO_ANSWER = "Er is iets misgegaan met het verzenden naar Hoomdossier"


def make_dossier(database: Database, contact_id: int | str) -> Any:
    """The account id as Hoomdossier wrote it; it is stored as a whole number.

    Raises AbortError with what the employee sees, and BrokenError or CrashError where Econobis answers 500. The account
    id is stored before the contact joins the group and the mail is made, and both of these may still fail.
    """
    contact = mysql.find(database, "contacts", contact_id)
    if contact is None:
        raise AbortError(404, f"No query results for model [App\\Eco\\Contact\\Contact] {contact_id}")
    _check(database, contact)
    cooperation = next(iter(database.rows("cooperations")), None)
    if cooperation is None:
        raise BrokenError("no cooperation to send from")
    account_id = _register(database, contact, cooperation)
    _store(database, contact, _account_column(account_id))
    _join_group(database, cooperation, contact)
    _confirm(database, cooperation)
    return account_id


def _refused(reasons: list[str]) -> AbortError:
    return invalid({"econobis": reasons})


# -- what is checked before the call -----------------------------------------------------------------------------------


def _check(database: Database, contact: Row) -> None:
    """Raises AbortError with every reason why this contact cannot be registered (docs/peers/econobis.md 2.1)."""
    reasons = _missing(database, contact)
    if reasons:
        raise _refused(reasons)
    if taken := [_taken(database, other) for other in _registered_with(database, contact)]:
        raise _refused(taken)


def _missing(database: Database, contact: Row) -> list[str]:
    reasons = ["Koppeling hoomdossier bestaat al"] if contact.get("hoom_account_id") else []
    if contacts.primary(database, "email_addresses", contact) is None:
        reasons.append("Primair mailadres ontbreekt")
    if contact.get("type_id") == "person":
        person = contacts.person_of(database, contact)
        if person is None:
            raise BrokenError("a person without names")
        reasons += [
            f"{name} ontbreekt"
            for name, column in (("Voornaam", "first_name"), ("Achternaam", "last_name"))
            if not php.is_true(person.get(column))
        ]
    else:
        reasons.append("Bedrijven kunnen niet worden aangemaakt bij Hoomdossier")
    address = contacts.primary(database, "addresses", contact)
    if address is None:
        return [*reasons, "Primair adres ontbreekt"]
    named = {"Postcode": "postal_code", "Straat": "street", "Huisnummer": "number", "Plaats": "city"}
    return reasons + [
        f"{name} in adres ontbreekt" for name, column in named.items() if not php.is_true(address.get(column))
    ]


def _registered_with(database: Database, contact: Row) -> list[Row]:
    email = _email(database, contact) or ""
    others = [
        other for other in database.rows("contacts", type_id="person", deleted_at=None) if other["id"] != contact["id"]
    ]
    return [
        other
        for other in others
        if other.get("hoom_account_id") is not None and mysql.same(_email(database, other), email)
    ]


def _email(database: Database, contact: Row) -> str | None:
    email: str | None = (contacts.primary(database, "email_addresses", contact) or {}).get("email")
    return email


def _taken(database: Database, other: Row) -> str:
    email = _email(database, other)
    who = f"{other.get('full_name')} ({other.get('number')})"
    return f"Er bestaat al een contact {who} met zelfde primair e-mailadres {email} en een Hoomdossier"


# -- the call ----------------------------------------------------------------------------------------------------------


def _register(database: Database, contact: Row, cooperation: Row) -> Any:
    """A link with `.test` in it makes no call: Econobis then invents an account id."""
    link = cooperation.get("hoom_link") or ""
    if link.find(".test") > 0:
        return random.randint(1, 3000)
    answer = php_json.decode(send.post(link, cooperation, _body(database, contact), _NO_ANSWER))
    return php_json.read(answer, "account_id")


def _body(database: Database, contact: Row) -> Row:
    person = contacts.person_of(database, contact) or {}
    address = contacts.primary(database, "addresses", contact) or {}
    phone = contacts.primary(database, "phone_numbers", contact) or {}
    housing_file = contacts.newest_housing_file(database, address)
    prefix = person.get("last_name_prefix")
    return {
        "extra": {"contact_id": contact["id"]},
        "email": _email(database, contact) or "",
        "first_name": person["first_name"],
        "last_name": f"{prefix} {person['last_name']}" if prefix else person["last_name"],
        "postal_code": contacts.postal_code(address),
        "number": address["number"],
        "house_number_extension": address["addition"] if php.is_true(address.get("addition")) else "",
        "street": address["street"],
        "city": address["city"],
        "phone_number": phone.get("number") or "",
        "tool_questions": {
            "resident-count": 2 if housing_file is None else housing_file.get("number_of_residents"),
            "amount-gas": _gas(database, address),
            "amount-electricity": _electricity(database, address),
        },
        "roles": ["resident"],
    }


def _gas(database: Database, address: Row) -> float | None:
    period = _last_period(database, "address_energy_consumption_gas", address)
    return 0 if period is None else _number(period.get("consumption"))


def _electricity(database: Database, address: Row) -> float | None:
    period = _last_period(database, "address_energy_consumption_electricity", address) or {}
    used_high, used_low, back_high, back_low = (
        _number(period.get(f"{kind}_{tariff}")) or 0 for kind in ("consumption", "return") for tariff in ("high", "low")
    )
    return _number(used_high + used_low - back_high - back_low)


def _number(value: float | str | None) -> float | None:
    """A whole number without decimals: the columns are doubles, and PHP writes 1450.0 as 1450."""
    if value is None:
        return None
    number = float(value)
    return int(number) if number.is_integer() else number


def _last_period(database: Database, table: str, address: Row) -> Row | None:
    periods = database.rows(table, address_id=address["id"], deleted_at=None)
    return max(periods, key=lambda period: (str(period.get("date_begin") or ""), period["id"]), default=None)


# -- what follows ------------------------------------------------------------------------------------------------------


def _account_column(value: Any) -> float | str | None:
    """A number as a number. Another text is kept, as recorded on SQLite; strict MySQL would refuse it with a 500."""
    text = php_json.as_text(value)
    if value is None or not php.is_numeric(text):
        return None if value is None else text
    return _number(text)


def _store(database: Database, contact: Row, account_id: float | str | None) -> None:
    if account_id is None:
        return
    values: Row = {"hoom_account_id": account_id, "hoom_account_created_at": f"{database.now():%Y-%m-%d %H:%M:%S}"}
    if contact.get("updated_with"):
        values["updated_with"] = "econobis"
    database.update("contacts", contact["id"], **values)


def _join_group(database: Database, cooperation: Row, contact: Row) -> None:
    """Raises CrashError when the group of the settings is gone, AbortError when its Laposta list is not set up."""
    if not cooperation.get("hoom_group_id"):
        return
    group = database.row("contact_groups", cooperation["hoom_group_id"])
    if group is None:
        raise CrashError("no such contact group")
    contacts.join_group(database, contact, group)
    if not group.get("laposta_list_id"):
        return
    reasons = [] if cooperation.get("use_laposta") else ["Gebruik laposta niet geactiveerd"]
    reasons += [] if cooperation.get("laposta_key") else ["Geen key Laposta bekend"]
    if reasons:
        raise _refused(reasons)


def _confirm(database: Database, cooperation: Row) -> None:
    """Econobis' own mail about the account. It is not made here, but without its template the call fails."""
    template = cooperation.get("hoom_email_template_id")
    if template and cooperation.get("send_email") and database.row("email_templates", template) is None:
        raise CrashError("no such template")
