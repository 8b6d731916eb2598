"""Reads a table in the forms in which spreadsheets keep it: CSV with any of three signs between the cells, and xlsx.

The rows come one by one, so that a large file needs little memory. Nothing is written anywhere.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from itertools import pairwise
from typing import IO, Any

from shared.errors import BadInput
from shared.words import Words

Cells = Sequence[str]
NumberedRow = tuple[int, Cells | None]
"""The row number as a spreadsheet shows it, and the cells; None for a row that cannot be read."""

_CHUNK = 1 << 20
_MOST_LINES_OF_A_ROW = 200
_MOST_REREAD = 100_000_000
"""Characters that are read again, in all, to find where rows of several lines end. A usual file needs a third."""
_LONGEST_LINE = 1_000_000  # characters
MOST_ROWS = 200_000
"""As many rows as fit in memory."""
_LAST_ROW = 1_048_576
"""Of a sheet. A file may name a row far behind it, and all between are read as empty rows."""
LARGEST_UNPACKED = 150_000_000
"""Bytes of an xlsx file when it is unpacked: some 60,000 rows of twenty columns."""
_LARGEST_PIECE = 2_000_000  # bytes
_ROW_BEGINS = re.compile(rb"<(?:[a-z][a-z0-9]{0,9}:)?(?:row|si)[\s/>]")
_LONGEST_TAG = 16
_ZIP, _OLD_EXCEL, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"


@dataclass(frozen=True)
class Table:
    """`rows` can be read once."""

    header: Cells
    rows: Iterator[NumberedRow]


def read_table(file: IO[bytes]) -> Table:
    """`file` can be read more than once. Raises BadInput, with the field `file`, for what is no table."""
    table = _read_table(file)
    return Table(table.header, _counted(table.rows))


def _counted(rows: Iterator[NumberedRow]) -> Iterator[NumberedRow]:
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise _wrong(Words("Dit bestand heeft te veel regels: hooguit {count}.", count=MOST_ROWS))
        yield row


def _read_table(file: IO[bytes]) -> Table:
    start = file.read(8)
    file.seek(0)
    if not start:
        raise _wrong(Words("Dit bestand is leeg."))
    if start.startswith(_ZIP):
        return _xlsx(file)
    if start.startswith(_OLD_EXCEL):
        raise _wrong(Words("Dit is een Excel-bestand van de oude soort (.xls). Bewaar het als .xlsx of als CSV."))
    is_utf_16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if start.startswith(_PDF) or (b"\0" in start and not is_utf_16):
        raise _wrong(Words("Dit is geen tabel. Kies het CSV-bestand dat u uit Hoomdossier haalde."))
    return _csv(file)


def _wrong(text: str) -> BadInput:
    return BadInput({"file": [text]})


# -- CSV ---------------------------------------------------------------------------------------------------------------


def _csv(file: IO[bytes]) -> Table:
    encoding = _encoding(file)
    lines = _numbered(io.TextIOWrapper(file, encoding, errors="replace", newline=None))
    first = next(((number, line) for number, line in lines if line.strip()), (0, ""))
    if first[1].casefold().startswith("sep="):  # A line by which Excel is told the sign.
        first = next(lines, (0, ""))
    line = first[1]
    delimiter = max(",;\t", key=lambda sign: len(_lenient(line, sign)))
    # Hoomdossier's own file escapes as PHP does; a spreadsheet that saves it again does not.
    reader = _RowReader(delimiter, escape="\\" if delimiter == "," and encoding == "utf-8" else None)
    header = reader.read(line) or _lenient(line, delimiter)
    if len(header) < 2:
        raise _wrong(Words("Dit is geen tabel: de eerste regel heeft maar één kolom."))
    reader.width = len(header)
    return Table(header, reader.rows(lines))


def _encoding(file: IO[bytes]) -> str:
    """UTF-8 when all of it is, else what Windows uses in Western Europe. A mark at the start decides."""
    start = file.read(4)
    file.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8"


def _numbered(text: IO[str]) -> Iterator[tuple[int, str]]:
    try:
        for number, line in enumerate(iter(partial(text.readline, _LONGEST_LINE), ""), 1):
            if len(line) == _LONGEST_LINE:
                raise _wrong(Words("Dit is geen tabel: regel {number} is veel te lang.", number=number))
            yield number, line.rstrip("\n")
    except UnicodeError:
        raise _wrong(Words("De tekens in dit bestand zijn niet te lezen.")) from None


@dataclass
class _RowReader:
    """Finds where a row ends: a text in quotes may go on in the next line. `width` is that of the header.

    A row that fits in no way counts as one line, so that it does not take the rows behind it along. `reread` counts the
    characters that were read again for that. `is_open`: the row that was read last ends within a text in quotes.
    """

    delimiter: str
    escape: str | None
    width: int = 0
    reread: int = 0
    is_open: bool = False

    def read(self, text: str) -> Cells | None:
        """The cells; None when the quotes are not closed, or stand where they should not."""
        self.is_open = False
        for escape in dict.fromkeys((None, self.escape)):
            try:
                cells = next(csv.reader([text], delimiter=self.delimiter, escapechar=escape, strict=True), [])
            except csv.Error as error:
                self.is_open |= str(error) == "unexpected end of data"
                continue
            if not self.width or len(cells) == self.width:
                return cells
        return None

    def rows(self, lines: Iterator[tuple[int, str]]) -> Iterator[NumberedRow]:
        """Every row behind the header."""
        ahead: list[tuple[int, str]] = []
        while True:
            number, line = ahead.pop(0) if ahead else next(lines, (0, ""))
            if not number:
                return
            if not line.strip(self.delimiter + " "):
                continue  # Spreadsheets write an empty row as signs alone.
            cells, used = self._row(line, ahead, lines)
            del ahead[:used]
            yield number, cells

    def _row(
        self, line: str, ahead: list[tuple[int, str]], lines: Iterator[tuple[int, str]]
    ) -> tuple[Cells | None, int]:
        """The cells of the row that begins with `line`, and how many lines of `ahead` belong to it."""
        cells = self.read(line)
        if cells is not None:
            return cells, 0
        if line.count('"') % 2:
            text = [line]
            for used in range(1, _MOST_LINES_OF_A_ROW):
                if not self.is_open or self.reread > _MOST_REREAD:
                    break  # Nothing that follows can mend it; or too much of the file is like this.
                if used > len(ahead):
                    following = next(lines, None)
                    if following is None:
                        break
                    ahead.append(following)
                text.append(ahead[used - 1][1])
                if '"' not in text[-1]:
                    continue
                joined = "\n".join(text)
                self.reread += len(joined)
                if (cells := self.read(joined)) is not None:
                    return cells, used
        lenient = _lenient(line, self.delimiter)
        return (lenient if len(lenient) == self.width else None), 0


def _lenient(line: str, delimiter: str) -> Cells:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


# -- xlsx --------------------------------------------------------------------------------------------------------------


def _xlsx(file: IO[bytes]) -> Table:
    from openpyxl import load_workbook  # noqa: PLC0415 (loads slowly, and only an import with xlsx needs it)

    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(part.file_size for part in packed.infolist())
            if size > LARGEST_UNPACKED or not all(_comes_in_rows(packed, part) for part in packed.infolist()):
                raise _wrong(Words("Dit Excel-bestand is te groot. Bewaar het als CSV, en kies dat bestand."))
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True)
        header = [_text(value) for value in next(rows, ())]
    except BadInput:
        raise
    except Exception:  # noqa: BLE001  (openpyxl raises whatever its XML reader and its own checks raise)
        raise _unreadable() from None
    while header and not header[-1]:
        header.pop()
    if len(header) < 2:
        raise _wrong(Words("Dit is geen tabel: de eerste regel heeft maar één kolom."))
    return Table(header, _rows_of_sheet(rows, len(header)))


def _comes_in_rows(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether no piece of it that has to be in memory at once is too large: a row, a text, or a part without rows.

    A small file can hold a row, or elements within each other, of which the tree takes gigabytes.
    """
    if part.file_size <= _LARGEST_PIECE:
        return True
    since, tail = 0, b""
    with packed.open(part) as content:
        while chunk := content.read(_CHUNK):
            begins = [found.start() for found in _ROW_BEGINS.finditer(tail + chunk)]
            longest = max((to - at for at, to in pairwise([-since, *begins])), default=0)
            tail, length = (tail + chunk)[-_LONGEST_TAG:], len(tail + chunk)
            since = (length - begins[-1] if begins else since + length) - len(tail)
            if max(longest, since) > _LARGEST_PIECE:
                return False
    return True


def _rows_of_sheet(rows: Iterator[tuple[Any, ...]], width: int) -> Iterator[NumberedRow]:
    number = 1
    while True:
        number += 1
        try:
            values = next(rows, None)
        except Exception:  # noqa: BLE001  (as above)
            raise _unreadable() from None
        if values is None:
            return
        if number > _LAST_ROW:
            raise _unreadable()
        cells = [_text(value) for value in values]
        if any(cells):
            beyond = any(cells[width:])
            yield number, None if beyond else [*cells[:width], *[""] * (width - len(cells))]


def _unreadable() -> BadInput:
    return _wrong(Words("Dit Excel-bestand is niet te lezen. Bewaar het als CSV, en kies dat bestand."))


def _text(value: Any) -> str:
    """A cell as CSV would show it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
