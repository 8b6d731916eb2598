"""The export of kansacties as CSV, as the browser of an employee stores it.

From reading `app/Helpers/CSV/QuotationRequestCSVHelper.php`. The answer of Econobis starts with two byte order marks,
of which its own script takes one away. Neighbourhoods are not known here, so `Buurt` and `Wijk` are empty.
"""

from __future__ import annotations

from infra.standins.database import Database, Row
from infra.standins.econobis import contacts, quotation_requests
from infra.standins.php_csv import to_csv

_BYTE_ORDER_MARK = "\ufeff"
_NAMES = (
    "#", "Organisatie/Coach", "Projectleider", "Externe partij", "Actie op kans", "Status", "Datum afspraak",
    "Datum opname", "Datum uitgebracht", "Datum akkoord bewoner", "Datum akkoord projectleider",
    "Datum toekenning in behandeling", "Datum akkoord toekenning", "Offerte omschrijving", "Offerte bedrag", "Contact",
    "Persoon titel", "Persoon initialen", "Persoon voornaam", "Persoon tussenvoegsel", "Persoon achternaam", "Straat",
    "Nummer", "Toevoeging", "Postcode", "Plaats", "Buurt", "Wijk", "Land", "Kans ID", "Maatregel categorie",
    "Maatregelen specifiek", "Campagne", "Laatste update door", "Gemaakt op", "Gemaakt door",
)  # fmt: skip
_PEOPLE = ("contact_id", "project_manager_id", "external_party_id")
_DAYS = (
    "date_released", "date_approved_client", "date_approved_project_manager", "date_under_review",
    "date_approved_external",
)  # fmt: skip


def export(database: Database) -> bytes:
    """The file: a line of names, and a line for each kansactie that is not removed, by id."""
    rows = [
        [
            row["id"],
            *(_cell(database, "contacts", row.get(column), "full_name") for column in _PEOPLE),
            _cell(database, "opportunity_actions", row.get("opportunity_action_id")),
            _cell(database, "quotation_request_status", row.get("status_id")),
            *(_moment(row.get(column)) for column in ("date_planned", "date_recorded")),
            *(_moment(row.get(column))[:10] for column in _DAYS),
            row.get("quotation_text"),
            f"{float(row.get('quotation_amount') or 0):.2f}",
            *_resident_and_opportunity(database, row),
            _user(database, row.get("updated_by_id")),
            _moment(row.get("created_at"))[:10],
            _user(database, row.get("created_by_id")),
        ]
        for row in database.rows("quotation_requests", deleted_at=None)
    ]
    return (_BYTE_ORDER_MARK + to_csv([_NAMES, *rows], ";")).encode()


def _resident_and_opportunity(database: Database, row: Row) -> list[object]:
    """The columns from `Contact` to `Campagne`."""
    opportunity = database.row("opportunities", row.get("opportunity_id")) or {}
    intake = database.row("intakes", opportunity.get("intake_id")) or {}
    contact = database.row("contacts", intake.get("contact_id")) or {}
    measures = database.rows("measure_opportunity", opportunity_id=opportunity.get("id"))
    return [
        contact.get("full_name"),
        *_person(database, contact),
        *_address(database, database.row("addresses", intake.get("address_id")) or {}),
        opportunity.get("number"),
        _cell(database, "measure_categories", opportunity.get("measure_category_id")),
        ", ".join(_cell(database, "measures", link["measure_id"]) for link in measures),
        _cell(database, "campaigns", intake.get("campaign_id")),
    ]


def _person(database: Database, contact: Row) -> list[object]:
    """Empty for an organisation."""
    person = (contact.get("type_id") == "person" and contacts.person_of(database, contact)) or {}
    columns = ("initials", "first_name", "last_name_prefix", "last_name")
    return [_cell(database, "titles", person.get("title_id")), *(person.get(column) for column in columns)]


def _address(database: Database, address: Row) -> list[object]:
    columns = ("street", "number", "addition", "postal_code", "city")
    return [
        *(address.get(column) for column in columns),
        "",
        "",
        _cell(database, "countries", address.get("country_id")),
    ]


def _moment(stored: str | None) -> str:
    """`01-12-2026 10:00`; of a column with a day in it the time is nothing. Empty without one."""
    return quotation_requests.shown_moment(stored).rstrip() if stored else ""


def _cell(database: Database, table: str, id_: int | None, column: str = "name") -> str:
    return str((database.row(table, id_) or {}).get(column) or "")


def _user(database: Database, id_: int | None) -> str:
    """The full name. Econobis answers 500 where nobody made or changed the row; here the cell is empty."""
    user = database.row("users", id_) or {}
    return " ".join(user[part] for part in ("first_name", "last_name_prefix", "last_name") if user.get(part))
