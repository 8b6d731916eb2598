"""The import over HTTP: what may be brought, what the page tells of it, and that only what was ticked is delivered."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any

import httpx
import pytest

from functions.staff.csrf import make_token
from functions.staff.pages import imports
from functions.staff.routes import LARGEST_UPLOAD
from functions.staff.sealed import seal, unseal
from shared import wiring
from tests.fixtures import FIXTURES
from tests.functions.staff.dutch_left import dutch_in
from tests.world.functions_over_http import Machine
from tests.world.known_from_report import BUILDINGS, DIRK, KEES, ZOE, know, relays

SEES, WORKS, MANAGES = (f"{name}@zonnig-dorp.example" for name in ("kijker", "werker", "coordinator"))
PAGE, SEND = "/zonnig-dorp/import", "/zonnig-dorp/import/send"
FILES = FIXTURES / "import"
REPORT = (FILES / "total-report.csv").read_bytes()
TABLE = (FILES / "coordinator-table.txt").read_text(encoding="utf-8")


@pytest.fixture
def residents(link: Machine) -> Machine:
    """Four of the file are known, with the numbers that stand there."""
    for contact_id in BUILDINGS:
        know(wiring.services(), contact_id)
    return link


def cookie(person: str) -> dict[str, str]:
    return {"Cookie": f"dossierlink_as={person}"}


def bring(
    link: Machine, file: bytes | None = REPORT, pasted: str = "", person: str = WORKS, **more: Any
) -> httpx.Response:
    fields = {"token": make_token(person, PAGE), "as_of": "", "pasted": pasted, **more}
    files = {"file": ("rapport.csv", file, "text/csv")} if file is not None else {"file": ("", b"")}
    return link.post("show-staff", PAGE, data=fields, files=files, headers=cookie(person))


def words(answer: httpx.Response) -> str:
    """What is read on the page, without the frame."""
    main = re.sub("<[^>]+>", " ", answer.text.partition("<main")[2].partition("</main>")[0].partition(">")[2])
    return " ".join(unescape(main).split())


def sections(answer: httpx.Response) -> dict[str, str]:
    found = re.findall(r'<section class="group \w+" aria-labelledby="g-(\w+)">(.*?)</section>', answer.text, re.DOTALL)
    return dict(found)


def rows_of(section: str) -> list[str]:
    """Of each ticked row of the section, and of each whose time is asked: its sealed text."""
    return re.findall(r'name="row" value="([^"]+)"', section)


def send(link: Machine, rows: list[str], person: str = WORKS, **typed: str) -> httpx.Response:
    fields = {"token": make_token(person, SEND), "row": rows, **typed}
    return link.post("show-staff", SEND, data=fields, headers=cookie(person))


def of(contact_id: int, rows: list[str], person: str = WORKS) -> str:
    """The row of this resident."""
    (found,) = (row for row in rows if unseal("import zonnig-dorp", person, row)["contact_id"] == contact_id)
    return found


# -- who may, and what the form says ------------------------------------------------------------------------------------


def test_only_who_works_may_import(lasting_link: Machine) -> None:
    get = lasting_link.get("show-staff", PAGE, headers=cookie(SEES))
    assert (get.status_code, bring(lasting_link, person=SEES).status_code) == (403, 403)
    assert send(lasting_link, [], person=SEES).status_code == 403
    for person in (WORKS, MANAGES):
        assert lasting_link.get("show-staff", PAGE, headers=cookie(person)).status_code == 200
    here = lasting_link.get("show-staff", "/zonnig-dorp/", headers=cookie(WORKS)).text
    assert f'{PAGE}"' in here
    assert "/zonnig-dorp/import" not in lasting_link.get("show-staff", "/zonnig-dorp/", headers=cookie(SEES)).text


def test_a_form_without_token_is_refused(lasting_link: Machine) -> None:
    assert bring(lasting_link, token="").status_code == 403
    answer = lasting_link.post("show-staff", SEND, data={"row": "x"}, headers=cookie(WORKS))
    assert answer.status_code == 403


def test_a_form_from_another_site_is_refused(lasting_link: Machine) -> None:
    """Also one with a file, which is read after its sender is known."""
    headers = {**cookie(WORKS), "Origin": "https://elders.example"}
    files = {"file": ("rapport.csv", REPORT)}
    data = {"token": make_token(WORKS, PAGE)}
    assert lasting_link.post("show-staff", PAGE, data=data, files=files, headers=headers).status_code == 403


NO_REPORT = {
    "no table": (b"zomaar een tekst\nen nog een\n", "Dit is geen tabel"),
    "another table": (b"naam,plaats\nAnna,Dorp\n", "Dit is geen rapport van Hoomdossier"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "van de oude soort (.xls)"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "Dit is geen tabel. Kies het CSV-bestand"),
    "broken xlsx": (b"PK\x03\x04 en verder niets", "Dit Excel-bestand is niet te lezen"),
    "empty": (b"", "Dit bestand is leeg."),
}


@pytest.mark.parametrize(("file", "said"), NO_REPORT.values(), ids=NO_REPORT)
def test_what_is_no_report_is_refused_in_words(lasting_link: Machine, file: bytes, said: str) -> None:
    answer = bring(lasting_link, file)
    assert answer.status_code == 422
    assert "<title>Fout: Inlezen" in answer.text
    assert words(answer).count(said) == 2  # On top, and at the field.
    assert (
        '<div class="problem" role="alert" tabindex="-1" id="wrong">' in answer.text
    )  # The script brings the focus there.
    assert '<a href="#file">' in answer.text
    assert re.search(r'<input id="file"[^>]+aria-describedby="file-hint file-wrong" aria-invalid="true"', answer.text)


def test_neither_file_nor_table_is_refused(lasting_link: Machine) -> None:
    answer = bring(lasting_link, None, "  \n ")
    assert answer.status_code == 422
    assert words(answer).count("Kies een bestand, of plak de tabel met afspraken.") == 2


def test_what_was_typed_is_kept_and_the_file_asked_again(lasting_link: Machine) -> None:
    answer = bring(lasting_link, REPORT, "zomaar <b>tekst</b>", as_of="2026-10-30T12:00")
    assert answer.status_code == 422
    assert "zomaar &lt;b&gt;tekst&lt;/b&gt;</textarea>" in answer.text
    assert 'value="2026-10-30T12:00"' in answer.text
    assert "Kies ook het bestand opnieuw." in words(answer)
    assert "Kies ook het bestand opnieuw." not in words(bring(lasting_link, None, "zomaar tekst"))


@pytest.mark.parametrize("typed", ["2999-01-01T12:00", "gisteren", "2026-13-01T12:00"])
def test_a_moment_that_cannot_be_is_refused(lasting_link: Machine, typed: str) -> None:
    answer = bring(lasting_link, as_of=typed)
    assert answer.status_code == 422
    assert '<a href="#as_of">' in answer.text


def test_a_file_that_is_too_large_is_refused_in_words(lasting_link: Machine) -> None:
    answer = bring(lasting_link, b"x" * (LARGEST_UPLOAD + 1))
    assert answer.status_code == 413
    assert "te groot" in words(answer)


# -- what the page tells ------------------------------------------------------------------------------------------------

FORMATS = sorted(path.name for path in FILES.iterdir() if path.suffix in {".csv", ".xlsx"})


@pytest.mark.parametrize("name", FORMATS)
def test_each_form_of_the_file_gives_the_same_page(residents: Machine, name: str) -> None:
    answer = bring(residents, (FILES / name).read_bytes())
    assert answer.status_code == 200, words(answer)
    shown = sections(answer)
    assert [of(it, rows_of(shown["time"])) for it in (KEES, ZOE, DIRK)]
    assert "Bij 3 bewoners ontbreekt de tijd. 2 bewoners kent de koppeling nog niet; daar kiest u zelf." in words(
        answer
    )
    assert "Curaçaostraat 100 2, 1205 AB · contact 1005" in words(answer)


@pytest.mark.parametrize("name", ["coordinator-table", "coach-list"])
@pytest.mark.parametrize("form", ["txt", "html"])
def test_a_pasted_table_brings_the_time(residents: Machine, name: str, form: str) -> None:
    answer = bring(residents, REPORT, (FILES / f"{name}.{form}").read_text(encoding="utf-8"))
    assert [of(it, rows_of(sections(answer)["deliver"])) for it in (KEES, ZOE)]
    assert "afspraak di 1 dec 2026 10:00" in words(answer)
    assert "afspraak do 3 dec 2026 09:00" in words(answer)


def test_only_a_table_is_of_no_file(residents: Machine) -> None:
    pasted = TABLE.replace("Dorpsstraat 12 a", "Dorpsstraat 12 a https://x.example/buildings/show/30003")
    answer = bring(residents, None, pasted)
    assert of(KEES, rows_of(sections(answer)["deliver"]))
    assert "Het bestand is van" not in words(answer)
    assert "niet in het bestand" not in words(answer)
    assert "Het bestand is van" in words(bring(residents))


def test_nothing_new_has_no_button(residents: Machine) -> None:
    header, *lines = REPORT.splitlines(keepends=True)
    file = b"".join([header, *(line for line in lines if b"Bea" in line or b",1003" in line)])
    first = bring(residents, file, next(line for line in TABLE.splitlines() if "Kees" in line))
    assert send(residents, rows_of(sections(first)["deliver"])).status_code == 200
    again = bring(residents, file + lines[0], next(line for line in TABLE.splitlines() if "Kees" in line))
    assert "Er is niets te bezorgen." in words(again)
    assert "Bij 2 bewoners is er niets nieuws." in words(again)
    assert "<button>Bezorg" not in again.text
    assert 'type="radio"' not in again.text  # With one section there is nothing to filter.


def test_a_file_without_residents_says_so(link: Machine) -> None:
    answer = bring(link, REPORT.splitlines(keepends=True)[0])
    assert "Er staat geen enkele bewoner in." in words(answer)
    assert "<button>Bezorg" not in answer.text


def test_a_file_of_another_cooperation_has_no_ticks_and_no_button(residents: Machine) -> None:
    other = REPORT.replace(b",3000", b",4000").replace(b",1000", b",5000")
    answer = bring(residents, other)
    assert "Dit bestand past niet bij deze coöperatie." in words(answer)
    assert 'name="row"' not in answer.text
    assert "<button>Bezorg" not in answer.text


def test_the_page_has_nothing_of_what_a_household_told(residents: Machine) -> None:
    answer = bring(residents, REPORT, TABLE)
    assert answer.status_code == 200
    page = unescape(answer.text)
    header, *rows = csv.reader(io.StringIO(REPORT.decode()), escapechar="\\")
    answers = range(14, len(header) - 4)
    private = {row[at] for row in rows for at in (header.index("Email"), header.index("Telefoonnummer"), *answers)}
    long = {text for text in private if len(text) > 3 and not text.isdecimal()}
    assert len(long) > 10
    assert [text for text in long if text in page] == []
    assert [text for text in ("1250", "1972") if text in re.sub(r'value="[^"]+"', "", page)] == []


def test_a_name_in_the_file_is_text(residents: Machine) -> None:
    evil = REPORT.replace(b"Kees", b"<img src=x onerror=alert(1)>").replace(b"Hanna", b"<script>alert(2)</script>")
    page = bring(residents, evil).text
    assert "<img" not in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(2)" in page


# -- what is delivered --------------------------------------------------------------------------------------------------


def test_what_turns_a_text_round_is_taken_out_of_names(residents: Machine) -> None:
    answer = bring(residents, REPORT.replace(b"Kees", "K\u202eees".encode()), "")
    assert "\u202e" not in answer.text


def test_what_is_ticked_is_delivered_and_nothing_else(residents: Machine) -> None:
    shown = sections(bring(residents, REPORT, TABLE))
    rows = rows_of(shown["deliver"])
    assert {KEES, ZOE} <= {unseal("import zonnig-dorp", WORKS, row)["contact_id"] for row in rows}
    answer = send(residents, [of(KEES, rows)])
    assert answer.status_code == 200
    assert "Van 1 bewoner is het bezorgd. Het is nu onderweg naar Econobis." in words(answer)
    assert relays(residents).keys() == {BUILDINGS[KEES]}


def test_to_send_the_same_twice_delivers_once(residents: Machine) -> None:
    rows = [of(KEES, rows_of(sections(bring(residents, REPORT, TABLE))["deliver"]))]
    send(residents, rows)
    before = residents.versions()
    answer = send(residents, rows)
    assert "Van 1 bewoner was alles al bekend." in words(answer)
    assert residents.versions() == before


def test_a_time_is_typed_or_said_not_to_be_known(residents: Machine) -> None:
    """Without either nothing happens, and the page says for how many."""
    rows = rows_of(sections(bring(residents))["time"])
    answer = send(residents, rows, **{f"at-{KEES}": "14:30"})
    assert "Van 1 bewoner is het bezorgd." in words(answer)
    assert "di 1 dec 2026 14:30" in words(answer)
    assert "Bij 2 bewoners is geen tijd ingevuld." in words(answer)
    assert relays(residents).keys() == {BUILDINGS[KEES]}
    assert "14:30" in str(relays(residents)[BUILDINGS[KEES]])
    send(residents, rows, **{f"unknown-{ZOE}": "1"})
    assert relays(residents).keys() == {BUILDINGS[KEES], BUILDINGS[ZOE]}


def test_what_was_not_delivered_stands_on_top(residents: Machine) -> None:
    old = bring(residents, REPORT, TABLE)
    rows = rows_of(sections(old)["deliver"])
    stale = seal("import zonnig-dorp", WORKS, {**unseal("import zonnig-dorp", WORKS, of(ZOE, rows)), "account_id": 77})
    answer = send(residents, [of(KEES, rows), stale])
    said = words(answer)
    assert "Van 1 bewoner is het bezorgd. Het is nu onderweg naar Econobis. Van 1 bewoner is het niet bezorgd." in said
    refused, good = said.index("niet bezorgd: de koppeling kent"), said.index("Bezorgd, of al bekend")
    assert refused < good
    assert relays(residents).keys() == {BUILDINGS[KEES]}


def test_what_there_was_no_time_for_is_one_click_away(residents: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [of(it, rows_of(sections(bring(residents))["time"])) for it in (KEES, ZOE)]
    with monkeypatch.context() as slow:
        slow.setattr(imports, "SECONDS", -1.0)  # To deliver for 40 seconds takes thousands of rows.
        answer = send(residents, rows, **{f"at-{KEES}": "14:30", f"unknown-{ZOE}": "1"})
    assert "2 bewoners zijn nog niet aan de beurt geweest." in words(answer)
    assert relays(residents) == {}
    form = re.search(r'<form method="post" action="[^"]+/import/send">(.*?)</form>', answer.text, re.DOTALL)
    assert form
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[1])
    typed = {name: value for name, value in hidden if name not in {"row", "token"}}
    again = send(residents, [value for name, value in hidden if name == "row"], **typed)
    assert "Van 2 bewoners is het bezorgd." in words(again)
    assert relays(residents).keys() == {BUILDINGS[KEES], BUILDINGS[ZOE]}


def test_rows_that_we_did_not_write_deliver_nothing(residents: Machine) -> None:
    good = of(KEES, rows_of(sections(bring(residents, REPORT, TABLE))["deliver"]))
    said = unseal("import zonnig-dorp", WORKS, good)
    before = residents.versions()
    for row in (
        "",
        "x",
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        seal("import meer-energie", WORKS, said),
        seal("import zonnig-dorp", MANAGES, said),
        seal("import zonnig-dorp", WORKS, ["geen", "rij"]),
        seal("import zonnig-dorp", WORKS, {"name": "Kees"}),
    ):
        answer = send(residents, [good, row])
        assert answer.status_code == 422, row
        assert "Lees het bestand opnieuw in." in words(answer)
    assert residents.versions() == before


def test_who_did_it_stands_in_the_audit_trail(residents: Machine) -> None:
    send(residents, rows_of(sections(bring(residents, REPORT, TABLE))["deliver"]))
    trail = residents.get("show-staff", "/zonnig-dorp/audit", headers=cookie(SEES))
    assert "las in uit Hoomdossier" in words(trail)
    assert WORKS in words(trail)
    assert {it["action"] for it in residents.documents("audit").values()} == {"import"}


def test_the_form_of_the_fullest_page_is_taken(lasting_link: Machine) -> None:
    """250 rows in each section where something can be ticked, with a time and a tick at all of them."""
    said = {
        "contact_id": 2_000_001, "account_id": 3_000_001, "user_id": 4_000_001, "building_id": 5_000_001,
        "as_of": "2026-11-27T12:00:00Z", "day": "2026-12-01", "coaches": [1_000_011], "name": "Wilhelmina van der Meulen",
    }  # fmt: skip
    sealed = seal("import zonnig-dorp", WORKS, said)
    ticked, timed = 6 * imports.MOST_SHOWN, 3 * imports.MOST_SHOWN  # A time is asked for in three of those sections.
    fields = {f"{name}-{it}": value for it in range(timed) for name, value in (("at", "14:30"), ("unknown", "1"))}
    body = httpx.Request("POST", "http://x", data={"row": [sealed] * ticked, **fields}).read()
    assert len(body) < 512 * 1024
    answer = send(lasting_link, ["x"] * ticked, **fields)
    assert answer.status_code == 422  # It was read, and its rows are not ours.


def test_no_dutch_is_left_on_the_english_pages(residents: Machine) -> None:
    said = REPORT.replace(b"Zonder", b"Helder"), TABLE.replace("Zonder", "Helder")  # A name is no text of ours.
    data, files = {"token": make_token(WORKS, PAGE), "pasted": said[1]}, {"file": ("rapport.csv", said[0])}
    page = residents.post("show-staff", f"{PAGE}?lang=en", data=data, files=files, headers=cookie(WORKS))
    assert page.status_code == 200
    assert dutch_in(page.text) == []
    sent = {"token": make_token(WORKS, SEND), "row": rows_of(page.text)}
    done = residents.post("show-staff", f"{SEND}?lang=en", data=sent, headers=cookie(WORKS))
    assert done.status_code == 200
    assert dutch_in(done.text) == []
    for file, _ in NO_REPORT.values():
        wrong = residents.post(
            "show-staff", f"{PAGE}?lang=en", data=data, files={"file": ("a", file)}, headers=cookie(WORKS)
        )
        assert wrong.status_code == 422
        assert dutch_in(wrong.text) == []
