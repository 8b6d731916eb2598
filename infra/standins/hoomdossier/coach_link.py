"""`POST /building-coach-status`: a coach is linked to a resident's building, `docs/peers/hoomdossier.md` 3."""

from __future__ import annotations

from typing import Any

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier, mysql, validation
from infra.standins.hoomdossier.dossier import COACH_SOURCE, RESIDENT_SOURCE
from infra.standins.hoomdossier.php import is_empty
from infra.standins.hoomdossier.register_request import Problems

_COACH = "building_coach_statuses.coach_contact_id"
_RESIDENT = "building_coach_statuses.resident_contact_id"
_CONTACT_ID = [validation.NUMERIC, validation.INTEGER, validation.ABOVE_ZERO]

ALREADY_LINKED = "De opgegeven coach is al gekoppeld aan de gegeven woning."
WRONG_ROLE = "Gevonden gebruiker voor coach contact ID heeft niet de verwachte rol (coach)."
NO_ACCESS = "Bewoner heeft geen toestemming gegeven om gegevens te delen."
UNKNOWN = "Opgegeven contact ID voor {name} is niet bekend als gebruiker in het Hoomdossier."


def problems(database: Database, cooperation: Row, data: Row) -> Problems:
    """Field → texts; empty when the link can be made. `Uncaught` for a resident without a building."""
    coach_id, resident_id = _contact_ids(data)
    found = {
        _COACH: validation.check(coach_id, "coach contact ID", _CONTACT_ID, required=True),
        _RESIDENT: validation.check(resident_id, "bewoner contact ID", _CONTACT_ID, required=True),
    }
    if not is_empty(coach_id) and not is_empty(resident_id):
        coach = dossier.find_by_contact(database, cooperation["id"], coach_id)
        resident = dossier.find_by_contact(database, cooperation["id"], resident_id)
        found[_COACH] += _coach_problem(database, coach, resident)
        found[_RESIDENT] += _resident_problem(resident)
    return {field: texts for field, texts in found.items() if texts}


def _contact_ids(data: Row) -> tuple[Any, Any]:
    given = data.get("building_coach_statuses")
    given = given if isinstance(given, dict) else {}
    return given.get("coach_contact_id"), given.get("resident_contact_id")


def _coach_problem(database: Database, coach: Row | None, resident: Row | None) -> list[str]:
    if coach is None:
        return [UNKNOWN.format(name="coach contact ID")]
    if not dossier.has_role(database, coach, "coach"):
        return [WRONG_ROLE]
    if resident is None:
        return []
    linked = dossier.linked_coaches(database, dossier.building_of(database, resident))
    return [ALREADY_LINKED] if coach["id"] in [one["id"] for one in linked] else []


def _resident_problem(resident: Row | None) -> list[str]:
    if resident is None:
        return [UNKNOWN.format(name="bewoner contact ID")]
    return [] if resident.get("allow_access") else [NO_ACCESS]


def link(database: Database, cooperation: Row, data: Row, client: Row) -> None:
    """`client` is whose token was used; the body is one that `problems` found none in."""
    coach_id, resident_id = _contact_ids(data)
    coach = dossier.find_by_contact(database, cooperation["id"], coach_id)
    resident = dossier.find_by_contact(database, cooperation["id"], resident_id)
    building = dossier.building_of(database, resident) if resident else None
    if coach and building:
        database.insert("building_permissions", user_id=coach["id"], building_id=building["id"])
        database.insert("building_coach_statuses", coach_id=coach["id"], building_id=building["id"], status="added")
        dossier.append_status(database, building, "in_progress")
        _announce(database, cooperation, coach, building)
        _log(database, coach, building, client)


def _announce(database: Database, cooperation: Row, coach: Row, building: Row) -> None:
    """A message in the building's chat, unread for the resident, every linked coach and the cooperation."""
    message = mysql.insert(
        database,
        "private_messages",
        building_id=building["id"],
        is_public=1,
        from_user=dossier.full_name(coach),
        message=f"{dossier.full_name(coach)} is toegevoegd aan het gesprek",
        from_user_id=coach["id"],
        to_cooperation_id=cooperation["id"],
    )
    linked = [one["id"] for one in dossier.linked_coaches(database, building)]
    for user_id in dict.fromkeys([building["user_id"], *linked]):
        source = COACH_SOURCE if user_id in linked else RESIDENT_SOURCE
        view = {"private_message_id": message["id"], "user_id": user_id, "input_source_id": source}
        database.insert("private_message_views", **view)
    view = {"private_message_id": message["id"], "to_cooperation_id": cooperation["id"]}
    database.insert("private_message_views", **view)


def _log(database: Database, coach: Row, building: Row, client: Row) -> None:
    mysql.insert(
        database,
        "logs",
        loggable_type="App\\Models\\Client",
        loggable_id=client["id"],
        building_id=building["id"],
        message=f"{client['name']} heeft {dossier.full_name(coach)} gekoppeld aan deze woning",
    )
