"""What Econobis calls itself: Hoomdossier's `register` (`make_dossier`) and its coach link (`connect_coach`).

Contract: `econobis.md` 2 and 3, recorded in `tests/fixtures/vectors/wire/econobis_to_hoomdossier__*`; upstream
`app/Helpers/Hoomdossier/HoomdossierHelper.php`. Both wait for their answer without holding the database.
"""

from __future__ import annotations

import json
import random
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis import contacts, guzzle
from infra.standins.econobis.after_dossier import add_to_group, send_confirmation
from infra.standins.econobis.endpoints import payload
from infra.standins.econobis.webform.faults import BrokenError, CrashError
from infra.standins.econobis.webform.php import is_numeric, is_true, same

_NO_ANSWER_REGISTER = "Er is iets misgegaan met het verzenden naar Hoomdossier"
_NO_ANSWER_COACH = "Er is iets misgegaan met het koppelen van een coach aan het Hoomdossier"


class AbortError(Exception):
    """Econobis answers its caller with this status and `message`; status 0 cannot be answered and becomes a 500.

    `errors`: the reasons that Econobis found itself, by field.
    """

    def __init__(self, status: int, message: str, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors or {}

    def body(self) -> dict[str, Any]:
        if self.status == 0:
            return {"message": "Server Error"}
        return {"message": self.message} | ({"errors": self.errors} if self.errors else {})


def invalid(errors: dict[str, list[str]]) -> AbortError:
    reasons = [reason for of_field in errors.values() for reason in of_field]
    more = len(reasons) - 1
    others = f" (and {more} more error{'s' if more > 1 else ''})" if more else ""
    return AbortError(422, reasons[0] + others, errors)


def refused(reasons: list[str]) -> AbortError:
    return invalid({"econobis": reasons})


# -- register ----------------------------------------------------------------------------------------------------------


def make_dossier(database: Database, contact_id: int | str) -> Any:
    """Registers the contact as a resident; the account id as Hoomdossier wrote it (stored as a whole number).

    Raises AbortError with what the employee sees, and BrokenError or CrashError where Econobis fails with a 500. The
    account id is stored before the group and the mail, which may still fail.
    """
    contact = contacts.find(database, contact_id)
    if contact is None:
        raise AbortError(404, f"No query results for model [App\\Eco\\Contact\\Contact] {contact_id}")
    _check(database, contact)
    cooperation = next(iter(database.rows("cooperations")), None)
    if cooperation is None:
        raise BrokenError("nobody to send to")
    account_id = _register(database, contact, cooperation)
    _store(database, contact, _account_column(account_id))
    if group_id := cooperation.get("hoom_group_id"):
        _after(add_to_group(database, cooperation, contact, group_id))
    if cooperation.get("hoom_email_template_id") and cooperation.get("send_email"):
        send_confirmation(database, cooperation, contact)
    return account_id


def _after(reasons: list[str]) -> None:
    if reasons:
        raise refused(reasons)


def _account_column(value: Any) -> float | str | None:
    """A number as a number. Any other text stays, as recorded; strict MySQL would refuse it then (a 500)."""
    text = payload.as_text(value)
    if value is None or not is_numeric(text):
        return None if value is None else text
    return _number(text)


def _store(database: Database, contact: Row, account_id: float | str | None) -> None:
    if account_id is None:
        return
    values: Row = {"hoom_account_id": account_id, "hoom_account_created_at": f"{database.now():%Y-%m-%d %H:%M:%S}"}
    if contact.get("updated_with"):
        values["updated_with"] = "econobis"
    database.update("contacts", contact["id"], **values)


def _register(database: Database, contact: Row, cooperation: Row) -> Any:
    link = cooperation.get("hoom_link") or ""
    if link.find(".test") > 0:
        return random.randint(1, 3000)
    answer = payload.decode(_post(link, cooperation, _register_body(database, contact), _NO_ANSWER_REGISTER))
    return payload.read(answer, "account_id")


def _check(database: Database, contact: Row) -> None:
    """Raises AbortError with every reason why this contact cannot be registered."""
    reasons = _missing(database, contact)
    if reasons:
        raise refused(reasons)
    if taken := [_taken(database, other) for other in _registered_with(database, contact)]:
        raise refused(taken)


def _missing(database: Database, contact: Row) -> list[str]:
    reasons = ["Koppeling hoomdossier bestaat al"] if contact.get("hoom_account_id") else []
    if contacts.primary(database, "email_addresses", contact) is None:
        reasons.append("Primair mailadres ontbreekt")
    if contact.get("type_id") == "person":
        person = contacts.person_of(database, contact)
        if person is None:
            raise BrokenError("a person without names")
        reasons += [
            f"{name} ontbreekt"
            for name, column in (("Voornaam", "first_name"), ("Achternaam", "last_name"))
            if not is_true(person.get(column))
        ]
    else:
        reasons.append("Bedrijven kunnen niet worden aangemaakt bij Hoomdossier")
    address = contacts.primary(database, "addresses", contact)
    if address is None:
        return [*reasons, "Primair adres ontbreekt"]
    named = {"Postcode": "postal_code", "Straat": "street", "Huisnummer": "number", "Plaats": "city"}
    return reasons + [
        f"{name} in adres ontbreekt" for name, column in named.items() if not is_true(address.get(column))
    ]


def _registered_with(database: Database, contact: Row) -> list[Row]:
    email = _email(database, contact) or ""
    others = [
        other for other in database.rows("contacts", type_id="person", deleted_at=None) if other["id"] != contact["id"]
    ]
    return [
        other for other in others if other.get("hoom_account_id") is not None and same(_email(database, other), email)
    ]


def _email(database: Database, contact: Row) -> str | None:
    email: str | None = (contacts.primary(database, "email_addresses", contact) or {}).get("email")
    return email


def _taken(database: Database, other: Row) -> str:
    email = _email(database, other)
    who = f"{other.get('full_name')} ({other.get('number')})"
    return f"Er bestaat al een contact {who} met zelfde primair e-mailadres {email} en een Hoomdossier"


def _register_body(database: Database, contact: Row) -> Row:
    person = contacts.person_of(database, contact) or {}
    address = contacts.primary(database, "addresses", contact) or {}
    phone = contacts.primary(database, "phone_numbers", contact) or {}
    housing_file = contacts.newest_housing_file(database, address)
    prefix = person.get("last_name_prefix")
    return {
        "extra": {"contact_id": contact["id"]},
        "email": _email(database, contact) or "",
        "first_name": person["first_name"],
        "last_name": f"{prefix} {person['last_name']}" if prefix else person["last_name"],
        "postal_code": contacts.postal_code(address),
        "number": address["number"],
        "house_number_extension": address["addition"] if is_true(address.get("addition")) else "",
        "street": address["street"],
        "city": address["city"],
        "phone_number": phone.get("number") or "",
        "tool_questions": {
            "resident-count": 2 if housing_file is None else housing_file.get("number_of_residents"),
            "amount-gas": _gas(database, address),
            "amount-electricity": _electricity(database, address),
        },
        "roles": ["resident"],
    }


def _gas(database: Database, address: Row) -> float | None:
    period = _last_period(database, "address_energy_consumption_gas", address)
    return 0 if period is None else _number(period.get("consumption"))


def _electricity(database: Database, address: Row) -> float | None:
    period = _last_period(database, "address_energy_consumption_electricity", address) or {}
    used_high, used_low, back_high, back_low = (
        _number(period.get(f"{kind}_{tariff}")) or 0 for kind in ("consumption", "return") for tariff in ("high", "low")
    )
    return _number(used_high + used_low - back_high - back_low)


def _number(value: float | str | None) -> float | None:
    """With its decimals, and without them when it is whole: the columns are doubles, and PHP writes 1450.0 as 1450."""
    if value is None:
        return None
    number = float(value)
    return int(number) if number.is_integer() else number


def _last_period(database: Database, table: str, address: Row) -> Row | None:
    periods = database.rows(table, address_id=address["id"], deleted_at=None)
    return max(periods, key=lambda period: (str(period.get("date_begin") or ""), period["id"]), default=None)


# -- coach link --------------------------------------------------------------------------------------------------------


def connect_coach(database: Database, quotation_request: Row) -> bytes | None:
    """Links the kansactie's coach to the resident; the answer's body, or None when Econobis does not call at all.

    Raises AbortError like `make_dossier`, and CrashError for a kansactie without a coach.
    """
    cooperation = next(iter(database.rows("cooperations")), None)
    if cooperation is None or not cooperation.get("hoom_connect_coach_link"):
        return None
    coach = contacts.find(database, quotation_request.get("contact_id"))
    if coach is None:
        raise CrashError("no coach")
    if not coach.get("hoom_account_id"):
        return None
    opportunity = database.row("opportunities", quotation_request.get("opportunity_id"))
    intake = database.row("intakes", (opportunity or {}).get("intake_id"))
    resident = contacts.find(database, (intake or {}).get("contact_id"))
    if intake is None or resident is None:
        raise CrashError("no resident")
    campaigns = database.rows("cooperation_hoom_campaigns", cooperation_id=cooperation["id"])
    counts = intake.get("campaign_id") in [campaign.get("campaign_id") for campaign in campaigns]
    if not (resident.get("hoom_account_id") and counts):
        return None
    ids = {"coach_contact_id": coach["id"], "resident_contact_id": resident["id"]}
    body = {"building_coach_statuses": ids}
    return _post(cooperation["hoom_connect_coach_link"], cooperation, body, _NO_ANSWER_COACH)


def _post(link: str, cooperation: Row, body: Row, without_answer: str) -> bytes:
    """Raises AbortError with the peer's status and body, BrokenError when there was no connection."""
    headers = {"Authorization": f"Bearer {cooperation.get('hoom_key') or ''}", "Accept": "application/json"}
    try:
        return guzzle.post_json(link, headers, json.dumps(body, separators=(",", ":")).replace("/", "\\/"))
    except guzzle.BadAnswerError as bad:
        raise AbortError(bad.status, bad.body if bad.status else without_answer) from bad
    except guzzle.NoConnectionError as error:
        raise BrokenError(str(error)) from error
