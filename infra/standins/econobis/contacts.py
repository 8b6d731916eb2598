"""What belongs to a contact, as Econobis' models read it: removed rows are not seen, one row of a kind is primary."""

from __future__ import annotations

import re
from typing import Any

from infra.standins.database import Database, Row


def primary(database: Database, table: str, contact: Row) -> Row | None:
    """The primary row of the contact in `addresses`, `email_addresses` or `phone_numbers`."""
    rows = database.rows(table, contact_id=contact["id"], deleted_at=None)
    return next((row for row in rows if row.get("primary")), None)


def person_of(database: Database, contact: Row) -> Row | None:
    return next(iter(database.rows("people", contact_id=contact["id"], deleted_at=None)), None)


def is_coach(contact: Row) -> bool:
    """Econobis' `isCoach()`."""
    return bool(contact.get("inspection_person_type_id") == "coach")


def newest_housing_file(database: Database, address: Row) -> Row | None:
    """The housing file of the address with the latest `created_at`."""
    rows = database.rows("housing_files", address_id=address["id"], deleted_at=None)
    return max(rows, key=lambda row: str(row.get("created_at") or ""), default=None)


def join_group(database: Database, contact: Row, group: Row) -> None:
    """Makes the contact a member since now; of a member the date moves to now."""
    now = database.now()
    since = {"member_created_at": f"{now:%Y-%m-%d %H:%M:%S}", "member_to_group_since": f"{now:%Y-%m-%d}"}
    pivot = {"contact_group_id": group["id"], "contact_id": contact["id"]}
    if known := database.rows("contact_groups_pivot", **pivot):
        database.update("contact_groups_pivot", known[0]["id"], **since)
    else:
        database.insert("contact_groups_pivot", **pivot, **since)


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
    """A Dutch code with a space in it, however it was stored; any other code as it was stored."""
    stored = address.get("postal_code") or ""
    return re.sub(r"^(\d{4})([A-Za-z]{2})$", r"\1 \2", stored, flags=re.ASCII) if isinstance(stored, str) else stored
