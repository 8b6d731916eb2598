"""Programs read a campaign: Power BI and spreadsheets with a key, calendars behind a secret address. Read only.

`/{cooperation}/odata/…` is OData v4, `/{cooperation}/journeys.csv` a table for a spreadsheet, `….jsonl` the same for
programs, with a cursor of what changed. `/{cooperation}/calendar/{secret}.ics` is the calendar of a coach, or that of
the coordinator. Each form has a module in `functions/feed/`, which is imported at its first request.
"""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Request, Response

from functions._body import KIB
from functions._http import Refusal, UnknownAddress, endpoint, path_parts, problem
from functions._query import read_query
from functions.feed import odata_errors
from functions.feed.reader import Reader, reader_of
from shared.feed.sets import SETS, EntitySet


def _admit(request: Request) -> tuple[str, list[str], Reader | None]:
    """The cooperation, the rest of the path, and who reads. A calendar has no reader: its address is the secret."""
    cooperation, *rest = path_parts(request, 2, 3, 4)
    return cooperation, rest, None if rest[0] == "calendar" else reader_of(request, cooperation)


def _refuse(request: Request, refusal: Refusal) -> Response:
    cooperation, place = [*(part for part in request.path.split("/") if part), "", ""][:2]
    if refusal.status == 401:
        realm = cooperation if re.fullmatch("[a-z0-9-]{1,63}", cooperation) else "dossierlink"
        asked = {"WWW-Authenticate": f'Basic realm="{realm}", charset="UTF-8"'}
        refusal = replace(refusal, headers={**refusal.headers, **asked})
    return odata_errors.error(refusal) if place == "odata" else problem(request, refusal)


@endpoint(_admit, limit=KIB, methods=("GET", "HEAD"), refuse=_refuse, quiet=(UnknownAddress,))
def serve_feed(request: Request, cooperation: str, rest: list[str], reader: Reader | None) -> Response:
    """200 with the table or calendar."""
    if reader is None:
        return _calendar(request, cooperation, rest)
    if rest[0] == "odata":
        from functions.feed import odata  # noqa: PLC0415 (only the asked form is loaded)

        return odata.answer(request, reader, rest[1:])
    return _file(request, reader, rest)


def _calendar(request: Request, cooperation: str, rest: list[str]) -> Response:
    match rest:
        case [_, name] if name.endswith(".ics"):
            from functions.feed import calendar  # noqa: PLC0415 (only the asked form is loaded)

            return calendar.answer(request, cooperation, name.removesuffix(".ics"))
    raise UnknownAddress


def _file(request: Request, reader: Reader, rest: list[str]) -> Response:
    read_query(request)
    name, _, ending = rest[0].rpartition(".")
    table = _table(name)
    match ending, rest[1:]:
        case "csv", []:
            from functions.feed import spreadsheet  # noqa: PLC0415 (only the asked form is loaded)

            return spreadsheet.answer(reader, table)
        case "jsonl", []:
            from functions.feed import lines  # noqa: PLC0415 (only the asked form is loaded)

            return lines.answer(request, reader, table)
    raise UnknownAddress


def _table(file: str) -> EntitySet:
    for table in SETS.values():
        if table.file == file:
            return table
    raise UnknownAddress
