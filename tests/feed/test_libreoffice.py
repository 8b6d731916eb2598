"""The CSV as LibreOffice reads it, which `tests/fixtures/feed/` recorded once.

`libreoffice.csv` is what we wrote then. `libreoffice.json` is what LibreOffice 7.4 made of it with Dutch as its language and
semicolons between the columns: the type and value of each cell, without and with "Detect special numbers". To record again:

    soffice --headless --infilter='CSV:59,34,76,1,,1043,false,true' --convert-to fods libreoffice.csv
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.feed.spreadsheet import written
from shared.clock import from_text
from shared.domain.local_time import to_amsterdam
from shared.feed.sets import Column
from shared.work.feed_salt import Pseudonyms
from tests.fixtures import FIXTURES

COLUMNS = [
    Column("id", "text", ""),
    Column("name", "text", ""),
    Column("m2", "number", ""),
    Column("days", "whole", ""),
    Column("cancelled", "yes_no", ""),
    Column("day", "day", ""),
    Column("at", "moment", ""),
]
TEXTS = [
    "Noor de Vries", "André Łoś", 'Jan "de" Jong; of zo', "=1+1", "+31612345678", "-1", "@SUM(A1)", '=HYPERLINK("x")',
    "twee\nregels", "1-2", "0612", "3e4567", "'s-Gravenhage", "", " =1",
]  # fmt: skip
ROWS: list[dict[str, Any]] = [
    {
        "id": f"resident-{number:02d}e45", "name": text, "m2": [45.5, 1234.25, 7, None][number % 4], "days": [3, 1200, None][number % 3],
        "cancelled": [True, False, None][number % 3], "day": "2027-06-30",
        "at": ["2026-11-23T05:00:00.000000Z", "2026-07-01T22:30:00.000000Z", None][number % 3],
    }
    for number, text in enumerate(TEXTS)
]  # fmt: skip
RECORDED = json.loads((FIXTURES / "feed/libreoffice.json").read_text(encoding="utf-8"))


def test_the_file_is_the_one_that_was_read() -> None:
    assert b"".join(written(COLUMNS, ROWS)) == (FIXTURES / "feed/libreoffice.csv").read_bytes()


@pytest.mark.parametrize("setting", RECORDED)
def test_it_was_read_as_it_was_meant(setting: str) -> None:
    header, *rows = RECORDED[setting]
    assert header == [["string", it.name] for it in COLUMNS]
    for meant, (id_, name, m2, days, cancelled, day, at) in zip(ROWS, rows, strict=True):
        assert id_ == ["string", meant["id"]]
        assert m2 == (meant["m2"] and ["float", str(meant["m2"])])
        assert days == (meant["days"] and ["float", str(meant["days"])])
        assert cancelled == (None if meant["cancelled"] is None else ["string", "ja" if meant["cancelled"] else "nee"])
        assert day == ["date", meant["day"]]
        local = meant["at"] and to_amsterdam(from_text(meant["at"]))
        is_date = setting == "special numbers"
        assert at == (local and (["date", local.replace(" ", "T")] if is_date else ["string", local[:16]]))
        assert name is None or name[0] != "formula"
        if meant["name"] and not meant["name"][0].isdigit():
            text = meant["name"]
            assert name == ["string", text if text[0] not in "=+-@ " else f"'{text}"]


def test_a_text_of_digits_is_taken_for_a_number_so_no_id_is_one() -> None:
    """What LibreOffice and Excel do with a text such as `3e4567` that is not our own."""
    (row,) = [it for it, meant in zip(RECORDED["special numbers"][1:], ROWS, strict=True) if meant["name"] == "3e4567"]
    assert row[1][0] == "float"
    ids = Pseudonyms("a salt")
    for what in ("resident", "journey", "coach"):
        assert ids.id_of(what, 1).startswith(f"{what}-")
