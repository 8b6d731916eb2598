"""Prints the rows of the first sheet of an xlsx file that comes in on stdin, as JSON: a list of texts on each line.

`table.py` runs this file in a process of its own. A file of some kilobytes can keep any reader of xlsx busy for
minutes, or fill gigabytes: here that ends this process, and nothing else.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from datetime import date, datetime, time
from typing import Any

NO_MEMORY = 3
"""The status with which it ends for want of memory."""
LAST_ROW = 1_048_576
"""Of a sheet. A file may name a row far behind it, and all between are read as empty rows."""


def main(seconds: int, memory: int) -> None:
    """The limits are seconds of CPU time, and bytes. Ends with a status other than 0 for a file that cannot be read."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    from openpyxl import load_workbook  # noqa: PLC0415 (within the limits)

    file = io.BytesIO(sys.stdin.buffer.read())
    sheet = load_workbook(file, read_only=True, data_only=True, keep_links=False).worksheets[0]
    sheet.reset_dimensions()
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > LAST_ROW:
            raise ValueError("a row behind the last one")
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        print(json.dumps(cells))  # noqa: T201 (this is how its caller gets them)


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


if __name__ == "__main__":
    try:
        main(*map(int, sys.argv[1:]))
    except MemoryError:
        sys.exit(NO_MEMORY)
