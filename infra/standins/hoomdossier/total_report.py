"""The report "Alle ingevulde gegevens, met adresgegevens": every user of a cooperation with a building, as CSV.

From reading `app/Services/DumpService.php` and `app/Jobs/GenerateToolReport.php`. The real one has a column for every
question of the scans and for each calculation; this one has the questions that people fill in here. A question that
another answer makes irrelevant is left empty there, and not here.
"""

from __future__ import annotations

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier, payloads
from infra.standins.hoomdossier.dossier import MASTER_SOURCE
from infra.standins.php_csv import to_csv

_ADDRESS = (
    "Datum account", "Laatste wijziging", "Datum afspraak coachgesprek", "Status", "Toestemming aanwezig",
    "Gekoppelde coaches", "Voornaam", "Achternaam", "Email", "Telefoonnummer", "Straat", "Huis nummer", "Postcode",
    "Woonplaats",
)  # fmt: skip
_IDS = ("Account id", "User id", "Building id", "Contact id")
# The Dutch name of a step → the questions in it, by short.
_STEPS = {
    "Woninggegevens": ("building-type-category", "build-year", "surface"),
    "Gebruik": ("resident-count", "cook-type", "amount-gas", "amount-electricity"),
    "Woningstatus": ("heat-source", "has-solar-panels", "solar-panel-count"),
}
_WITH_DECIMAL = {"surface"}


def total_report(database: Database, cooperation: Row) -> bytes:
    """The file, in UTF-8 without BOM: a line of names, and a line for each user, by id. Coaches are users too."""
    questions = [(step, _question(database, short)) for step, shorts in _STEPS.items() for short in shorts]
    names = [*_ADDRESS, *(f"{step}: {question['name']}" for step, question in questions), *_IDS]
    rows = [
        [
            *_address(database, user, building, status),
            *(_shown_answer(database, building, question) for _, question in questions),
            *(user["account_id"], user["id"], building["id"], dossier.contact_id(user)),
        ]
        for user in database.rows("users", cooperation_id=cooperation["id"])
        if (building := dossier.building_of(database, user)) and (status := dossier.current_status(database, building))
    ]
    return to_csv([names, *rows], ",").encode()


def _question(database: Database, short: str) -> Row:
    return database.rows("tool_questions", short=short)[0]


def _address(database: Database, user: Row, building: Row, status: Row) -> list[object]:
    """The columns of `_ADDRESS`. The appointment is a day without its time."""
    account = database.row("accounts", user["account_id"]) or {}
    coaches = sorted(dossier.linked_coaches(database, building), key=lambda coach: coach["id"])
    return [
        (user.get("created_at") or "")[:10],
        _newest_advice(database, user),
        (status.get("appointment_date") or "")[:10],
        (database.row("statuses", status["status_id"]) or {}).get("name"),
        "Ja" if user.get("allow_access") else "Nee",
        ", ".join(dossier.full_name(coach) for coach in coaches),
        user.get("first_name"),
        user.get("last_name"),
        account.get("email"),
        _marked(user.get("phone_number") or ""),
        building.get("street"),
        f"{building.get('number') or ''} {building.get('extension') or ''}".strip(),
        building.get("postal_code"),
        building.get("city"),
    ]


def _newest_advice(database: Database, user: Row) -> str:
    advices = database.rows("user_action_plan_advices", user_id=user["id"], input_source_id=MASTER_SOURCE)
    return max((advice.get("updated_at") or "" for advice in advices), default="")


def _marked(phone_number: str) -> str:
    """An apostrophe before a zero at the start, so that a spreadsheet keeps the zero."""
    return f"'{phone_number}" if phone_number.startswith("0") else phone_number


def _shown_answer(database: Database, building: Row, question: Row) -> str:
    """The names of the options that were chosen, or what was typed; a number with a decimal comma."""
    answers = [str(answer) for answer in payloads.answers(database, building, question)]
    if question.get("options"):
        names = {str(option["value"]): option["name"] for option in question["options"]}
        return ", ".join(names[answer] for answer in answers if answer in names)
    answer = next(iter(answers), "")
    return _with_comma(answer) if question["short"] in _WITH_DECIMAL else answer


def _with_comma(number: str) -> str:
    try:
        shown = f"{float(number):,.1f}"
    except ValueError:
        return number
    return shown.translate(str.maketrans(",.", ".,"))
