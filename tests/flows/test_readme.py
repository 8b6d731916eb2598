"""Every file and test that README.md names exists."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ROWS = [line for line in (HERE / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
NAMED = sorted({name for row in ROWS for name in re.findall(r"`([^`]+)`", row.split(" | ")[1])})
TESTS = {
    name
    for file in ROOT.glob("tests/**/test_*.py")
    for name in re.findall(r"^def test_(\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("name", NAMED)
def test_a_file_or_test_of_the_table_exists(name: str) -> None:
    if "/" in name or name.endswith(".py"):
        assert any((folder / name).exists() for folder in (HERE, HERE.parent)), name
    else:
        assert any(fnmatchcase(test, name.replace("…", "*")) for test in TESTS), name


def test_the_table_is_read() -> None:
    assert len(NAMED) > 50
