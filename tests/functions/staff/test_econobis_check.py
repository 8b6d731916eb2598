"""The page that lays Econobis' list of kansacties beside what was delivered."""

from __future__ import annotations

import httpx
import pytest

from functions.staff.csrf import make_token
from tests.world.functions_over_http import Machine

WORKER = "werker@zonnig-dorp.example"
PAGE = "/zonnig-dorp/import/econobis"
HEADER = "#;Organisatie/Coach;Actie op kans;Status;Datum afspraak;Nummer;Toevoeging;Postcode;"
HEADER += "Persoon voornaam;Persoon tussenvoegsel;Persoon achternaam"


def post(link: Machine, content: str | None, query: str = "") -> httpx.Response:
    files = {"file": ("kansacties.csv", content, "text/csv")} if content is not None else {"file": ("", b"")}
    url = str(link.get("show-staff", PAGE, headers={"Cookie": f"dossierlink_as={WORKER}"}).url) + query
    form = {"token": make_token(WORKER, PAGE)}
    return link.http.post(url, files=files, data=form, headers={"Cookie": f"dossierlink_as={WORKER}"})


def test_the_page_asks_for_the_list(link: Machine) -> None:
    answer = link.get("show-staff", PAGE, headers={"Cookie": f"dossierlink_as={WORKER}"})
    assert answer.status_code == 200
    assert "Lijst van kansacties uit Econobis" in answer.text


def test_a_list_of_people_whom_the_link_does_not_know(link: Machine) -> None:
    answer = post(
        link, f"{HEADER}\n5;Coach, Cora;Bezoek;Afspraak gemaakt;14-12-2026 10:30;12;a;1234 AB;Noor;de;Vries\n"
    )
    assert answer.status_code == 200
    assert "1 bezoek is van iemand die de koppeling niet kent" in answer.text


def test_a_form_without_room_for_a_file_asks_for_it(link: Machine) -> None:
    """As the button of a page sends it that says that a form is too old."""
    form = {"token": make_token(WORKER, PAGE)}
    answer = link.post("show-staff", PAGE, data=form, headers={"Cookie": f"dossierlink_as={WORKER}"})
    assert answer.status_code == 422
    assert "Kies een bestand" in answer.text


@pytest.mark.parametrize(
    ("content", "said"), [(None, "Kies een bestand"), ("", "leeg"), ("a;b\n1;2\n", "geen lijst van kansacties")]
)
def test_another_file_is_refused_on_the_page(link: Machine, content: str | None, said: str) -> None:
    answer = post(link, content)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'id="wrong"' in answer.text
    assert post(link, content, "?lang=en").text.count("Choose a file") == (content is None)
