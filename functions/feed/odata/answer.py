"""`/{cooperation}/odata/…`: OData 4.0, minimal conformance and what Power BI asks beyond it (docs/feeds.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Request, Response, json

from functions._http import UnknownAddress
from functions.feed.odata.errors import VERSION, not_supported
from functions.feed.odata.headers import check_version, check_xml, metadata_level, omits_nulls
from functions.feed.odata.mark import Mark
from functions.feed.odata.metadata import metadata
from functions.feed.odata.options import RowOptions, row_options, selected, system_options
from functions.feed.odata.page import MOST_AT_ONCE, Rows, shown
from functions.feed.odata.root import root_of
from functions.feed.reader import Reader
from shared import wiring
from shared.domain.keys import digest
from shared.errors import BadInput
from shared.feed.scan import Asked, Scan
from shared.feed.sets import SETS, Column, EntitySet, Value
from shared.work.feed_salt import salt_of

_WITH_KEY = re.compile(r"(\w+)\((?:(\w+)=)?(?:'((?:[^']|'')*)'|(-?[0-9]{1,18}))\)")


def answer(request: Request, reader: Reader, path: list[str]) -> Response:
    """Raises BadInput, UnknownAddress and StoreUnavailable."""
    check_version(request)
    match path:
        case []:
            return _service(request, reader)
        case ["$metadata"]:
            return _metadata(request, reader)
        case [name] if name in SETS:
            return _rows(request, reader, SETS[name])
        case [name, "$count"] if name in SETS:
            return _count(request, reader, SETS[name])
        case [name] if found := _WITH_KEY.fullmatch(name):
            return _row(request, reader, *_key(found))
    raise _unknown(path)


def _unknown(path: list[str]) -> Exception:
    """What OData could have at this address is 501, and anything else 404."""
    for part in path:
        if part.startswith("$") or "." in part:
            return not_supported("path", "Dit deel van OData heeft deze feed niet.")
    known = _WITH_KEY.fullmatch(path[0])
    if len(path) > 1 and (path[0] in SETS or (known and known[1] in SETS)):
        return not_supported("path", "Losse kolommen en verbanden heeft deze feed niet.")
    return UnknownAddress()


def _service(request: Request, reader: Reader) -> Response:
    level = metadata_level(request, system_options(request).get("$format"))
    tables = [{"name": name, "kind": "EntitySet", "url": name} for name in SETS]
    return _reply(level, json.dumps({**_context(level, request, reader), "value": tables}))


def _metadata(request: Request, reader: Reader) -> Response:
    check_xml(system_options(request).get("$format"))
    return Response(metadata(reader.personal), 200, VERSION, content_type="application/xml")


def _reply(level: str, body: str, size: int | None = None, *, omit_nulls: bool = False) -> Response:
    """JSON with as much metadata as `level` says. `size` and `omit_nulls` are the preferences that were followed."""
    applied = [f"odata.maxpagesize={size}"] if size else []
    if omit_nulls:
        applied.append("omit-values=nulls")
    headers = {**VERSION, "Preference-Applied": ", ".join(applied)} if applied else VERSION
    return Response(body, 200, headers, content_type=f"application/json;odata.metadata={level}")


def _context(level: str, request: Request, reader: Reader, fragment: str = "") -> dict[str, str]:
    """`@odata.context`: the place in `$metadata` of what an answer holds."""
    if level == "none":
        return {}
    return {"@odata.context": f"{root_of(request, reader.cooperation)}/$metadata{fragment}"}


def _fragment(table: EntitySet, select: tuple[Column, ...] | None) -> str:
    return f"#{table.name}" + (f"({','.join(it.name for it in select)})" if select is not None else "")


# -- rows --------------------------------------------------------------------------------------------------------------


def _rows(request: Request, reader: Reader, table: EntitySet) -> Response:
    options = row_options(request, table, reader.personal)
    level = metadata_level(request, dict(options.kept).get("$format"))
    rows, mark = Rows(wiring.services(), reader, table, options), _mark(reader, table, options)
    page = rows.page(mark)
    before: dict[str, Any] = _context(level, request, reader, _fragment(table, options.select))
    if options.count:
        before["@odata.count"] = rows.count()
    after = {"@odata.nextLink": _next_link(request, reader, table, options, page.next)} if page.next else {}
    size = mark.page if options.page_asked else None
    return _reply(level, _body(before, page.rows, after), size, omit_nulls=options.omit_nulls)


def _mark(reader: Reader, table: EntitySet, options: RowOptions) -> Mark:
    """Where this page begins. Raises BadInput for a wrong `$skiptoken`."""
    if options.token is None:
        return Mark(None, options.top, options.skip, options.page)
    from functions.feed.odata import skip_token  # noqa: PLC0415 (loads cryptography, which one page does not need)

    mark = skip_token.read(options.token, _salt(reader), _about(table, options))
    return replace(mark, page=options.page) if options.page_asked else mark


def _next_link(request: Request, reader: Reader, table: EntitySet, options: RowOptions, mark: Mark) -> str:
    """Repeats the request's own options, but what is left of `$top` and `$skip` stands in the token."""
    from functions.feed.odata import skip_token  # noqa: PLC0415 (loads cryptography, which one page does not need)

    token = skip_token.written(mark, _salt(reader), _about(table, options))
    asked = [f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in options.kept]
    return f"{root_of(request, reader.cooperation)}/{table.name}?{'&'.join([*asked, f'$skiptoken={quote(token)}'])}"


