"""The common part of the seven endpoints: the checks, the log lines, and one transaction for all of it.

docs/peers/econobis.md 5 and 5.1; upstream `EndPointHoomDossierController.php`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis import contacts, keys, mysql, php, responsible
from infra.standins.econobis.faults import BrokenError, CrashError, RefusedError
from infra.standins.econobis.php_json import as_int_column, decode, read, read_if_set, trimmed, truthy

SERVER_ERROR = {"message": "Server Error"}


@dataclass
class Call:
    """One call. Its `contact` and `housing_file` are empty until the checks have passed.

    `user_id` is the acting user, None when the webform has no responsible.
    """

    database: Database
    lines: list[str] = field(default_factory=list)
    webform: Row | None = None
    user_id: int | None = None
    cooperation: Row = field(default_factory=dict)
    contact: Row = field(default_factory=dict)
    housing_file: Row = field(default_factory=dict)

    def log(self, line: str) -> None:
        self.lines.append(line)

    def update_housing_file(self, **values: Any) -> None:
        self.housing_file = self.database.update(
            "housing_files", self.housing_file["id"], **values, updated_by_id=self.user_id
        )


Work = Callable[[Call, Any], None]


def answer(database: Database, name: str, work: Work, api_key: str, raw: bytes) -> tuple[int, Any]:
    """The answer's status and JSON body. `name` stands in the first log line; `work` does what is the endpoint's own."""
    call = Call(database, [f"Start {name}"])
    try:
        with database.transaction():
            _check_key(call, api_key)
            payload = decode(raw)
            if not truthy(payload):
                raise RefusedError("No payload found", 404)
            related = read(payload, "account_related")
            if not truthy(related):
                raise RefusedError("No account_related data found", 404)
            _find_contact_and_housing_file(call, related)
            work(call, payload)
    except RefusedError as refusal:
        return refusal.status, _undone(call, f"Fout opgetreden: {refusal}")
    except BrokenError:
        return 500, _undone(call, "Onbekende fout opgetreden.", "Error is gerapporteerd.")
    except CrashError:
        return 500, SERVER_ERROR
    return 200, [*call.lines, "Aanroep succesvol afgerond.", "Log is gelogd naar het applicatielog."]


def _undone(call: Call, cause: str, *reported: str) -> list[str]:
    tail = ["Gehele API aanroep is ongedaan gemaakt!", "Log is gelogd naar het applicatielog.", *reported]
    return [*call.lines, cause, *tail, _mailed(call)]


def _mailed(call: Call) -> str:
    if call.webform is None:
        return "Geen api configuratie gevonden."
    return responsible.mailed_line(call.database, call.webform)


# -- the key -----------------------------------------------------------------------------------------------------------


def _check_key(call: Call, api_key: str) -> None:
    database = call.database
    webform = keys.find_webform(database, api_key)
    if webform is None:
        call.log(f"Endpoint configuratie met code {api_key} is niet gevonden.")
        raise RefusedError("Endpoint not found", 404)
    call.webform = webform
    call.log(f"Endpoint met id {webform['id']} gevonden bij code {api_key}.")
    if not keys.count_request(database, webform):
        raise RefusedError(keys.LIMIT_MESSAGE)
    call.cooperation = next(iter(database.rows("cooperations")), {})
    if not call.cooperation.get("hoom_link"):
        raise RefusedError("Cooperation doesn't have Hoomdossier synchronisation", 404)
    call.user_id = responsible.acting_user(database, webform)
    call.log(f"Verantwoordelijke gebruiker : {call.user_id or 'onbekend'}")


# -- the resident and the housing file ---------------------------------------------------------------------------------


def _find_contact_and_housing_file(call: Call, related: Any) -> None:
    names = {"Building": "building_id", "User": "user_id", "Account": "account_id", "Contact": "contact_id"}
    ids = {name: trimmed(read_if_set(related, field_name)) for name, field_name in names.items()}
    for name, sent in ids.items():
        call.log(f"{name} id: {sent}")
    for name in ("Building", "Contact"):
        if not php.is_true(ids[name]):
            raise RefusedError(f"{name}_id missing", 404)
    contact = mysql.find(call.database, "contacts", ids["Contact"])
    if contact is None:
        raise RefusedError(f"Contact {ids['Contact']} not found or removed in Econobis", 404)
    if not php.is_true(ids["Account"]):
        raise RefusedError("Account_id missing", 404)
    stored = contact.get("hoom_account_id")
    if stored is None or not php.equal(str(stored), ids["Account"]):
        known = stored or "empty"
        text = f"Mismatch account_id {ids['Account']} (Hoom account id for contact in Econobis: {known})"
        raise RefusedError(text, 404)
    call.contact = contact
    call.housing_file = _housing_file(call, ids["Building"], ids["Contact"])


def _housing_file(call: Call, building_id: str, contact_id: str) -> Row:
    """The housing file with this building id, also when it is of another contact (known-limits D11).

    Without one, the newest housing file of the primary address, or a new one, gets the building id.
    """
    database = call.database
    files = database.rows("housing_files", deleted_at=None)
    number = mysql.leading_number(building_id)
    if found := next((file for file in files if file.get("hoom_building_id") == number), None):
        call.log(f"Woningdossier {found['id']} gevonden bij building_id {building_id}")
        return found
    whose = f"voor contact {contact_id} {call.contact.get('full_name') or ''}"
    address = contacts.primary(database, "addresses", call.contact)
    if address is None:
        text = f"Geen woningdossier gevonden {whose}. Geen nieuwe woningdossier aangemaakt ivm ontbreken primair adres."
        raise RefusedError(text)
    building = as_int_column(building_id)
    if existing := contacts.newest_housing_file(database, address):
        row = database.update("housing_files", existing["id"], hoom_building_id=building, updated_by_id=call.user_id)
        call.log(f"Woningdossier {row['id']} gevonden {whose}. Koppeling met building id {building_id} vastgelegd.")
        return row
    row = database.insert(
        "housing_files",
        address_id=address["id"],
        hoom_building_id=building,
        number_of_residents=0,
        revenue_solar_panels=0,
        is_house_for_sale="2",
        is_monument="2",
        remark="",
        remark_coach="",
        created_by_id=call.user_id,
        updated_by_id=call.user_id,
    )
    call.log(f"Nieuw woningdossier {row['id']} aangemaakt {whose}")
    return row
