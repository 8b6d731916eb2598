"""The fixed database from which `tests/fixtures/import/total-report.csv` was made: twelve residents, two coaches.

`python -m tests.standins.hoomdossier.report_fixture` writes that file anew; its README says how the others were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from infra.standins.database import AMSTERDAM, Database, Row
from infra.standins.hoomdossier import dossier, register_request
from infra.standins.hoomdossier.register import register
from infra.standins.hoomdossier.seed import seed
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.hoomdossier.total_report import total_report
from tests.fixtures import FIXTURES

REPORT = FIXTURES / "import/total-report.csv"
CORA, KOEN = 8011, 8012


@dataclass(frozen=True)
class Resident:
    """`status` and `date` are the newest of the building; `coaches` are user ids."""

    contact_id: int | None
    first: str
    last: str
    house: tuple[str, str, str, str]  # street, number, extension, city
    status: str
    date: str | None = None
    coaches: tuple[int, ...] = (CORA,)
    phone: str = "0612345678"
    allows: bool = True


RESIDENTS = (
    Resident(1001, "Anna", "de Jong", ("Laan", "5", "", "Zonnig Dorp"), "active"),
    Resident(1002, "Bea", "Smit, weduwe", ("Laan", "7", "bis", "Zonnig Dorp"), "pending", coaches=()),
    Resident(1003, "Kees", 'Bakker "Bak"', ("Dorpsstraat", "12", "a", "Zonnig Dorp"), "in_progress", "2026-12-01 10:00"),
    Resident(1004, "Dirk", "Post\\bus", ("Kade", "1", "", "Zonnig Dorp"), "executed", "2026-11-10 19:30"),
    Resident(1005, "Zoë", "Çelik-Müller", ("Curaçaostraat", "100", "2", "Zonnig Dorp"), "in_progress", "2026-12-03 09:00"),
    Resident(1006, "Fré", "van ’t Hof", ("Plein", "2", "", "'s-Graveland"), "no_execution", "2026-11-12 14:00"),
    Resident(1007, "Gijs", "Groen", ("Plein", "4", "", "'s-Graveland"), "inactive", coaches=()),
    Resident(None, "Hanna", "Zonder", ("Kade", "3", "", "Zonnig Dorp"), "in_progress", "2026-12-04 11:15"),
    Resident(
        1009, "Ilse", "Mei", ("Kade", "5", "1/2", "Zonnig Dorp"), "in_progress", "2026-12-24 13:45", (CORA, KOEN)
    ),
    Resident(1010, "Joop", "Nee", ("Kade", "7", "", "Zonnig Dorp"), "pending", coaches=(KOEN,), allows=False),
    Resident(
        1011, "Karel", "1 april", ("Laan", "9", "", "Zonnig Dorp"), "executed", "2027-01-05 08:00", (KOEN,), "+31612345678"
    ),
    Resident(1012, "Loes", "Laatste", ("Laan", "11", "", "Zonnig Dorp"), "in_progress", coaches=(KOEN,), phone=""),
)  # fmt: skip


def make_report() -> bytes:
    """The bytes of the report. The first resident registered on 1 October 2026, each next one a day later."""
    database, cooperation = fixed_database()
    return total_report(database, cooperation)


def fixed_database() -> tuple[Database, Row]:
    """The database and the cooperation in it. Its clock stands still at the day of the last resident."""
    database = Database()
    _stand_still(database, 1)
    seed(database, "zonnig-dorp", HoomdossierSettings(country="NL", token="t"))
    (cooperation,) = database.rows("cooperations")
    for number, resident in enumerate(RESIDENTS, 1):
        _stand_still(database, number)
        _add(database, cooperation, number, resident)
    return database, cooperation


def _stand_still(database: Database, day: int) -> None:
    moment = datetime(2026, 10, day, 12, 34, 56, tzinfo=AMSTERDAM)
    database.now = lambda: moment  # type: ignore[method-assign]


def _add(database: Database, cooperation: Row, number: int, resident: Resident) -> None:
    user_id = register(database, cooperation, _registration(number, resident))["user_id"]
    database.update("users", user_id, allow_access=int(resident.allows))
    (building,) = database.rows("buildings", user_id=user_id)
    for coach_id in resident.coaches:
        database.insert("building_coach_statuses", coach_id=coach_id, building_id=building["id"], status="added")
    if resident.date:
        dossier.append_appointment(database, building, "2026-10-30 10:00:00")  # An earlier date does not count.
        dossier.append_appointment(database, building, f"{resident.date}:00")
        advice = {"user_id": user_id, "input_source_id": dossier.MASTER_SOURCE}
        database.insert("user_action_plan_advices", **advice, updated_at=f"2026-10-{number + 15} 08:09:10")
    dossier.append_status(database, building, resident.status)
    if number % 2:
        answers = {1: "5", 5: "1972", 10: str(100.5 + number)}  # By id of the question.
        for question_id, answer in answers.items():
            key = {"building_id": building["id"], "input_source_id": dossier.MASTER_SOURCE}
            database.insert("tool_question_answers", **key, tool_question_id=question_id, answer=answer)


def _registration(number: int, resident: Resident) -> Row:
    street, house_number, extension, city = resident.house
    return register_request.normalised(
        {
            "email": f"bewoner{number}@example.org",
            "first_name": resident.first,
            "last_name": resident.last,
            "postal_code": f"12{number:02} AB",
            "number": house_number,
            "house_number_extension": extension,
            "street": street,
            "city": city,
            "phone_number": resident.phone,
            "extra": {"contact_id": resident.contact_id} if resident.contact_id else None,
            "tool_questions": {"resident-count": "2", "amount-gas": "1250"},
        }
    )


if __name__ == "__main__":
    REPORT.write_bytes(make_report())
