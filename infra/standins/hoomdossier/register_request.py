"""Which bodies `POST /register` takes: Hoomdossier's `RegisterFormRequest`, `docs/peers/hoomdossier.md` 2.1 and 2.4."""

from __future__ import annotations

import re
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier, mysql, rules, validation
from infra.standins.hoomdossier.php import Uncaught, is_empty, text
from infra.standins.hoomdossier.validation import Rule, check

Problems = dict[str, list[str]]

CONTACT_ID_TAKEN = (
    "De contact ID is al geregistreerd. Zoek in het Hoomdossier dit contact op en vul in in Econobis het Hoomaccount "
    "ID in. Vul eventueel het Econobis contact ID (wat in de URL staat) in het Hoomdossier in."
)
_TEXT = [validation.STRING, validation.LENGTH_255]
_CONSUMPTION = [validation.NUMERIC, validation.INTEGER]
_QUESTIONS = {
    "amount-gas": [*_CONSUMPTION, validation.at_least(0), validation.at_most(9999999999)],
    "amount-electricity": [*_CONSUMPTION, validation.at_least(-10000), validation.at_most(9999999999)],
}


def normalised(data: Row) -> Row:
    """The body with its house number addition in small letters, without white space and hyphens."""
    extension = re.sub(r"[\s-]+", "", text(data.get("house_number_extension")), flags=re.ASCII)
    small = "".join(letter.lower() if letter.isascii() else letter for letter in extension)
    return {**data, "house_number_extension": small}


def problems(database: Database, cooperation: Row, data: Row) -> Problems:
    """Field → texts; empty when the body is taken. `Uncaught` where the real one ends in a 500."""
    found = {
        "email": _email(database, cooperation, data.get("email")),
        **_person_and_address(cooperation["country"], data),
        **_roles(data.get("roles")),
        **_tool_questions(database, data.get("tool_questions", [])),
    }
    taken = _contact_id_taken(database, cooperation, extra_contact_id(data))
    found["extra.contact_id"] = found["extra.contact_id"] + ([CONTACT_ID_TAKEN] if taken else [])
    return {field: texts for field, texts in found.items() if texts}


def extra_contact_id(data: Row) -> Any:
    extra = data.get("extra")
    return extra.get("contact_id") if isinstance(extra, dict) else None


def _email(database: Database, cooperation: Row, email: Any) -> list[str]:
    """No rule at all for an account that is known, but not in this cooperation."""
    account = dossier.find_account(database, email)
    if account and not database.rows("users", account_id=account["id"], cooperation_id=cooperation["id"]):
        return []
    unique = Rule("Het e-mailadres is al geregistreerd.", lambda _: account is None, lookup=True)
    return check(
        email, "E-mailadres", [validation.STRING, validation.EMAIL, validation.LENGTH_255, unique], required=True
    )


def _person_and_address(country: str, data: Row) -> Problems:
    postal_code = Rule("{Name} is een ongeldige postcode.", lambda value: rules.postal_code(country, value))
    number = Rule("{Name} is een ongeldig huisnummer.", lambda value: rules.house_number(country, value))
    extension = Rule(
        "{Name} is een ongeldige huisnummer toevoeging.", lambda value: rules.house_number_extension(country, value)
    )
    phone = Rule("{Name} is een ongeldig telefoonnummer.", lambda value: rules.phone_number(country, value))
    contact_id = [validation.NUMERIC, validation.INTEGER, validation.ABOVE_ZERO]
    return {
        "first_name": check(data.get("first_name"), "Voornaam", _TEXT, required=True),
        "last_name": check(data.get("last_name"), "Achternaam", _TEXT, required=True),
        "postal_code": check(data.get("postal_code"), "Postcode", [postal_code], required=True),
        "number": check(data.get("number"), "Huisnummer", [validation.INTEGER, number], required=True),
        "house_number_extension": check(data["house_number_extension"], "Toevoeging", [validation.STRING, extension]),
        "street": check(data.get("street"), "Straat", _TEXT, required=True),
        "city": check(data.get("city"), "Plaats", _TEXT, required=True),
        "phone_number": check(data.get("phone_number"), "Telefoonnummer", [phone], nullable=True),
        "extra.contact_id": check(extra_contact_id(data), "contact ID", contact_id, nullable=True),
    }


def _roles(roles: Any) -> Problems:
    found = {"roles": check(roles, "roles", [validation.ARRAY], nullable=True)}
    for key, role in roles.items() if isinstance(roles, dict) else enumerate(roles if isinstance(roles, list) else []):
        name = f"roles.{key}"
        found[name] = check(role, name, [validation.STRING, validation.one_of(["resident", "coach"])])
    return found


def _tool_questions(database: Database, questions: Any) -> Problems:
    """Only three shorts count. A resident count may be the short of any question's option, so 0 and 90 pass."""
    if not isinstance(questions, list | dict):
        raise Uncaught("foreach() argument must be of type array|object")
    shorts = [row["short"] for row in database.rows("tool_question_custom_values")]
    exists = Rule("De geselecteerde waarde is ongeldig.", lambda value: _all_exist(shorts, value), lookup=True)
    found: Problems = {}
    for short, answer in questions.items() if isinstance(questions, dict) else ():
        question_rules = {**_QUESTIONS, "resident-count": [exists]}.get(short)
        if question_rules:
            found[f"tool_questions.{short}"] = check(answer, f"tool questions.{short}", question_rules, required=True)
    return found


def _all_exist(shorts: list[str], value: Any) -> bool:
    values = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return all(any(mysql.equals(short, one) for short in shorts) for one in values)


def _contact_id_taken(database: Database, cooperation: Row, contact_id: Any) -> bool:
    """Looked up and not locked: two calls at the same time both pass."""
    if is_empty(contact_id):
        return False
    users = database.rows("users", cooperation_id=cooperation["id"])
    return any(dossier.has_contact_id(user, contact_id) for user in users)
