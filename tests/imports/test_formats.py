"""The report and the tables in every form in which a person may bring them."""

from __future__ import annotations

import codecs
import csv
import io
import random
import subprocess
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from infra.standins.php_csv import to_csv
from shared.domain.spreadsheet import read_date
from shared.errors import BadInput
from shared.hoomdossier.claim import Claim
from shared.imports import table
from shared.imports.read import read_file, read_pasted

FILES = Path(__file__).parents[1] / "fixtures/import"
SAVED_AGAIN = ("calc-semicolon-cp1252.csv", "calc-semicolon-utf8-bom.csv", "calc-tab-utf16.csv", "calc.xlsx")
HEADER = [
    "Datum account", "Laatste wijziging", "Datum afspraak coachgesprek", "Status", "Toestemming aanwezig",
    "Gekoppelde coaches", "Voornaam", "Achternaam", "Email", "Telefoonnummer", "Straat", "Huis nummer", "Postcode",
    "Woonplaats", "Woning: Status", "Account id", "User id", "Building id", "Contact id",
]  # fmt: skip
ROW = [
    "2026-10-01", "2026-11-01 10:00:00", "2026-12-14", "In uitvoering", "Ja", "Cora Coach", "Jan", "Jansen",
    "jan@example.org", "'0612345678", "Dorpsstraat", "12 a", "1234 AB", "Dorp", "2,5", "51", "61", "71", "1001",
]  # fmt: skip
JAN = Claim(
    row=2, contact_id=1001, account_id=51, user_id=61, building_id=71, day=date(2026, 12, 14), status="in_progress",
    coaches=("Cora Coach",), name="Jan Jansen", street="Dorpsstraat 12 a", houses=("12 a",), postal_code="1234 AB", has_ids=True,
)  # fmt: skip


def saved(name: str) -> list[Claim]:
    return read_file(io.BytesIO((FILES / name).read_bytes()))


def downloaded(*rows: Sequence[object], header: Sequence[str] = HEADER) -> bytes:
    return to_csv([header, *rows], ",").encode()


def claims(content: bytes) -> list[Claim]:
    return read_file(io.BytesIO(content))


def refusal(content: bytes) -> str:
    with pytest.raises(BadInput) as refused:
        claims(content)
    assert refused.value.status == 422
    (texts,) = refused.value.problems.values()
    return " ".join(texts)


def row(**changed: str) -> list[str]:
    by_name = {name.casefold().replace(" ", "_"): at for at, name in enumerate(HEADER)}
    cells = list(ROW)
    for name, text in changed.items():
        cells[by_name[name]] = text
    return cells


# -- the fixtures ------------------------------------------------------------------------------------------------------


def test_the_report_as_it_was_downloaded() -> None:
    residents = {claim.contact_id: claim for claim in saved("total-report.csv")}
    assert len(residents) == 14
    assert residents[1003].day == date(2026, 12, 1)
    assert residents[1003].name == 'Kees Bakker "Bak"'
    assert residents[1004].name == "Dirk Post\\bus"
    assert residents[1002].name == "Bea Smit, weduwe"
    assert residents[1009].coaches == ("Cora Coach", "Koen Kans")
    assert residents[1006].status == "no_execution"
    assert residents[None].building_id == 30008
    assert all(not claim.wrong and claim.at is None for claim in residents.values())


@pytest.mark.parametrize("name", SAVED_AGAIN)
def test_what_calc_saved_says_the_same(name: str) -> None:
    """But for a name that Calc took for a date, and a house number that it took for a fraction."""
    for first, again in zip(saved("total-report.csv"), saved(name), strict=True):
        is_spoiled = {"name": again.name} if first.contact_id == 1011 else {}
        if name.endswith(".xlsx") and first.contact_id == 1009:
            is_spoiled |= {"houses": again.houses, "street": again.street}
        assert replace(first, **is_spoiled) == again


@pytest.mark.parametrize("name", ["coordinator-table", "coach-list"])
def test_a_table_as_a_browser_copies_it(name: str) -> None:
    """With the links of the HTML the homes have numbers, and as text alone they have their address."""
    html, text = (read_pasted((FILES / f"{name}.{ending}").read_text(encoding="utf-8")) for ending in ("html", "txt"))
    assert len(html) == len(text) == 7
    by_building = {claim.building_id: claim for claim in html}
    assert (by_building[30004].day, by_building[30004].at) == (date(2026, 11, 10), time(19, 30))
    assert by_building[30004].status == "executed"
    assert by_building[30001].day is None
    assert not by_building[30001].wrong
    for linked, plain in zip(html, text, strict=True):
        assert replace(linked, building_id=None, row=plain.row) == plain
    report = {claim.building_id: claim for claim in saved("total-report.csv")}
    for number, claim in by_building.items():
        assert report[number].homes[0] in claim.homes
        assert (report[number].day, report[number].status) == (claim.day, claim.status)


