"""The screens from which a person takes appointments and answers out of Hoomdossier by hand."""

from __future__ import annotations

import csv
import re
from datetime import datetime
from html import unescape

import httpx
import pytest

from infra.standins.database import AMSTERDAM
from tests.standins.hoomdossier.conftest import API, Hoomdossier

CORA = 8011
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=AMSTERDAM)
MOUNT = "/hoomdossier/zonnig-dorp"
NAMES = [
    "Datum account", "Laatste wijziging", "Datum afspraak coachgesprek", "Status", "Toestemming aanwezig",
    "Gekoppelde coaches", "Voornaam", "Achternaam", "Email", "Telefoonnummer", "Straat", "Huis nummer", "Postcode",
    "Woonplaats",
]  # fmt: skip


@pytest.fixture
def coach(hoomdossier: Hoomdossier) -> Hoomdossier:
    hoomdossier.database.set_now(NOW)
    return hoomdossier


def registered(coach: Hoomdossier, number: int, **fields: object) -> int:
    """The id of the building of another resident, linked to Cora."""
    own = {"email": f"bewoner{number}@example.org", "extra": {"contact_id": 1000 + number}}
    building = coach.register(**{**own, **fields})
    coach.link(1000 + number)
    return building


def cells(page: httpx.Response) -> list[list[str]]:
    """The texts of the table, row by row."""
    rows = re.findall(r"<tr.*?</tr>", page.text, re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def report_of(coach: Hoomdossier) -> httpx.Response:
    """Makes the report, and downloads it as the page says."""
    answer = coach.http.post("/reports")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{MOUNT}/reports")
    (link,) = re.findall(rf'href="{MOUNT}(/reports/\d+)"', coach.http.get("/reports").text)
    return coach.http.get(link)


def report_rows(coach: Hoomdossier) -> list[dict[str, str]]:
    return list(csv.DictReader(report_of(coach).content.decode().splitlines(keepends=True), escapechar="\\"))


# -- the report of all data --------------------------------------------------------------------------------------------


def test_the_report_is_made_and_downloaded(coach: Hoomdossier) -> None:
    assert "Er staat geen rapport klaar" in coach.http.get("/reports").text
    registered(coach, 1)
    answer = report_of(coach)
    named = r'attachment; filename="?[.0-9A-Za-z]{13}alle-ingevulde-gegevens-met-adresgegevens\.csv"?'
    assert re.fullmatch(named, answer.headers["Content-Disposition"])
    assert answer.headers["Content-Type"] == "text/csv; charset=UTF-8"
    assert answer.content.startswith(b'"Datum account","Laatste wijziging"')
    assert answer.content.count(b"\n") == 4, "names, two coaches, a resident"
    assert b"\r" not in answer.content


def test_a_new_report_replaces_the_old_one(coach: Hoomdossier) -> None:
    report_of(coach)
    report_of(coach)
    assert len(coach.database.rows("file_storages")) == len(coach.database.rows("_downloads")) == 1
    assert coach.http.get("/reports/99").status_code == 404


def test_a_report_is_kept_for_seven_days(coach: Hoomdossier) -> None:
    report_of(coach)
    coach.database.set_now(NOW.replace(day=9, hour=9))
    assert "09-11-2026 09:30" in coach.http.get("/reports").text
    coach.database.set_now(NOW.replace(day=9, hour=10))
    assert "Er staat geen rapport klaar" in coach.http.get("/reports").text
    (report,) = coach.database.rows("file_storages")
    assert coach.http.get(f"/reports/{report['id']}").status_code == 404


def test_the_report_has_address_answers_and_ids(coach: Hoomdossier) -> None:
    building = registered(coach, 1, phone_number="06 12345678", house_number_extension="a")
    coach.form(building, "appointment", appointment_date="2026-12-01T10:00")
    usage = {
        "surface": "1124.5",
        "amount-gas": "1250",
        "heat-source": ["hr-boiler", "sun-boiler"],
        "build-year": "1972",
    }
    coach.form(building, "usage", **usage)
    coach.form(building, "plan", measure="crack-sealing")
    row = report_rows(coach)[-1]
    assert list(row)[:14] == NAMES
    assert list(row)[-4:] == ["Account id", "User id", "Building id", "Contact id"]
    assert [row[name] for name in NAMES] == [
        "2026-11-02", row["Laatste wijziging"], "2026-12-01", "In uitvoering", "Ja", "Cora Coach", "Anna", "de Jong",
        "bewoner1@example.org", "'06 12345678", "Laan", "5 a", "1234 AB", "Dorp",
    ]  # fmt: skip
    assert row["Laatste wijziging"].startswith("2026-11-02 09:30:")
    assert row["Woninggegevens: Wat is het bouwjaar?"] == "1972"
    assert row["Woninggegevens: Wat is de gebruiksoppervlakte van de woning?"] == "1.124,5"
    assert row["Gebruik: Wat is het gasgebruik van afgelopen jaar?"] == "1250"
    assert row["Woningstatus: Wat wordt er gebruikt voor verwarming"] == "Gasketel, Zonneboiler"
    assert list(row.values())[-4:] == ["10001", "20001", str(building), "1001"]


def test_what_is_unknown_is_empty_in_the_report(coach: Hoomdossier) -> None:
    building = coach.register(extra=None, phone_number=None)
    (user,) = coach.database.rows("users", id=20001)
    coach.database.update("users", user["id"], created_at=None, allow_access=0)
    row = report_rows(coach)[-1]
    empty = ("Datum account", "Laatste wijziging", "Datum afspraak coachgesprek", "Gekoppelde coaches", "Contact id")
    assert [row[name] for name in (*empty, "Telefoonnummer")] == [""] * 6
    assert (row["Toestemming aanwezig"], row["Building id"]) == ("Nee", str(building))


def test_coaches_are_in_the_report_and_have_no_role(coach: Hoomdossier) -> None:
    rows = report_rows(coach)
    assert [(row["Voornaam"], row["Achternaam"], row["Contact id"]) for row in rows] == [
        ("Cora", "Coach", "11"),
        ("Koen", "Kans", "12"),
    ]
    assert not any("rol" in name.lower() for name in rows[0])


def test_a_user_without_status_or_building_is_not_in_the_report(coach: Hoomdossier) -> None:
    first, second = registered(coach, 1), registered(coach, 2)
    for row in coach.database.rows("building_statuses", building_id=first):
        coach.database.delete("building_statuses", row["id"])
    coach.database.update("buildings", second, deleted_at="2026-01-01")
    assert len(report_rows(coach)) == 2


def test_all_linked_coaches_are_named_in_the_report(coach: Hoomdossier) -> None:
    building = registered(coach, 1)
    coach.link(1001, coach=12)
    assert report_rows(coach)[-1]["Gekoppelde coaches"] == "Cora Coach, Koen Kans"
    coach.form(building, "unlink", coach_id=CORA)
    assert report_rows(coach)[-1]["Gekoppelde coaches"] == "Koen Kans"


# -- the two tables of a coach -----------------------------------------------------------------------------------------


def test_the_coordinator_sees_the_appointments_of_a_coach(coach: Hoomdossier) -> None:
    with_date, _ = registered(coach, 1, house_number_extension="a"), registered(coach, 2, first_name="Bea")
    coach.form(with_date, "appointment", appointment_date="2026-12-01T10:00")
    head, *rows = cells(coach.http.get(f"/coaches/{CORA}"))
    assert head == ["Datum", "Naam", "Straat en huisnummer", "Postcode", "Stad", "Status", "Datum afspraak"]
    assert rows == [
        ["02-11-2026", "Anna de Jong", "Laan 5 a", "1234 AB", "Dorp", "In uitvoering", "2026-12-01 10:00"],
        ["02-11-2026", "Bea de Jong", "Laan 5 a1", "1234 AB", "Dorp", "In uitvoering", "-"],
    ]


def test_the_coach_sees_the_same_in_another_order(coach: Hoomdossier) -> None:
    with_date, without = registered(coach, 1), registered(coach, 2, first_name="Bea")
    coach.form(with_date, "appointment", appointment_date="2026-12-01T10:00")
    account = coach.database.rows("accounts", email="bewoner2@example.org")[0]
    coach.database.update("accounts", account["id"], email_verified_at=None)
    user = coach.database.rows("buildings", id=without)[0]["user_id"]
    coach.database.update("users", user, created_at=None)
    head, *rows = cells(coach.http.get(f"/coaches/{CORA}/buildings"))
    assert head == [
        "Datum afspraak", "Status", "Naam", "Straat en huisnummer", "Postcode", "Stad", "Gemaakt op",
        "E-mail geverifieerd",
    ]  # fmt: skip
    assert rows == [
        ["-", "In uitvoering", "Bea de Jong", "Laan 5 a1", "1234 AB", "Dorp", "-", "Verifiëren"],
        ["2026-12-01 10:00", "In uitvoering", "Anna de Jong", "Laan 5 a1", "1234 AB", "Dorp", *["02-11-2026"] * 2],
    ]


def test_the_coach_verifies_the_address_of_a_resident(coach: Hoomdossier) -> None:
    """So a row may have a second link, which leads to no building."""
    registered(coach, 1)
    coach.database.update("accounts", 10001, email_verified_at=None)
    page = coach.http.get(f"/coaches/{CORA}/buildings").text
    (link,) = re.findall(rf'href="{MOUNT}(/admin/actions/[^"]*)"', page)
    assert coach.http.get(link).status_code == 302
    assert cells(coach.http.get(f"/coaches/{CORA}/buildings"))[1][-1] == "02-11-2026"
    assert coach.http.get(link.replace("10001", "99")).status_code == 404


def test_the_address_of_another_coach_is_not_verified_by_a_coach(coach: Hoomdossier) -> None:
    coach.database.insert("building_coach_statuses", coach_id=CORA, building_id=7012, status="added")
    assert cells(coach.http.get(f"/coaches/{CORA}/buildings"))[1][-1] == "Nee"


@pytest.mark.parametrize("screen", ["", "/buildings"])
def test_a_link_in_the_table_ends_in_the_building_and_opens_it(coach: Hoomdossier, screen: str) -> None:
    building = registered(coach, 1)
    (link,) = re.findall(r'href="([^"]*/buildings/show/[^"]*)"', coach.http.get(f"/coaches/{CORA}{screen}").text)
    assert link == f"{MOUNT}/admin/buildings/show/{building}"
    page = coach.http.get(link.removeprefix(MOUNT))
    assert page.status_code == 200
    assert "Anna de Jong" in page.text
    assert coach.http.get("/admin/buildings/show/99").status_code == 404


def test_the_home_of_the_coach_has_no_link_on_the_page_of_the_coordinator(coach: Hoomdossier) -> None:
    coach.database.update("buildings", 7011, street="Kade", number="9", extension="")
    coach.database.insert("building_coach_statuses", coach_id=CORA, building_id=7011, status="added")
    page = coach.http.get(f"/coaches/{CORA}")
    assert cells(page)[1][1:3] == ["Cora Coach", "Kade 9"]
    assert "/buildings/show/" not in page.text
    assert "/buildings/show/7011" in coach.http.get(f"/coaches/{CORA}/buildings").text


def test_a_table_has_ten_rows_a_page(coach: Hoomdossier) -> None:
    for number in range(1, 13):
        registered(coach, number, first_name=f"B{number:02}")
    first, second = coach.http.get(f"/coaches/{CORA}"), coach.http.get(f"/coaches/{CORA}?page=2")
    assert (len(cells(first)), len(cells(second))) == (11, 3)
    assert "Pagina 2 van 2" in second.text
    assert len(cells(coach.http.get(f"/coaches/{CORA}/buildings?q=B07"))) == 2


def test_a_cell_has_nothing_in_it_that_a_browser_copies_as_a_line(coach: Hoomdossier) -> None:
    registered(coach, 1)
    for screen in ("", "/buildings"):
        body = coach.http.get(f"/coaches/{CORA}{screen}").text.partition("<tbody")[2].partition("</tbody>")[0]
        assert "<div" not in body
        assert "<p" not in body


def test_an_unlinked_building_is_in_no_table(coach: Hoomdossier) -> None:
    building = registered(coach, 1)
    coach.form(building, "unlink", coach_id=CORA)
    assert "aan geen woning gekoppeld" in coach.http.get(f"/coaches/{CORA}").text
    assert "aan geen woning gekoppeld" in coach.http.get(f"/coaches/{CORA}/buildings").text


def test_only_a_coach_has_tables(coach: Hoomdossier) -> None:
    registered(coach, 1)
    page = coach.http.get("/coaches").text
    assert "Cora Coach" in page
    assert "Anna" not in page
    for user in (20001, 99):
        assert coach.http.get(f"/coaches/{user}").status_code == 404
        assert coach.http.get(f"/coaches/{user}/buildings").status_code == 404


# -- without a road to Econobis ----------------------------------------------------------------------------------------


def test_the_page_empties_and_fills_the_settings_for_econobis(coach: Hoomdossier) -> None:
    for on, said in (("no", "Er gaat niets naar Econobis"), ("yes", "zijn ingevuld.")):
        answer = coach.http.post("/pushes", data={"on": on})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{MOUNT}/")
        assert said in coach.http.get("/").text


def test_the_feed_is_gone_while_they_are_empty(coach: Hoomdossier) -> None:
    """The Hoomdossier of today has none, so what is entered there comes by hand alone."""
    for on, status in (("no", 404), ("yes", 200)):
        coach.http.post("/pushes", data={"on": on})
        assert coach.http.get("/api/v1/appointments", headers=API).status_code == status
