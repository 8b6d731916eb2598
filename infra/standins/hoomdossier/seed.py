"""Fills the database with the start of the demo: a cooperation, two coaches, and the token for callers of the API."""

from __future__ import annotations

import json

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier, mysql
from infra.standins.hoomdossier.dossier import USER_MODEL
from infra.standins.hoomdossier.reference import reference_tables
from infra.standins.hoomdossier.settings import HoomdossierSettings

# Contact id at Econobis → account, user and building id, first and last name.
_COACHES = {
    "zonnig-dorp": {11: (9011, 8011, 7011, "Cora", "Coach"), 12: (9012, 8012, 7012, "Koen", "Kans")},
    "meer-energie": {21: (9021, 8021, 7021, "Lien", "Peeters"), 22: (9022, 8022, 7022, "Bram", "Claes")},
}
_FIRST_IDS = {"accounts": 10001, "users": 20001, "buildings": 30001}
_COACH_ROLE = 4


def seed(database: Database, cooperation: str, settings: HoomdossierSettings) -> None:
    """Empties the database and fills it with the start of the demo. Only cooperations of the demo get coaches."""
    name = cooperation.replace("-", " ").title()
    tables = reference_tables()
    tables["cooperations"] = [{"id": 1, "name": name, "slug": cooperation, "country": settings.country}]
    tables["clients"] = [{"id": 1, "name": f"Econobis {name}"}]
    abilities = json.dumps([f"access:{cooperation}"])
    tables["personal_access_tokens"] = [{"name": settings.token, "abilities": abilities, "tokenable_id": 1}]
    for contact_id, coach in _COACHES.get(cooperation, {}).items():
        for table, row in _coach(cooperation, contact_id, *coach).items():
            tables.setdefault(table, []).append({**row, **_created(database, table)})
    database.replace_all(tables, _FIRST_IDS)


def _coach(
    cooperation: str, contact_id: int, account_id: int, user_id: int, building_id: int, first: str, last: str
) -> dict[str, Row]:
    return {
        "accounts": {"id": account_id, "email": f"{first.lower()}@{cooperation}.example", "active": 1, "is_admin": 0},
        "users": {
            "id": user_id,
            "account_id": account_id,
            "cooperation_id": 1,
            "first_name": first,
            "last_name": last,
            "phone_number": "",
            "extra": json.dumps({"contact_id": contact_id}, separators=(",", ":")),
            "allow_access": 1,
        },
        "buildings": {"id": building_id, "user_id": user_id, "country_code": "nl", "primary": 0},
        "building_statuses": {"building_id": building_id, "status_id": 1, "appointment_date": None},
        "model_has_roles": {"role_id": _COACH_ROLE, "model_type": USER_MODEL, "model_id": user_id},
    }


def _created(database: Database, table: str) -> Row:
    if table == "building_statuses":
        return {"created_at": dossier.moment_text(database.now())}
    return {"created_at": mysql.local_time(database.now())} if table == "users" else {}