# -- every form --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_spreadsheet_saves_it_in_many_ways(delimiter: str, encoding: str, end: str) -> None:
    made = io.StringIO()
    named = row(achternaam=f'Çelik "Ë" a{delimiter}b', voornaam="Zoë")
    csv.writer(made, delimiter=delimiter, lineterminator=end).writerows([HEADER, named])
    (claim,) = claims(made.getvalue().encode(encoding))
    assert claim == replace(JAN, name=f'Zoë Çelik "Ë" a{delimiter}b')


def test_big_endian_utf16_and_a_line_that_names_the_sign() -> None:
    text = "sep=;\n" + downloaded(ROW).decode().replace('"', "").replace("2,5", "2").replace(",", ";")
    (claim,) = claims(codecs.BOM_UTF16_BE + text.encode("utf-16-be"))
    assert replace(claim, row=2) == JAN


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ("2026-12-14", date(2026, 12, 14), None),
        ("14-12-2026", date(2026, 12, 14), None),
        ("1-2-2026", date(2026, 2, 1), None),
        ("01/02/2026", date(2026, 2, 1), None),
        ("14-12-26", date(2026, 12, 14), None),
        ("2026-12-14 00:00:00", date(2026, 12, 14), None),
        ("14-12-2026 00:00", date(2026, 12, 14), None),
        ("14-12-2026 9:05", date(2026, 12, 14), time(9, 5)),
        ("2026-12-14 10:30", date(2026, 12, 14), time(10, 30)),
        ("46370", date(2026, 12, 14), None),
        ("", None, None),
        ("-", None, None),
    ],
)
def test_a_date_in_every_form(text: str, day: date | None, at: time | None) -> None:
    assert read_date(text) == (day, at)


@pytest.mark.parametrize(
    "text",
    ["31-02-2026", "2026-13-01", "morgen", "12-2026", "99999999", "2026-12-14 25:00", "0001-01-01", "9999-12-31"],
)
def test_what_is_no_date_makes_the_row_unreadable(text: str) -> None:
    (claim,) = claims(downloaded(row(datum_afspraak_coachgesprek=text)))
    assert claim.wrong == ("datum afspraak coachgesprek",)
    assert claim.day is None


@pytest.mark.parametrize("text", ["12a", "-3", "1e3", "0", "9" * 20, "1.5"])
def test_an_id_that_is_none_makes_the_row_unreadable(text: str) -> None:
    (claim,) = claims(downloaded(row(contact_id=text)))
    assert claim.wrong == ("contact id",)


def test_a_row_of_another_width_is_unreadable_and_the_others_go_on() -> None:
    short, long = ROW[:-1], [*ROW, "extra"]
    found = claims(downloaded(ROW, short, ROW, long, ROW))
    assert [claim.wrong for claim in found] == [(), ("row",), (), ("row",), ()]
    assert [claim.row for claim in found] == [2, 3, 4, 5, 6]


def test_an_open_quote_does_not_take_the_rows_behind_it_along() -> None:
    lines = downloaded(ROW, ROW, ROW).decode().split("\n")
    lines[2] = lines[2].replace("Jansen", '"Jansen')
    found = claims("\n".join(lines).encode())
    assert [claim.wrong for claim in found] == [(), ("row",), ()]


@pytest.mark.parametrize("line", ['a,b,"c', 'a,",b', 'a",b",c,"d', '"', 'a,"\\"b'])
def test_a_file_full_of_open_quotes_is_read_in_one_go(line: str) -> None:
    """It took hours: with each line two hundred others were read."""
    began = monotonic()
    wide = line.replace("b", "b" * 400)
    last = to_csv([row(contact_id="1002")], ",").encode()
    found = claims(downloaded(ROW) + f"{wide}\n".encode() * 20_000 + last)
    assert monotonic() - began < 20
    assert (found[0], found[-1].contact_id) == (JAN, 1002)
    assert {claim.wrong for claim in found[1:-1]} == {("row",)}


def test_a_name_of_many_characters_is_cut_off() -> None:
    (claim,) = claims(downloaded(row(voornaam="J" * 100_000, straat="S" * 100_000)))
    assert (len(claim.name), len(claim.street), claim.contact_id) == (200, 200, 1001)


