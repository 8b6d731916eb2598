"""Programs read a campaign: Power BI and spreadsheets with a key, calendars behind a secret address.

`/{cooperation}/odata/…` is OData v4, `/{cooperation}/journeys.csv` a table for a spreadsheet, `….jsonl` the same for
programs, with a cursor of what changed. `/{cooperation}/calendar/{secret}.ics` is the calendar of a coach, or that of
the coordinator. Each form has its place in `functions/feed/`.

`/{cooperation}/coach/{secret}` is the page of a coach (`functions/coach/`), behind such an address too, and the only
place where something can be changed: a visit.
"""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Request, Response

from functions._body import KIB
from functions._http import Refusal, UnknownAddress, WrongMethod, endpoint, path_parts, problem
from functions._query import read_query
from functions.feed import json_lines, spreadsheet
from functions.feed.odata.answer import answer as odata
from functions.feed.odata.errors import odata_error
from functions.feed.reader import Reader, reader_of
from shared.feed.sets import SETS, EntitySet

_SECRET = frozenset({"calendar", "coach"})
"""What has no reader, because its address is the secret."""


def _admit(request: Request) -> tuple[str, list[str], Reader | None]:
    """The cooperation, the rest of the path, and who reads. Only to a coach's page something may be sent."""
    cooperation, *rest = path_parts(request, 2, 3, 4)
    if request.method == "POST" and not _is_page(rest):
        raise WrongMethod("GET", "HEAD")
    return cooperation, rest, None if rest[0] in _SECRET else reader_of(request, cooperation)


def _is_page(rest: list[str]) -> bool:
    return len(rest) == 2 and rest[0] == "coach"


def _refuse(request: Request, refusal: Refusal) -> Response:
    """The error in the form of the address. With a 401 a program is asked for the key of this cooperation."""
    cooperation, form, *_ = [*(part for part in request.path.split("/") if part), "", ""]
    if form == "coach":
        from functions.coach.refused import refuse  # noqa: PLC0415 (loads templates, which programs do not need)

        return refuse(request, refusal)
    if refusal.status == 405:
        refusal = replace(refusal, headers={"Allow": "GET, HEAD"})  # The page of a coach alone takes POST.
    if refusal.status == 401:
        realm = cooperation if re.fullmatch("[a-z0-9-]{1,63}", cooperation) else "dossierlink"
        asked = {"WWW-Authenticate": f'Basic realm="{realm}", charset="UTF-8"'}
        refusal = replace(refusal, headers={**refusal.headers, **asked})
    return odata_error(refusal) if form == "odata" else problem(request, refusal)


@endpoint(_admit, limit=4 * KIB, methods=("GET", "HEAD", "POST"), refuse=_refuse, quiet=(UnknownAddress,))
def serve_feed(request: Request, cooperation: str, rest: list[str], reader: Reader | None) -> Response:
    """200 with the table, calendar or page; 303 after a change on the page."""
    if reader is None:
        return _secret(request, cooperation, rest)
    match rest:
        case ["odata", *path]:
            return odata(request, reader, path)
        case [file]:
            return _file(request, reader, file)
    raise UnknownAddress


def _secret(request: Request, cooperation: str, rest: list[str]) -> Response:
    match rest:
        case ["coach", secret]:
            from functions.coach import page  # noqa: PLC0415 (loads templates, which programs do not need)

            return page.answer(request, cooperation, secret)
        case ["calendar", name] if name.endswith(".ics"):
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
