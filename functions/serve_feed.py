"""Programs read a campaign: Power BI and spreadsheets with a key, calendars behind a secret address. Read only.

`/{cooperation}/odata/…` is OData v4, `/{cooperation}/journeys.csv` a table for a spreadsheet, `….jsonl` the same for
programs, with a cursor of what changed. `/{cooperation}/calendar/{secret}.ics` is the calendar of a coach, or that of
the coordinator.
"""

from __future__ import annotations

from flask import Request, Response

from functions._body import KIB
from functions._http import UnknownAddress, endpoint, path_parts
from functions.feed.reader import Reader, reader_of


def _admit(request: Request) -> tuple[Reader, list[str]]:
    cooperation, *rest = path_parts(request, 2, 3, 4)
    return reader_of(request, cooperation), rest


@endpoint(_admit, limit=KIB, methods=("GET", "HEAD"))
def serve_feed(_request: Request, _reader: Reader, _rest: list[str]) -> Response:
    """200 with the table or calendar."""
    raise UnknownAddress
