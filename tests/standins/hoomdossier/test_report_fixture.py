"""The files of `tests/fixtures/import` are of the database that `report_fixture` describes."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

import pytest

from infra.standins.database import Database, Row
from infra.standins.hoomdossier.coach_table import earliest_appointments_first, newest_residents_first
from tests.fixtures import FIXTURES
from tests.standins.hoomdossier.report_fixture import CORA, REPORT, RESIDENTS, fixed_database, make_report

FOLDER = FIXTURES / "import"
IDS = ["11", "12", *("" if one.contact_id is None else str(one.contact_id) for one in RESIDENTS)]


def test_the_report_is_what_the_stand_in_makes() -> None:
    assert REPORT.read_bytes() == make_report()


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter"),
    [
        ("total-report.csv", "utf-8", ","),
        ("calc-semicolon-cp1252.csv", "cp1252", ";"),
        ("calc-tab-utf16.csv", "utf-16", "\t"),
        ("calc-semicolon-utf8-bom.csv", "utf-8-sig", ";"),
    ],
)
def test_each_file_has_the_same_people(name: str, encoding: str, delimiter: str) -> None:
    with (FOLDER / name).open(encoding=encoding, newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    assert [row["Contact id"] for row in rows] == IDS
    assert rows[5]["Achternaam"] == "Post\\bus"
    assert rows[6]["Achternaam"] == "Çelik-Müller"
    assert (rows[4]["Huis nummer"], rows[4]["Telefoonnummer"]) == ("12 a", "'0612345678")
    assert rows[4]["Datum afspraak coachgesprek"] in ("2026-12-01", "1-12-2026")


@pytest.mark.parametrize(
    ("name", "order", "column"),
    [("coordinator-table", newest_residents_first, -1), ("coach-list", earliest_appointments_first, 0)],
)
def test_the_copied_tables_have_the_rows_of_the_page(
    name: str, order: Callable[[Database, Row], list[Row]], column: int
) -> None:
    database, _ = fixed_database()
    coach = database.rows("users", id=CORA)[0]
    rows = order(database, coach)
    _, head, *lines = [line.split("\t") for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n")]
    assert head[column] == "Datum afspraak"
    assert [line[column] for line in lines] == [row["appointment"] for row in rows]
    links = re.findall(r'href="[^"]*/buildings/show/(\d+)"', (FOLDER / f"{name}.html").read_text(encoding="utf-8"))
    assert links == [str(row["building"]["id"]) for row in rows]
