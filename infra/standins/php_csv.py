"""Lines of CSV as PHP's `fputcsv` writes them, which both peers use for what a person downloads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_ESCAPE = "\\"


def to_csv(rows: Iterable[Sequence[object]], delimiter: str) -> str:
    """One line per row, each ended by LF. None is an empty field."""
    return "".join(f"{delimiter.join(_field(value, delimiter) for value in row)}\n" for row in rows)


def _field(value: object, delimiter: str) -> str:
    """Enclosed when it has a delimiter, quote, backslash, line break, tab or space in it."""
    text = "" if value is None else str(value)
    if not any(sign in text for sign in (delimiter, '"', _ESCAPE, "\n", "\r", "\t", " ")):
        return text
    return f'"{_doubled(text)}"'


def _doubled(text: str) -> str:
    r"""Doubles each quote, but not one that stands directly behind a backslash: `\"` stays as it is."""
    return "".join(
        '""' if sign == '"' and before != _ESCAPE else sign for before, sign in zip(f" {text}", text, strict=False)
    )