def test_a_text_over_several_lines_is_one_row() -> None:
    found = claims(downloaded(row(straat="Dorps\nstraat\n"), ROW))
    assert [claim.row for claim in found] == [2, 5]
    assert not any(claim.wrong for claim in found)
    assert found[1] == replace(JAN, row=5)


def test_a_backslash_before_a_quote_and_at_the_end_as_php_writes_them() -> None:
    found = claims(downloaded(row(achternaam='a\\"b'), row(achternaam="eind\\"), ROW))
    assert [claim.contact_id for claim in found] == [1001] * 3
    assert found[1].name == "Jan eind\\"


def test_a_question_may_have_the_name_of_a_column() -> None:
    header = [*HEADER[:14], "Status", "Contact id", *HEADER[15:]]
    cells = [*ROW[:14], "Uitgevoerd", "999", *ROW[15:]]
    (claim,) = claims(downloaded(cells, header=header))
    assert (claim.status, claim.contact_id) == ("in_progress", 1001)


def test_only_what_is_on_the_white_list_is_kept() -> None:
    (claim,) = claims(downloaded(ROW))
    said = repr(claim)
    for private in ("jan@example.org", "0612345678", "2,5", "2026, 10, 1", "Ja'"):
        assert private not in said
    assert claim == JAN


# -- what is no report -------------------------------------------------------------------------------------------------


def workbook(*rows: Sequence[object]) -> bytes:
    book, made = Workbook(), io.BytesIO()
    for cells in rows:
        book.active.append(list(cells))
    book.save(made)
    return made.getvalue()


def test_a_workbook_with_rows_of_another_width() -> None:
    found = claims(workbook(HEADER, ROW, [*ROW, "extra"], [None], ROW[:10]))
    assert [(claim.row, claim.wrong) for claim in found] == [(2, ()), (3, ("row",)), (5, ())]
    assert found[0] == JAN
    assert found[2].contact_id is None


def zip_with(size: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * size)
    return made.getvalue()


