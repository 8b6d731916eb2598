"""The database at the start of the demo: a cooperation with two coaches, one campaign and its webforms."""

from __future__ import annotations

from infra.standins.database import Database, Row
from infra.standins.econobis.load_case import FIRST_IDS
from infra.standins.econobis.reference import reference_tables
from infra.standins.econobis.settings import EconobisSettings

CAMPAIGN, MEASURE = 1, 1

# Contact id → account id at Hoomdossier, first and last name.
_COACHES = {
    "zonnig-dorp": {11: (9011, "Cora", "Coach"), 12: (9012, "Koen", "Kans")},
    "meer-energie": {21: (9021, "Lien", "Peeters"), 22: (9022, "Bram", "Claes")},
}
_CAMPAIGNS = {"zonnig-dorp": "Isolatie 2027", "meer-energie": "Warme wijk"}
# The answer of the address register for every Dutch address. It knows no others.
_ADDRESS = {"street": "Dorpsstraat", "city": "Zonnig Dorp"}


def seed(database: Database, cooperation: str, settings: EconobisSettings) -> None:
    """Replaces all rows of the database. A cooperation that is not in the demo gets no coaches."""
    name = cooperation.replace("-", " ").title()
    tables = reference_tables() | {
        "cooperations": [{"id": 1, "name": name, "send_email": 0, **hoomdossier_columns(settings)}],
        "webforms": webforms(cooperation, settings),
        "campaigns": [{"id": CAMPAIGN, "name": _CAMPAIGNS.get(cooperation, "Campagne")}],
        "cooperation_hoom_campaigns": [{"cooperation_id": 1, "campaign_id": CAMPAIGN, "measure_id": MEASURE}],
    }
    for contact_id, coach in _COACHES.get(cooperation, {}).items():
        for table, row in _coach(database, cooperation, contact_id, *coach).items():
            tables.setdefault(table, []).append(row)
    if settings.country == "NL":
        tables["_lvbag_stub"] = [{"answer": _ADDRESS}]
    database.replace_all(tables, FIRST_IDS)


def hoomdossier_columns(settings: EconobisSettings) -> Row:
    """The columns of the cooperation that say where Hoomdossier is."""
    return settings.model_dump(include={"hoom_link", "hoom_connect_coach_link", "hoom_key"})


def webforms(cooperation: str, settings: EconobisSettings) -> list[Row]:
    """A row of `webforms` for each key of the settings."""
    keys = {"Aanmelden": settings.webform_key, "Hoomdossier": settings.event_key}
    return [
        {
            "name": name,
            "api_key": key,
            "max_requests_per_minute": 60,
            "last_requests": [],
            "responsible_user_id": 1,
            "mail_error_report": 1,
            "email_address_error_report": f"beheer@{cooperation}.example",
        }
        for name, key in keys.items()
        if key
    ]


def _coach(
    database: Database, cooperation: str, contact_id: int, account_id: int, first: str, last: str
) -> dict[str, Row]:
    return {
        "contacts": {
            "id": contact_id,
            "number": f"C{database.now().year}-{contact_id}",
            "type_id": "person",
            "full_name": f"{last}, {first}",
            "inspection_person_type_id": "coach",
            "hoom_account_id": account_id,
        },
        "people": {"contact_id": contact_id, "first_name": first, "last_name": last},
        "email_addresses": {"contact_id": contact_id, "email": f"{first.lower()}@{cooperation}.example", "primary": 1},
        "campaign_coach": {"campaign_id": CAMPAIGN, "contact_id": contact_id},
    }
