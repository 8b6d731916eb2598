"""Programs read a campaign: Power BI and spreadsheets with a key, calendars behind a secret address. Read only.

`/{cooperation}/odata/…` is OData v4, `/{cooperation}/journeys.csv` a table for a spreadsheet, `….jsonl` the same for
programs, with a cursor of what changed. `/{cooperation}/calendar/{secret}.ics` is the calendar of a coach, or that of
the coordinator. Each form has its place in `functions/feed/`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Request, Response

from functions._body import KIB
from functions._http import Refusal, UnknownAddress, endpoint, path_parts, problem
from functions._query import read_query
from functions.feed import json_lines, spreadsheet
from functions.feed.odata.answer import answer as odata
from functions.feed.odata.errors import odata_error
from functions.feed.reader import Reader, reader_of
from shared.feed.sets import SETS, EntitySet


def _admit(request: Request) -> tuple[str, list[str], Reader | None]:
    """The cooperation, the rest of the path, and who reads. A calendar has no reader: its address is the secret."""
    cooperation, *rest = path_parts(request, 2, 3, 4)
    return cooperation, rest, None if rest[0] == "calendar" else reader_of(request, cooperation)


def _refuse(request: Request, refusal: Refusal) -> Response:
    """The error in the form of the address. With a 401 a program is asked for the key of this cooperation."""
    cooperation, form, *_ = [*(part for part in request.path.split("/") if part), "", ""]
    if refusal.status == 401:
        realm = cooperation if re.fullmatch("[a-z0-9-]{1,63}", cooperation) else "dossierlink"
        asked = {"WWW-Authenticate": f'Basic realm="{realm}", charset="UTF-8"'}
        refusal = replace(refusal, headers={**refusal.headers, **asked})
    return odata_error(refusal) if form == "odata" else problem(request, refusal)


@endpoint(_admit, limit=KIB, methods=("GET", "HEAD"), refuse=_refuse, quiet=(UnknownAddress,))
def serve_feed(request: Request, cooperation: str, rest: list[str], reader: Reader | None) -> Response:
    """200 with the table or calendar."""
    if reader is None:
        return _calendar(request, cooperation, rest)
    match rest:
        case ["odata", *path]:
            return odata(request, reader, path)
        case [file]:
            return _file(request, reader, file)
    raise UnknownAddress


def _calendar(request: Request, cooperation: str, rest: list[str]) -> Response:
    match rest:
        case [_, name] if name.endswith(".ics"):
            from functions.feed import calendar  # noqa: PLC0415 (loads icalendar, which tables do not need)

            return calendar.answer(request, cooperation, name.removesuffix(".ics"))
    raise UnknownAddress


def _file(request: Request, reader: Reader, file: str) -> Response:
    read_query(request)
    name, _, ending = file.rpartition(".")
    table = _table(name)
    match ending:
        case "csv":
            return spreadsheet.answer(reader, table)
        case "jsonl":
            return json_lines.answer(request, reader, table)
    raise UnknownAddress


def _table(file: str) -> EntitySet:
    for table in SETS.values():
        if table.file == file:
            return table
    raise UnknownAddress
