"""CSV as PHP's `fputcsv` writes it."""

from __future__ import annotations

import csv

import pytest

from infra.standins.php_csv import to_csv


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("Laan", "Laan"),
        ("", ""),
        (None, ""),
        (12, "12"),
        ("Ümit", "Ümit"),
        ("a;b", "a;b"),
        ("'0612345678", "'0612345678"),
        ("de Jong", '"de Jong"'),
        ("Jong,", '"Jong,"'),
        ("a\tb", '"a\tb"'),
        ("a\nb", '"a\nb"'),
        ("a\rb", '"a\rb"'),
        ('"Bep"', '"""Bep"""'),
        ("Ach\\ter", '"Ach\\ter"'),
        ('Ach\\"ter', '"Ach\\"ter"'),
        ('Ach\\""ter', '"Ach\\"""ter"'),
        ("Achter\\", '"Achter\\"'),
    ],
)
def test_a_field_is_written_as_php_does(value: object, field: str) -> None:
    assert to_csv([[value, "x"]], ",") == f"{field},x\n"


def test_the_delimiter_decides_what_is_enclosed() -> None:
    assert to_csv([["a,b", "a;b"]], ";") == 'a,b;"a;b"\n'


def test_python_reads_it_with_the_same_escape() -> None:
    """All but a backslash, which it takes for an escape of the next character."""
    row = ["de Jong, A.", 'zei "ja"', "a\nb", ""]
    assert list(csv.reader(to_csv([row], ",").splitlines(keepends=True), escapechar="\\")) == [row]
