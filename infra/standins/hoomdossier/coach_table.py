"""The rows of the two tables with the appointments of one coach: the coordinator's page, and the coach's own list.

From reading `coaches/show.blade.php` and `coach/buildings/index.blade.php` below
`resources/views/cooperation/admin/`. A script of the real pages sorts and pages them; the order is as after that.
"""

from __future__ import annotations

from datetime import datetime

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier

ROWS_A_PAGE = 10


def newest_residents_first(database: Database, coach: Row) -> list[Row]:
    """The rows of the coordinator's page: by the day of the account, and of one day by appointment, newest first."""
    latest_first = sorted(_rows(database, coach), key=lambda row: row["date"] or "", reverse=True)
    return sorted(latest_first, key=lambda row: row["created_at"][:10], reverse=True)


def earliest_appointments_first(database: Database, coach: Row) -> list[Row]:
    """The rows of the coach's own list: who has no appointment comes before all others."""
    return sorted(_rows(database, coach), key=lambda row: row["date"] or "")


def _rows(database: Database, coach: Row) -> list[Row]:
    return [_row(database, coach, building) for building in dossier.linked_buildings(database, coach)]


def _row(database: Database, coach: Row, building: Row) -> Row:
    user = dossier.user_of(database, building)
    account = database.row("accounts", user["account_id"]) or {}
    status = dossier.current_status(database, building) or {}
    date = status.get("appointment_date")
    street = (building.get(column) or "" for column in ("street", "number", "extension"))
    return {
        "building": building,
        "created_at": user.get("created_at") or "",
        "created": _day(user.get("created_at")) or "-",
        "name": dossier.full_name(user),
        "street": " ".join(street),
        "postal_code": building.get("postal_code") or "",
        "city": building.get("city") or "",
        "status": (database.row("statuses", status.get("status_id")) or {}).get("name", ""),
        "date": date,
        "appointment": date[:16] if date else "-",
        "account": account,
        "verified": _day(account.get("email_verified_at")),
        "may_verify": user["id"] == coach["id"] or dossier.has_role(database, user, "resident"),
        "is_own": user["id"] == coach["id"],
    }


def _day(stored: str | None) -> str:
    """`27-11-2026` of a column with a time in it; empty without one."""
    return f"{datetime.fromisoformat(stored):%d-%m-%Y}" if stored else ""
