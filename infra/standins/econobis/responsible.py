"""The user or team that a webform names as its responsible: who acts in a call, and who is mailed when it fails.

The same in `ExternalWebformController.php` and `EndPointHoomDossierController.php`.
"""

from __future__ import annotations

from infra.standins.database import Database, Row
from infra.standins.econobis import mysql, php
from infra.standins.econobis.faults import CrashError


def acting_user(database: Database, webform: Row) -> int | None:
    """The id of the webform's user, or without one of the first user of its team. None without both.

    Raises CrashError for a team without users.
    """
    if user := mysql.find(database, "users", webform.get("responsible_user_id")):
        return int(user["id"])
    team = mysql.find(database, "teams", webform.get("responsible_team_id"))
    if team is None:
        return None
    users = team_users(database, team)
    if not users:
        raise CrashError("a team without users")
    return users[0]


def team_users(database: Database, team: Row) -> list[int]:
    """The ids of the users in the team."""
    ids = [int(row["user_id"]) for row in database.rows("team_user", team_id=team["id"])]
    return [id_ for id_ in ids if database.row("users", id_)]


def mailed_line(database: Database, webform: Row) -> str:
    """The log line that says how many people got the mail about a failed call."""
    return f"Log is gemaild naar {_people_mailed(database, webform)} verantwoordelijke(n)."


def _people_mailed(database: Database, webform: Row) -> int:
    if not php.is_true(webform.get("mail_error_report")):
        return 0
    if webform.get("email_address_error_report") or database.row("users", webform.get("responsible_user_id")):
        return 1
    team = database.row("teams", webform.get("responsible_team_id"))
    return len(team_users(database, team)) if team else 0
