"""The table of faults in README.md is complete: each test named after a fault is in a file of that fault's row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROWS = {
    row[0]: row[1:]
    for line in (HERE / "README.md").read_text(encoding="utf-8").splitlines()
    if (row := [cell.strip() for cell in line.strip("|").split("|")])[0].startswith("F")
}
FILE = re.compile(r"`([\w/]+\.py)`")


def files_of(fault: str) -> set[str]:
    return {
        file.name
        for file in HERE.glob("test_*.py")
        if f"\ndef test_{fault.lower()}_" in file.read_text(encoding="utf-8")
    }


def test_the_codes_are_f1_to_f31() -> None:
    assert list(ROWS) == [f"F{number}" for number in range(1, 32)]


@pytest.mark.parametrize("fault", ROWS)
def test_a_row_names_the_files_of_its_fault(fault: str) -> None:
    _, tests, _, at_one_part = ROWS[fault]
    assert files_of(fault) <= set(FILE.findall(tests))
    assert (files_of(fault) == set()) == (tests == "none")
    assert all((HERE / name).exists() for name in FILE.findall(tests))
    assert all((HERE.parent / name).exists() for name in FILE.findall(at_one_part))
