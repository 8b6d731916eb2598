"""Reading contacts as Econobis' models do: removed rows are not seen, and one row of a kind is the primary one."""

from __future__ import annotations

import re
from typing import Any

from infra.standins.database import Database, Row


def find(database: Database, contact_id: Any) -> Row | None:
    """MySQL compares an id column with a text by the number that the text starts with: `4711 Jan` finds 4711."""
    return next(iter(matching(database, "contacts", "id", contact_id)), None)


def matching(database: Database, table: str, number_column: str, wanted: Any) -> list[Row]:
    """Rows, not removed, whose number in the column equals what was sent (a number, a text, a boolean)."""
    number = leading_number(wanted)
    return [
        row for row in database.rows(table, deleted_at=None) if number is not None and row.get(number_column) == number
    ]


def leading_number(value: Any) -> float | None:
    """What MySQL takes a value for beside a number; None is never equal to anything."""
    if value is None or isinstance(value, bool | int | float):
        return value
    match = re.match(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", str(value), re.ASCII)
    return float(match[0]) if match else 0.0


def primary(database: Database, table: str, contact: Row) -> Row | None:
    """The contact's primary address, e-mail address or phone number."""
    rows = database.rows(table, contact_id=contact["id"], deleted_at=None)
    return next((row for row in rows if row.get("primary")), None)


def person_of(database: Database, contact: Row) -> Row | None:
    return next(iter(database.rows("people", contact_id=contact["id"], deleted_at=None)), None)


def newest_housing_file(database: Database, address: Row) -> Row | None:
    rows = database.rows("housing_files", address_id=address["id"], deleted_at=None)
    return max(rows, key=lambda row: str(row.get("created_at") or ""), default=None)


def first_name_first(database: Database, contact: Row) -> str:
    """ "Jan de Berg" for "Berg, Jan de". Raises LookupError for a person without a row in `people`."""
    if contact.get("type_id") != "person":
        return str(contact.get("full_name") or "")
    person = person_of(database, contact)
    if person is None:
        raise LookupError(f"contact {contact['id']} has no person")
    words = [
        person.get("first_name") or person.get("initials"),
        person.get("last_name_prefix"),
        person.get("last_name"),
    ]
    return " ".join(str(word) for word in words[:2] if word) + " " * any(words[:2]) + str(words[2] or "")


def postal_code(address: Row) -> Any:
    """With a space in it, when it is Dutch, however it was stored; any other as it was stored."""
    stored = address.get("postal_code") or ""
    return re.sub(r"^(\d{4})([A-Za-z]{2})$", r"\1 \2", stored, flags=re.ASCII) if isinstance(stored, str) else stored
