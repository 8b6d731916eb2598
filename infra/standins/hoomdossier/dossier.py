"""Looks up the parts of a dossier: user, building, roles, linked coaches, current status and appointment.

A building has at most one appointment. Rows of `building_statuses` never change: the one with the highest id counts.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import mysql
from infra.standins.hoomdossier.php import Uncaught, is_empty

RESIDENT_SOURCE = 1
COACH_SOURCE = 3
MASTER_SOURCE = 5
USER_MODEL = "App\\Models\\User"


def cooperation_by_slug(database: Database, slug: str) -> Row | None:
    return next(iter(database.rows("cooperations", slug=slug)), None)


def find_account(database: Database, email: Any) -> Row | None:
    """The account with this e-mail address, compared as MySQL does (`mysql.equals`)."""
    if email is None:
        return None
    return next((row for row in database.rows("accounts") if mysql.equals(row["email"], email)), None)


def contact_id(user: Row) -> Any:
    """`extra.contact_id`, with the type that it was stored with (number or text); None when there is none."""
    extra = json.loads(user["extra"]) if user.get("extra") else None
    return extra.get("contact_id") if isinstance(extra, dict) else None


def has_contact_id(user: Row, value: Any) -> bool:
    """Whether the user has this contact id, compared as MySQL does (`mysql.equals`)."""
    stored = contact_id(user)
    return stored is not None and mysql.equals(str(stored), value)


def is_related_with_econobis(user: Row) -> bool:
    """Whether the user has a contact id that PHP does not call empty. Without one nothing is pushed about the user."""
    return not is_empty(contact_id(user))


def find_by_contact(database: Database, cooperation_id: int, value: Any) -> Row | None:
    """The user of this cooperation with this contact id, or else one without a cooperation.

    A registration that failed halfway leaves a user without a cooperation (docs/peers/hoomdossier.md 2).
    """
    for scope in (cooperation_id, None):
        for user in database.rows("users", cooperation_id=scope):
            if has_contact_id(user, value):
                return user
    return None


def full_name(user: Row) -> str:
    return f"{user.get('first_name', '')} {user.get('last_name', '')}"


def has_role(database: Database, user: Row, role: str) -> bool:
    return any(row["name"] == role for row in roles(database, user))


def roles(database: Database, user: Row) -> list[Row]:
    """The roles of the user, in the order in which they were given."""
    given = database.rows("model_has_roles", model_type=USER_MODEL, model_id=user["id"])
    return [role for row in given if (role := database.row("roles", row["role_id"]))]


def building_of(database: Database, user: Row) -> Row | None:
    """The first building of the user that is not deleted."""
    return next(iter(database.rows("buildings", user_id=user["id"], deleted_at=None)), None)


def user_of(database: Database, building: Row) -> Row:
    """The resident of the building. Raises Uncaught when the user is deleted."""
    user = database.row("users", building.get("user_id"))
    if user is None:
        raise Uncaught("the building has no user")
    return user


def existing_building(database: Database, building_id: int) -> Row:
    """Raises Uncaught when the building does not exist or is deleted."""
    building = database.row("buildings", building_id)
    if building is None or building.get("deleted_at"):
        raise Uncaught("no such building")
    return building


def linked_coaches(database: Database, building: Row | None) -> list[Row]:
    """The coaches with more `added` than `removed` rows, ordered by their first row.

    Raises Uncaught without a building, because the real code then has a type error.
    """
    if building is None:
        raise Uncaught("a Building was expected, null given")
    links = database.rows("building_coach_statuses", building_id=building["id"])
    coaches = (database.row("users", coach_id) for coach_id in _still_linked(links, "coach_id"))
    return [coach for coach in coaches if coach is not None]


def linked_buildings(database: Database, coach: Row) -> list[Row]:
    """The buildings to which the coach is linked (`linked_coaches`), without those that are deleted."""
    links = database.rows("building_coach_statuses", coach_id=coach["id"])
    buildings = (database.row("buildings", building_id) for building_id in _still_linked(links, "building_id"))
    return [building for building in buildings if building and not building.get("deleted_at")]


def _still_linked(links: list[Row], column: str) -> list[int]:
    balance: Counter[int] = Counter()
    for row in links:
        balance[row[column]] += {"added": 1, "removed": -1}.get(row["status"], 0)
    return [id_ for id_, count in balance.items() if count > 0]


def current_status(database: Database, building: Row) -> Row | None:
    """The newest row of `building_statuses`."""
    return next(reversed(database.rows("building_statuses", building_id=building["id"])), None)


def appointment_date(database: Database, building: Row) -> str | None:
    """Europe/Amsterdam, as `2024-05-06 10:00:00`; None when there is no appointment."""
    status = current_status(database, building)
    return status.get("appointment_date") if status else None


def append_status(database: Database, building: Row, short: str) -> Row:
    """Adds a status, with the current appointment copied into it."""
    status = next(iter(database.rows("statuses", short=short)))
    return _append(database, building, status["id"], appointment_date(database, building))


def append_appointment(database: Database, building: Row, date: str | None) -> Row:
    """`date` is Europe/Amsterdam, as `2024-05-06 10:00:00`; None removes the appointment.

    Raises Uncaught when the building has no status.
    """
    status = current_status(database, building)
    if status is None:
        raise Uncaught("the building has no status")
    return _append(database, building, status["status_id"], date)


def _append(database: Database, building: Row, status_id: int, date: str | None) -> Row:
    with database.transaction():
        return database.insert(
            "building_statuses",
            building_id=building["id"],
            status_id=status_id,
            appointment_date=date,
            created_at=moment_text(database.now()),
        )


def moment_text(moment: datetime) -> str:
    """UTC with microseconds, as a text that sorts by time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
