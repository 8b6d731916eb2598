"""A table as CSV that Excel opens right in a Dutch Windows: a semicolon, a decimal comma, moments in Amsterdam."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response

from functions.feed.reader import Reader
from functions.feed.streamed import streamed
from shared import wiring
from shared.clock import from_text
from shared.domain.local_time import to_amsterdam
from shared.feed.scan import Asked, Scan
from shared.feed.sets import Column, EntitySet, Row, Value

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet may run a text that begins so, also in full width."""


def answer(reader: Reader, table: EntitySet) -> Response:
    """200 with all rows, while they are read. Raises StoreUnavailable before the first row; later it breaks off."""
    columns = table.columns_for(reader.personal)
    scan = Scan(wiring.services(), reader.cooperation, Asked(table, reader.personal))
    lines = written(columns, (row for _, row in scan))
    headers = {"Content-Disposition": f'attachment; filename="{table.file}.csv"'}
    return streamed(lines, "text/csv; charset=utf-8", headers)


def written(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file: the names of the columns with the first row, and then each row."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    text.write("\ufeff")
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([cell(column, row.get(column.name)) for column in columns])
        yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    taken = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return taken


def cell(column: Column, value: Value) -> str:
    """A value as a Dutch spreadsheet reads it; `""` for None."""
    if value is None:
        return ""
    if column.kind == "yes_no":
        return "ja" if value else "nee"
    if column.kind == "moment":
        return to_amsterdam(from_text(str(value)))[:16]
    if column.kind == "number":
        return str(value).replace(".", ",")
    text = str(value)
    return f"'{text}" if column.kind == "text" and text.lstrip(" ").startswith(_FORMULA) else text