def _salt(reader: Reader) -> str:
    return salt_of(wiring.services().store, reader.cooperation).salt


def _about(table: EntitySet, options: RowOptions) -> str:
    """What a token is about: it is of no use for other rows, or in another order."""
    return digest([table.name, options.filter, [[by.column, by.descending] for by in options.order]])


def _body(before: Mapping[str, Any], rows: Sequence[str], after: Mapping[str, Any]) -> str:
    """JSON, put together from rows that are JSON already."""
    start, end = json.dumps(before)[1:-1], json.dumps(after)[1:-1]
    return f'{{{start}{"," if start else ""}"value":[{",".join(rows)}]{"," if end else ""}{end}}}'


def _count(request: Request, reader: Reader, table: EntitySet) -> Response:
    system_options(request, "$filter")  # Fewer options than for rows.
    rows = Rows(wiring.services(), reader, table, row_options(request, table, reader.personal))
    return Response(str(rows.count()), 200, VERSION, content_type="text/plain;charset=utf-8")


# -- one row -----------------------------------------------------------------------------------------------------------


def _key(found: re.Match[str]) -> tuple[EntitySet, Value]:
    """The table and the key in `Journeys('…')`. Raises UnknownAddress, and BadInput for a key of another type."""
    name, column, text, digits = found.groups()
    if name not in SETS:
        raise UnknownAddress
    table = SETS[name]
    whole = table.columns[0].kind == "whole"
    if column not in {None, table.key} or whole is (digits is None):
        raise BadInput(
            {"path": [f"De sleutel van {name} is {table.key}, {'een getal' if whole else 'een tekst'}."]}, 400
        )
    return table, int(digits) if whole else text.replace("''", "'")


def _row(request: Request, reader: Reader, table: EntitySet, key: Value) -> Response:
    """An id of a feed is a hash, so the row is looked for among all; that has a limit."""
    select = selected(request, table, reader.personal)
    level = metadata_level(request, system_options(request, "$select").get("$format"))
    scan = Scan(wiring.services(), reader.cooperation, Asked(table, reader.personal, documents=MOST_AT_ONCE))
    for _, row in scan:
        if row[table.key] == key:
            before = _context(level, request, reader, f"{_fragment(table, select)}/$entity")
            columns = [it.name for it in select or table.columns_for(reader.personal)]
            omit_nulls = omits_nulls(request)
            return _reply(level, shown(before, row, columns, omit_nulls=omit_nulls), omit_nulls=omit_nulls)
    if scan.spot is not None:
        raise not_supported("path", f"Eén rij opzoeken kan tot {MOST_AT_ONCE} bewoners. Vraag haar met $filter.")
    raise UnknownAddress
