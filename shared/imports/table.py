"""Reads a table in the forms in which spreadsheets keep it: CSV with any of three signs between the cells, and xlsx.

The rows come one by one, so that a large file needs little memory. Nothing is written anywhere.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import IO

from pydantic_core import from_json

from shared.config import environment_of_python
from shared.errors import BadInput
from shared.imports import xlsx_rows
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
_MOST_LINES = 10 * MOST_ROWS
"""A row may have several lines, and between rows there may be empty ones."""
LARGEST_UNPACKED = 150_000_000
"""Bytes of an xlsx file when it is unpacked: some 60,000 rows of twenty columns."""
_LARGEST_PIECE = 2_000_000  # bytes
_ROW_BEGINS = re.compile(rb"<(?:[a-z][a-z0-9]{0,9}:)?(?:row|si)[\s/>]")
_LONGEST_TAG = 16
_CPU_SECONDS, _SECONDS, _MEMORY = 30, 45.0, 640 << 20
"""For an xlsx file: a sheet of 200,000 rows with twelve columns takes 25 seconds of CPU time."""
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
            raise _too_many_rows()
        yield row


def _too_many_rows() -> BadInput:
    return _wrong(Words("Dit bestand heeft te veel regels: hooguit {count}.", count=MOST_ROWS))


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
            if number > _MOST_LINES:
                raise _too_many_rows()
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
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(part.file_size for part in packed.infolist())
            if size > LARGEST_UNPACKED or not all(_comes_in_rows(packed, part) for part in packed.infolist()):
                raise _too_large()
    except BadInput:
        raise
    except Exception:  # noqa: BLE001  (zipfile and zlib raise many kinds for a broken file)
        raise _unreadable() from None
    file.seek(0)
    rows = _rows_of_sheet(file.read())
    header = next(rows, [])
    if len(header) < 2:
        raise _wrong(Words("Dit is geen tabel: de eerste regel heeft maar één kolom."))
    return Table(header, _numbered_rows(rows, len(header)))


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


def _numbered_rows(rows: Iterator[list[str]], width: int) -> Iterator[NumberedRow]:
    for number, cells in enumerate(rows, 2):
        if cells:
            yield number, None if len(cells) > width else [*cells, *[""] * (width - len(cells))]


def _rows_of_sheet(content: bytes) -> Iterator[list[str]]:
    """Every row, read by `xlsx_rows.py` in a process with limits: see there."""
    process = subprocess.Popen(  # noqa: S603 (our own file)
        [sys.executable, "-P", xlsx_rows.__file__, str(_CPU_SECONDS), str(_MEMORY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment_of_python(),
    )
    timer = threading.Timer(_SECONDS, process.kill)  # Where there is no limit to CPU time.
    timer.start()
    try:
        assert process.stdin
        assert process.stdout
        with suppress(BrokenPipeError), process.stdin as given:
            given.write(content)  # It reads all before it writes.
        for line in process.stdout:
            yield from_json(line)
        status = process.wait()
        if status:
            raise _too_large() if status < 0 or status == xlsx_rows.NO_MEMORY else _unreadable()
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _unreadable() -> BadInput:
    return _wrong(Words("Dit Excel-bestand is niet te lezen. Bewaar het als CSV, en kies dat bestand."))


def _too_large() -> BadInput:
    return _wrong(Words("Dit Excel-bestand is te groot. Bewaar het als CSV, en kies dat bestand."))
