"""Inserting and updating a row of `contacts`, with what Econobis' models add to it.

Upstream `ContactObserver.php`, `PersonObserver.php`, `PersonPresenter.php`.
"""

from __future__ import annotations

from typing import Any

from infra.standins.database import Row
from infra.standins.econobis import php
from infra.standins.econobis.mysql_columns import insert, update
from infra.standins.econobis.webform.call import Call

_EMPTY = {
    "did_agree_avg": 0,
    "is_collect_mandate": 0,
    "collect_mandate_code": "",
    "collect_mandate_collection_schema": "",
}


def create(call: Call, kind: str, **values: Any) -> Row:
    """The new row. Its number, `C{year}-{id}`, also becomes the code of a mandate that was sent without one."""
    row = insert(
        call.database,
        "contacts",
        **_EMPTY | values,
        type_id=kind,
        status_id="webform",
        created_with="webform",
        updated_with="webform",
        owner_id=call.user_id,
        created_by_id=call.user_id,
        updated_by_id=call.user_id,
    )
    number = f"C{call.database.now().year}-{row['id']}"
    code = row["collect_mandate_code"] or (number if row["is_collect_mandate"] else "")
    return call.database.update("contacts", row["id"], number=number, collect_mandate_code=code)


def write(call: Call, contact: Row, **values: Any) -> Row:
    """The contact after the change, which is marked with the acting user.

    A first consent gets today's date, whatever date was sent.
    """
    before = call.database.row("contacts", contact["id"]) or contact
    if values.get("did_agree_avg") and not before.get("did_agree_avg"):
        values["date_did_agree_avg"] = call.database.now().date().isoformat()
    if not update(call.database, "contacts", contact["id"], call.user_id, **values):
        return before
    return call.database.update("contacts", contact["id"], updated_with="webform" if call.by_webform else "econobis")


def full_name(person: Row) -> str:
    """ "Berg, Jan de". Initials take the place of a missing first name."""
    first, last, initials = (person.get(name) or "" for name in ("first_name", "last_name", "initials"))
    prefix = f" {person['last_name_prefix']}" if php.is_true(person.get("last_name_prefix")) else ""
    if not php.is_true(last):
        return str(first)
    if not php.is_true(first):
        return f"{last}, {initials + ' ' if php.is_true(initials) else ''}{prefix}"
    return f"{last}, {first}{prefix}"
