"""The pages of the employee."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from html import unescape
from typing import Any

import httpx
import pytest

from infra.standins.database import AMSTERDAM
from tests.fixtures import read
from tests.standins.econobis.conftest import Econobis, tables
from tests.standins.econobis.recorder import recording

REGISTERED = {"status": 201, "headers": {}, "body": '{"account_id":77,"user_id":78}'}
LINKED = {"status": 200, "headers": {}, "body": "[]"}
SIGN_UP = {
    "voornaam": "Anna",
    "achternaam": "<b>Jong</b>",
    "emailadres": "anna@example.org",
    "telefoonnummer": "0612345678",
    "adres_postcode": "1234 AB",
    "adres_huisnummer": "5",
    "intake_campagne_id": "1",
    "intake_maatregel_ids": "1",
    "intake_opmerkingen_bewoner": "Graag snel",
}
ANNA = 1001


@pytest.fixture
def anna(econobis: Econobis) -> Econobis:
    """A resident who signed up, and has no dossier yet."""
    econobis.http.post("/api/webform/external/KEY", data=SIGN_UP).raise_for_status()
    return econobis


def text(page: httpx.Response) -> str:
    """The text of the page."""
    body = page.text[page.text.index("<main>") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def to(econobis: Econobis, host: str) -> None:
    links = {"hoom_link": f"http://{host}/register", "hoom_connect_coach_link": f"http://{host}/coach"}
    econobis.database.update("cooperations", 1, **links)


def test_lists_contacts_with_their_intake_and_opportunity(anna: Econobis) -> None:
    page = text(anna.http.get("/"))
    assert "<b>Jong</b>, Anna" in page
    assert "Isolatie 2027: Open" in page
    assert "Actief" in page
    assert "Coach, Cora (coach)" in page


def test_a_long_list_has_pages_and_can_be_searched(anna: Econobis) -> None:
    for number in range(60):
        anna.database.insert("contacts", id=2000 + number, full_name=f"Buur, B{number:02}", number=f"C{number}")
    first, second = text(anna.http.get("/")), text(anna.http.get("/?page=2"))
    assert "Buur, B59" in first
    assert "Buur, B10" in first
    assert "Buur, B09" not in first
    assert "Buur, B09" in second
    assert "<b>Jong</b>, Anna" in second
    assert "Pagina 2 van 2" in second
    searched = text(anna.http.get("/?q=anna+JONG"))
    assert "1 gevonden" in searched
    assert "<b>Jong</b>, Anna" in searched
    assert "Buur" not in searched
    assert "0 gevonden" in text(anna.http.get("/?q=nobody&page=9"))


def test_every_link_stays_within_the_mount(anna: Econobis) -> None:
    for path in ("/", f"/contacts/{ANNA}"):
        links = re.findall(r'(?:href|action)="([^"]*)"', anna.http.get(path).text)
        assert links
        assert all(link.startswith("/econobis/zonnig-dorp/") for link in links)


def test_shows_a_contact(anna: Econobis) -> None:
    page = text(anna.http.get(f"/contacts/{ANNA}"))
    for shown in ("Dorpsstraat 5, 1234AB Zonnig Dorp", "anna@example.org", "0612345678", "Graag snel", "nog niet"):
        assert shown in page
    assert "Maak Hoomdossier" in page


def test_every_field_has_a_label(anna: Econobis) -> None:
    page = anna.http.get(f"/contacts/{ANNA}").text
    fields = re.findall(r"<(?:input|select)[^>]*\bid=\"(\w+)\"", page)
    assert fields
    assert set(fields) == set(re.findall(r'<label for="(\w+)"', page))
    assert '<html lang="nl">' in page


def test_an_unknown_contact_is_a_404(econobis: Econobis) -> None:
    assert econobis.http.get("/contacts/99").status_code == 404
    assert econobis.http.post("/contacts/99/dossier").status_code == 404


def test_makes_a_dossier(anna: Econobis) -> None:
    with recording([REGISTERED]) as hoomdossier:
        to(anna, hoomdossier.host)
        page = anna.http.post(f"/contacts/{ANNA}/dossier")
    assert page.status_code == 200
    assert "Hoomdossier is succesvol aangemaakt" in text(page)
    assert "account 77" in text(page)
    assert "Maak Hoomdossier" not in text(page)


NOT_ALL = "Niet alle benodigde gegevens zijn ingevuld:"
WRONG = "Er is iets misgegaan bij het aanmaken van het hoomdossier"
REFUSED = json.dumps({"email": ["E-mailadres is al in gebruik.", "Nog iets."], "phone_number": ["Te kort."]})


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (422, REFUSED, [f"{WRONG} (422).", "E-mailadres is al in gebruik.,Nog iets.", "Te kort."]),
        (422, "geen JSON", [f"{WRONG} (422)."]),
        (503, '{"message":"Storing"}', [f"{WRONG} (503)."]),
    ],
)
def test_shows_the_dialog_of_a_dossier_that_failed(anna: Econobis, status: int, body: str, said: list[str]) -> None:
    with recording([{"status": status, "headers": {}, "body": body}]) as hoomdossier:
        to(anna, hoomdossier.host)
        page = anna.http.post(f"/contacts/{ANNA}/dossier")
    assert page.status_code == status
    assert all(each in text(page) for each in said), text(page)


def test_the_dialog_of_an_error_is_only_its_number(anna: Econobis) -> None:
    with recording([{"status": 503, "headers": {}, "body": '{"message":"Storing"}'}]) as hoomdossier:
        to(anna, hoomdossier.host)
        assert "Storing" not in text(anna.http.post(f"/contacts/{ANNA}/dossier"))
    assert f"{WRONG} (500)." in text(anna.http.post(f"/contacts/{ANNA}/dossier"))


def test_the_dialog_says_what_is_missing(anna: Econobis) -> None:
    for row in anna.database.rows("email_addresses", contact_id=ANNA):
        anna.database.delete("email_addresses", row["id"])
    page = anna.http.post(f"/contacts/{ANNA}/dossier")
    assert page.status_code == 422
    assert f"{NOT_ALL} Primair mailadres ontbreekt" in text(page)


def plan(econobis: Econobis, **form: Any) -> httpx.Response:
    (opportunity,) = econobis.state()["opportunities"]
    return econobis.http.post(f"/contacts/{ANNA}/visit", data={"opportunity_id": opportunity["id"], **form})


def test_plans_a_visit_and_links_the_coach(anna: Econobis) -> None:
    with recording([REGISTERED, LINKED]) as hoomdossier:
        to(anna, hoomdossier.host)
        anna.http.post(f"/contacts/{ANNA}/dossier")
        answer = plan(anna, coach_id=11, date="2026-12-01", time="10:00")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/econobis/zonnig-dorp/contacts/{ANNA}")
    ids = {"coach_contact_id": 11, "resident_contact_id": ANNA}
    assert json.loads(hoomdossier.requests[1]["body"]) == {"building_coach_statuses": ids}
    page = text(anna.http.get(f"/contacts/{ANNA}"))
    assert "Coach, Cora Afspraak gemaakt 01-12-2026 10:00" in page
    assert "Coach, Cora: Afspraak gemaakt, 01-12-2026 10:00" in text(anna.http.get("/"))


def test_plans_a_visit_without_a_date(anna: Econobis) -> None:
    assert plan(anna, coach_id=11, date="", time="").status_code == 303
    (visit,) = tables(anna.state())["quotation_requests"].values()
    assert (visit["contact_id"], visit["status_id"], visit.get("date_planned")) == (11, 7, None)


def test_a_coach_link_that_failed_is_shown_and_the_visit_stays(anna: Econobis) -> None:
    with recording([REGISTERED, {"status": 401, "headers": {}, "body": "Unauthenticated."}]) as hoomdossier:
        to(anna, hoomdossier.host)
        anna.http.post(f"/contacts/{ANNA}/dossier")
        page = plan(anna, coach_id=11)
    assert page.status_code == 401
    assert "De kansactie gaf een fout (401). Unauthenticated." in text(page)
    assert len(anna.state()["quotation_requests"]) == 1


def test_a_visit_with_an_unknown_coach_is_a_422(anna: Econobis) -> None:
    page = plan(anna, coach_id=999)
    assert page.status_code == 422
    assert "Deze waarde is niet gevonden." in text(page)


def test_shows_a_recorded_case(econobis: Econobis) -> None:
    econobis.load(read("vectors/webform/kansactie_store__coach_link_401.json"))
    assert "Coachmans, Koen: Afspraak uitgevoerd, 10-02-2024 10:00" in text(econobis.http.get("/"))
    assert econobis.http.get("/contacts/108").status_code == 200


# -- the export --------------------------------------------------------------------------------------------------------


def exported(econobis: Econobis) -> list[dict[str, str]]:
    answer = econobis.http.get("/kansacties.csv")
    assert answer.status_code == 200
    text = answer.content.decode("utf-8-sig")
    assert not text.startswith("\ufeff"), "one byte order mark"
    return list(csv.DictReader(text.splitlines(keepends=True), delimiter=";"))


def test_the_kansacties_are_downloaded(anna: Econobis) -> None:
    """A visit with a coach and a date, made by an employee."""
    anna.database.set_now(datetime(2026, 11, 2, 9, 30, tzinfo=AMSTERDAM))
    with recording([REGISTERED, LINKED]) as hoomdossier:
        to(anna, hoomdossier.host)
        anna.http.post(f"/contacts/{ANNA}/dossier")
        plan(anna, coach_id=11, date="2026-12-01", time="10:00")
    anna.database.update("addresses", 3001, addition="a")
    (row,) = exported(anna)
    (opportunity,) = anna.state()["opportunities"]
    assert {name: value for name, value in row.items() if value} == {
        "#": "8001",
        "Organisatie/Coach": "Coach, Cora",
        "Actie op kans": "Bezoek",
        "Status": "Afspraak gemaakt",
        "Datum afspraak": "01-12-2026 10:00",
        "Offerte bedrag": "0.00",
        "Contact": "<b>Jong</b>, Anna",
        "Persoon voornaam": "Anna",
        "Persoon achternaam": "<b>Jong</b>",
        "Straat": "Dorpsstraat",
        "Nummer": "5",
        "Toevoeging": "a",
        "Postcode": "1234AB",
        "Plaats": "Zonnig Dorp",
        "Kans ID": opportunity["number"],
        "Maatregel categorie": "Vloerisolatie",
        "Maatregelen specifiek": "Isolatie van de vloer",
        "Campagne": "Isolatie 2027",
        "Laatste update door": "Bob Beheer",
        "Gemaakt op": "02-11-2026",
        "Gemaakt door": "Bob Beheer",
    }


def test_the_export_has_the_form_that_econobis_gives_it(anna: Econobis) -> None:
    plan(anna, coach_id="", date="", time="")
    answer = anna.http.get("/kansacties.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=UTF-8"
    assert re.search(r"kansacties-\d{4}-\d\d-\d\d \d\d_\d\d_\d\d\.csv", answer.headers["Content-Disposition"])
    names, row, rest = answer.content.decode().split("\n")
    assert names.startswith('\ufeff#;Organisatie/Coach;Projectleider;"Externe partij";"Actie op kans";Status;"Datum')
    assert row.startswith('8001;;;;Bezoek;"Geen afspraak gemaakt";;;;')
    assert (len(names.split(";")), rest) == (36, "")


def test_without_kansacties_there_is_nothing_to_download(econobis: Econobis) -> None:
    assert econobis.http.get("/kansacties.csv").status_code == 422
    assert "/econobis/zonnig-dorp/kansacties.csv" in econobis.http.get("/").text


def test_exports_recorded_kansacties(econobis: Econobis) -> None:
    econobis.load(read("vectors/webform/kansactie_store__coach_link_401.json"))
    assert [row["Datum afspraak"] for row in exported(econobis)] == ["", "10-02-2024 10:00"]
