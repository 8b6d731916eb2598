"""Stores an accepted `POST /register`, as Hoomdossier's `UserService::register` and `RegisterController` do.

As in Hoomdossier there is no transaction: an error halfway (`php.Uncaught`) leaves the rows that were written before.
The look-ups at BAG and EP-Online are left out.
"""

from __future__ import annotations

from typing import Any

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier, mysql
from infra.standins.hoomdossier.dossier import MASTER_SOURCE, RESIDENT_SOURCE, USER_MODEL
from infra.standins.hoomdossier.php import Uncaught, encode_json, text
from infra.standins.hoomdossier.register_request import extra_contact_id

_PRICES = {"electricity-price-euro": (24, "0.21"), "gas-price-euro": (23, "1.42")}
_HABITS = {"resident-count": "resident_count", "amount-gas": "amount_gas", "amount-electricity": "amount_electricity"}
WELCOME = "Welkom in het Hoomdossier, hier kun je chatten met jouw energiecoach."


def register(database: Database, cooperation: Row, data: Row) -> dict[str, int]:
    """Returns the body of the 201: the ids of the account (existing or new) and of the user.

    Call it only when `register_request.problems` is empty. Raises Uncaught, which the API answers with 500.
    """
    account = dossier.find_account(database, data["email"])
    is_new = account is None
    account = account or _create_account(database, data["email"])
    user, building = _create_user(database, cooperation, account, data)
    if is_new:
        _welcome(database, cooperation, account, user)
    else:
        subject = f"Welkom in het Hoomdossier van {cooperation['name']}"
        _mail(database, "UserAssociatedWithCooperation", account, user, subject)
    _allow_access(database, cooperation, user, building)
    _save_answers(database, user, data.get("tool_questions") or {})
    return {"account_id": account["id"], "user_id": user["id"]}


def _create_account(database: Database, email: str) -> Row:
    """`accounts.email` has a unique index. `users.extra` has none, so two users can have the same contact id."""
    with database.transaction():
        if dossier.find_account(database, email):
            raise Uncaught("Duplicate entry for key 'accounts_email_unique'")
        return mysql.insert(database, "accounts", email=email, email_verified_at=None, active=1, is_admin=0)


def _create_user(database: Database, cooperation: Row, account: Row, data: Row) -> tuple[Row, Row]:
    known = database.rows("users", account_id=account["id"], cooperation_id=cooperation["id"])
    user = known[0] if known else _insert_user(database, account, data)
    building = mysql.insert(database, "buildings", **_building(user, data))
    database.update("users", user["id"], cooperation_id=cooperation["id"])
    for question_id, price in _PRICES.values():
        for source in (RESIDENT_SOURCE, MASTER_SOURCE):
            _insert_answer(database, building, source, question_id, price)
    _tool_changed(database, user)
    for role in _wanted_roles(database, data.get("roles")):
        database.insert("model_has_roles", role_id=role["id"], model_type=USER_MODEL, model_id=user["id"])
    dossier.append_status(database, building, "active")
    return user, building


def _insert_user(database: Database, account: Row, data: Row) -> Row:
    extra = data.get("extra")
    contact_id = extra_contact_id(data)
    if contact_id is not None:
        extra = {**data["extra"], "contact_id": int(text(contact_id))}
    user = mysql.insert(
        database,
        "users",
        account_id=account["id"],
        cooperation_id=None,
        first_name=data["first_name"],
        last_name=data["last_name"],
        phone_number=text(data.get("phone_number")),
        extra=None if extra is None else encode_json(extra),
        allow_access=0,
        created_at=(now := mysql.local_time(database.now())),
    )
    database.insert("notification_settings", user_id=user["id"], type_id=1, interval_id=1, last_notified_at=now)
    return user


def _building(user: Row, data: Row) -> Row:
    """`country_code` stays `nl`, in Belgium too."""
    return {
        "user_id": user["id"],
        "street": data["street"],
        "number": text(data["number"]),
        "extension": data["house_number_extension"],
        "city": data["city"],
        "postal_code": text(data["postal_code"]),
        "country_code": "nl",
        "primary": 0,
        "bag_addressid": "",
    }


def _wanted_roles(database: Database, roles: Any) -> list[Row]:
    """Without `roles` the user is a resident; an empty list makes a user without any role."""
    wanted = ["resident"] if roles is None else list(roles.values()) if isinstance(roles, dict) else roles
    return [role for name in dict.fromkeys(wanted) for role in database.rows("roles", name=name)]


def _welcome(database: Database, cooperation: Row, account: Row, user: Row) -> None:
    now = mysql.local_time(database.now())
    database.insert("password_reset_tokens", email=account["email"], created_at=now)
    _mail(database, "UserCreatedEmail", account, user, "Welkom in het Hoomdossier")
    database.update("accounts", account["id"], email_verified_at=now)


def _mail(database: Database, mail: str, account: Row, user: Row, subject: str) -> None:
    """Stores the mail in a table that only the stand-in has; Hoomdossier's mail is not sent."""
    database.insert("mails", mail=mail, to=[account["email"]], subject=subject, user_id=user["id"])


def _allow_access(database: Database, cooperation: Row, user: Row, building: Row) -> None:
    database.update("users", user["id"], allow_access=1)
    message = mysql.insert(
        database,
        "private_messages",
        building_id=building["id"],
        is_public=1,
        from_user=cooperation["name"],
        message=WELCOME,
        from_cooperation_id=cooperation["id"],
        to_cooperation_id=cooperation["id"],
    )
    view = {"private_message_id": message["id"], "user_id": user["id"], "input_source_id": RESIDENT_SOURCE}
    database.insert("private_message_views", **view)
    mysql.insert(
        database,
        "logs",
        loggable_type=USER_MODEL,
        loggable_id=user["id"],
        building_id=building["id"],
        message=f"{dossier.full_name(user)} heeft toegang gegeven tot zijn woning",
    )


def _save_answers(database: Database, user: Row, questions: Any) -> None:
    """Stores each answer for the input source of each role, and each time for the master source too."""
    sources = [role["input_source_id"] for role in dossier.roles(database, user) if role.get("input_source_id")]
    for short, answer in questions.items() if isinstance(questions, dict) else ():
        if short in _HABITS:
            for source in sources:
                value = mysql.integer_column(answer)
                _save_habit(database, user, source, _HABITS[short], value)
                _save_habit(database, user, MASTER_SOURCE, _HABITS[short], value)
                _tool_changed(database, user)


def _save_habit(database: Database, user: Row, source: int, column: str, value: int) -> None:
    with database.transaction():
        for row in database.rows("user_energy_habits", user_id=user["id"], input_source_id=source):
            database.update("user_energy_habits", row["id"], **{column: value})
            return
        habit: Row = {"user_id": user["id"], "input_source_id": source, "cook_gas": 0, column: value}
        database.insert("user_energy_habits", **habit)


def _insert_answer(database: Database, building: Row, source: int, question_id: int, answer: str) -> None:
    database.insert(
        "tool_question_answers",
        building_id=building["id"],
        input_source_id=source,
        tool_question_id=question_id,
        answer=answer,
    )


def _tool_changed(database: Database, user: Row) -> None:
    database.update("users", user["id"], tool_last_changed_at=mysql.local_time(database.now()))
