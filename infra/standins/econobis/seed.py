"""Where the demo starts: a cooperation with two coaches, one campaign, and the keys by which it may be called."""

from __future__ import annotations

from infra.standins.database import Database, Row
from infra.standins.econobis.case import FIRST_IDS
from infra.standins.econobis.reference import reference_tables
from infra.standins.econobis.settings import EconobisSettings

CAMPAIGN, MEASURE = 1, 1

# Contact id → account id at Hoomdossier, first and last name.
_COACHES = {
    "zonnig-dorp": {11: (9011, "Cora", "Coach"), 12: (9012, "Koen", "Kans")},
    "meer-energie": {21: (9021, "Lien", "Peeters"), 22: (9022, "Bram", "Claes")},
}
_CAMPAIGNS = {"zonnig-dorp": "Isolatie 2027", "meer-energie": "Warme wijk"}
# The address register knows Dutch addresses only; here every one of them lies in the same street.
_ADDRESS = {"street": "Dorpsstraat", "city": "Zonnig Dorp"}


def seed(database: Database, cooperation: str, settings: EconobisSettings) -> None:
    """Replaces whatever the database holds. A cooperation that the demo does not know gets no coaches."""
    name = cooperation.replace("-", " ").title()
    tables = reference_tables() | {
        "cooperations": [{"id": 1, "name": name, "send_email": 0, **links(settings)}],
        "webforms": webforms(cooperation, settings),
        "campaigns": [{"id": CAMPAIGN, "name": _CAMPAIGNS.get(cooperation, "Campagne")}],
        "cooperation_hoom_campaigns": [{"cooperation_id": 1, "campaign_id": CAMPAIGN, "measure_id": MEASURE}],
    }
    tables["users"] = [
        {**user, "email": f"{user['first_name'].lower()}@{cooperation}.example"} for user in tables["users"]
    ]
    for contact_id, coach in _COACHES.get(cooperation, {}).items():
        for table, row in _coach(database, cooperation, contact_id, *coach).items():
            tables.setdefault(table, []).append(row)
    if settings.country == "NL":
        tables["_lvbag_stub"] = [{"answer": _ADDRESS}]
    database.replace_all(tables, FIRST_IDS)


def links(settings: EconobisSettings) -> Row:
    return settings.model_dump(include={"hoom_link", "hoom_connect_coach_link", "hoom_key"})


def webforms(cooperation: str, settings: EconobisSettings) -> list[Row]:
    keys = {"Aanmelden": settings.webform_key, "Hoomdossier": settings.event_key}
    return [
        {
            "name": name,
            "api_key": key,
            "max_requests_per_minute": settings.max_requests_per_minute,
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