def changed(book: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with another text in its first sheet."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as packed, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as again:
        for name in packed.namelist():
            content = packed.read(name)
            if name.endswith("sheet1.xml"):
                assert old in content
                content = content.replace(old, new)
            again.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize("piece", [b"<c><v>1</v></c>" * 200_000, b"<c>" * 1_000_000, b" " * 3_000_000])
@pytest.mark.parametrize("others", [0, 100_000])
def test_a_workbook_with_a_row_that_takes_gigabytes_is_refused(piece: bytes, others: int) -> None:
    """A file of 30 KB could take all memory."""
    rows = b"<row><c><v>1</v></c></row>" * others
    end = b"</row></sheetData>"
    assert "te groot" in refusal(changed(workbook(HEADER, ROW), end, piece + b"</row>" + rows + b"</sheetData>"))
    assert "te groot" in refusal(changed(workbook(HEADER, ROW), b"<sheetData>", b"<sheetData>" + rows + piece))


def test_a_thousand_pasted_rows_are_read_and_not_more() -> None:
    """Each could stand for five homes, which takes a while to find out."""
    line = "N1\tPlein 1 2 3 4 5\t1234AB\t-\n"
    assert len(read_pasted(line * 1000)) == 1000
    with pytest.raises(BadInput, match="te lang"):
        read_pasted(line * 1001)


@pytest.mark.parametrize(("limit", "value"), [("_CPU_SECONDS", 1), ("_SECONDS", 1.0), ("_MEMORY", 200 << 20)])
def test_a_workbook_that_keeps_the_reader_busy_ends_the_reader_alone(
    limit: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ninety KB with ten million rows take half a minute and a gigabyte. Nothing in the file shows that at once."""
    monkeypatch.setattr(table, limit, value)  # The real limits would take the test half a minute.
    book = changed(workbook(HEADER, ROW), b"<dimension", b"<other")  # Without its size all of the sheet is read first.
    rows = b"<sheetData>" + b"<row/>" * 5_000_000
    assert "te groot" in refusal(changed(book, b"<sheetData>", rows))


def test_the_reader_of_workbooks_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    environments: list[dict[str, str]] = []
    popen = subprocess.Popen

    def look(*command: Any, **how: Any) -> Any:
        environments.append(how["env"])
        return popen(*command, **how)

    monkeypatch.setenv("ZONNIG_DORP_ECONOBIS_KEY", "a secret")
    monkeypatch.setattr(subprocess, "Popen", look)  # To see what it is given; it runs all the same.
    assert claims(workbook(HEADER, ROW))
    (environment,) = environments
    assert "a secret" not in environment.values()


def test_rows_in_a_large_workbook_are_no_large_piece() -> None:
    rows = b'<row><c t="n"><v>1</v></c></row>' * 100_000
    assert len(claims(changed(workbook(HEADER, ROW), b"</sheetData>", rows + b"</sheetData>"))) == 100_001


def test_a_row_far_away_ends_where_excel_does() -> None:
    book = workbook(HEADER, ROW)
    (last,) = claims(changed(book, b'<row r="2"', b'<row r="1048576"'))
    assert last.row == 1_048_576
    assert "niet te lezen" in refusal(changed(book, b'<row r="2"', b'<row r="1000000000000"'))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "leeg"),
        (b"%PDF-1.7 ...", "geen tabel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "oude soort"),
        (zip_with(10), "niet te lezen"),
        (zip_with(200_000_000), "te groot"),
        (b"PK\x03\x04nonsense", "niet te lezen"),
        (b"een regel tekst\nnog een", "een kolom"),
        (b"a,b,c\n1,2,3", "geen rapport van Hoomdossier"),
        (downloaded(ROW[:14], header=HEADER[:14]), "ontbreken de nummers"),
        (downloaded(header=["Datum account", "Laatste wijziging", "Status", "Postcode"]), "zonder adresgegevens"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "kolom"),
        (b"x" * 200_000, "een kolom"),
        (b"x" * 200_000 + b",b", "geen tabel"),
        (b"," * 2_000_000, "regel 1 is veel te lang"),
        (downloaded(ROW) + b"x" * 2_000_000, "regel 3 is veel te lang"),
        (downloaded() + b"x\n" * 200_001, "te veel regels"),
    ],
)  # fmt: skip
def test_another_file_is_refused_with_the_reason(content: bytes, said: str) -> None:
    assert said in refusal(content).replace("één", "een")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (b"", b"PK\x03\x04", codecs.BOM_UTF16_LE, downloaded(ROW)):
        try:
            claims(start + content)
        except BadInput as error:
            assert error.problems


@given(st.text(max_size=300))
def test_any_text_can_be_pasted(text: str) -> None:
    for pasted in (text, f"<table><tr><td>{text}</td><td>1234AB</td></tr></table>", f"x\t{text}\t1234 AB\t-"):
        assert isinstance(read_pasted(pasted), list)


@pytest.mark.parametrize("part", ["a<b>", "<!--", "<", "&", "<a a='", "</a ", "<![CDATA[", "<?", "&#9", "1 ", "\t"])
def test_a_hostile_text_is_read_in_one_go(part: str) -> None:
    began = monotonic()
    for start in ("<table><tr><td>", "", "Jan\tKade "):
        read_pasted(start + part * (300_000 // len(part)) + "\t1234AB\t-")
    assert monotonic() - began < 15


def test_a_number_that_is_no_sign_is_a_text() -> None:
    assert read_pasted(f"<tr><td>&#{'9' * 5000};</td></tr>") == []


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        read_pasted("2026-12-14 10:30\n" * 200_000)
    assert list(refused.value.problems) == ["pasted"]


@pytest.mark.parametrize("space", range(265, 300))
def test_no_number_is_read_from_a_half_link(space: int) -> None:
    """Else the number of another home came out of a cell that was cut off."""
    link = "https://hoom.example/buildings/show/30001"
    for cell in (
        f"{'x' * space} {link}",
        f"<tr><td>{'x' * space}<a class='[&>b]:p' href='{link}'>Kade</a></td><td>-</td>",
    ):
        assert {claim.building_id for claim in read_pasted(f"{cell}\t-</tr>")} <= {None, 30001}


_TEXT = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(_TEXT, _TEXT, _TEXT), max_size=6))
def test_whatever_people_typed_the_ids_of_a_row_are_its_own(people: Iterable[tuple[str, str, str]]) -> None:
    """A backslash or quote in a name may spoil its own row, and never gives a row the numbers of another."""
    rows = [
        row(voornaam=first, achternaam=last, straat=street, contact_id=str(at), account_id=str(at + 100))
        for at, (first, last, street) in enumerate(people, 1)
    ]
    for claim in claims(downloaded(*rows)):
        if not claim.wrong:
            assert claim.account_id == (claim.contact_id or 0) + 100


def test_rows_in_any_order_are_the_same_rows() -> None:
    rows = [row(contact_id=str(number)) for number in range(1, 200)]
    random.Random(1).shuffle(rows)
    assert {claim.contact_id for claim in claims(downloaded(*rows))} == set(range(1, 200))
