"""The query options of an OData request. Its headers are read in `headers.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Request

from functions.feed.odata.errors import not_supported
from functions.feed.odata.headers import omits_nulls, page_asked
from shared.config import Personal
from shared.errors import BadInput
from shared.feed.sets import Column, EntitySet

PAGE, LARGEST_PAGE = 1_000, 5_000  # rows

_OF_ROWS = ("$select", "$filter", "$orderby", "$top", "$skip", "$count", "$skiptoken")
_KNOWN = frozenset({*_OF_ROWS, "$format"})
_NOT_HERE = frozenset({
    "$expand", "$search", "$apply", "$compute", "$levels", "$id", "$entityid", "$index", "$schemaversion",
    "$deltatoken", "$inlinecount",
})  # fmt: skip
_BY = re.compile(r"\s*([\w.]+)(?:\s+(asc|desc))?\s*")
# In a URL of OData `+` is a plus, but many programs write a space so. Before the offset of a moment it is a plus.
_OFFSET = re.compile(r"((?::|%3A)[0-9]{2}(?:\.[0-9]+)?)\+(?=[0-9]{2}(?::|%3A)[0-9]{2})", re.IGNORECASE)


@dataclass(frozen=True)
class Order:
    """Part of `$orderby`."""

    column: str
    descending: bool


@dataclass(frozen=True)
class RowOptions:
    """What is asked of the rows of a table. `filter` is the text; None: all rows. `top`: None for all.

    `select` are the columns to show in the table's own order, None for all. `page` is the number of rows of one answer;
    `page_asked` whether the request named it. `omit_nulls`: leave columns without a value out of a row. `kept` are the
    options that the link to the next page repeats.
    """

    select: tuple[Column, ...] | None
    filter: str | None
    order: tuple[Order, ...]
    top: int | None
    skip: int
    count: bool
    token: str | None
    page: int
    page_asked: bool
    omit_nulls: bool
    kept: tuple[tuple[str, str], ...]


def system_options(request: Request, *allowed: str) -> Mapping[str, str]:
    """The options that begin with `$`. Raises BadInput: 400 for one that is unknown, double or out of place here, and
    501 for what this feed does not have."""
    options: dict[str, str] = {}
    for name, value in _all(request):
        if name.startswith("@"):
            raise not_supported(name[:50], "Aliassen kan deze feed niet.")
        if not name.startswith("$"):
            continue
        if name in _NOT_HERE:
            raise not_supported(name, "Dit kan deze feed niet.")
        if name not in _KNOWN:
            raise BadInput({name[:50]: ["Deze optie bestaat niet."]}, 400)
        if name in options:
            raise BadInput({name: ["Deze optie staat er twee keer."]}, 400)
        if name not in {*allowed, "$format"}:
            raise BadInput({name: ["Deze optie hoort niet bij dit adres."]}, 400)
        options[name] = value
    return options


def _all(request: Request) -> list[tuple[str, str]]:
    query = _OFFSET.sub(r"\1%2B", request.query_string.decode("latin-1"))
    return parse_qsl(query, keep_blank_values=True)


def row_options(request: Request, table: EntitySet, personal: Personal) -> RowOptions:
    """Raises BadInput as `system_options`, and for wrong values. `$filter` is read later, where it is needed."""
    options = system_options(request, *_OF_ROWS)
    columns = {column.name: column for column in table.columns_for(personal)}
    asked = page_asked(request)
    return RowOptions(
        select=_select(options.get("$select"), columns),
        filter=options.get("$filter"),
        order=tuple(_order(options.get("$orderby"), columns)),
        top=_number(options, "$top"),
        skip=_number(options, "$skip") or 0,
        count=_yes_or_no(options, "$count"),
        token=options.get("$skiptoken"),
        page=min(asked or PAGE, LARGEST_PAGE),
        page_asked=asked is not None,
        omit_nulls=omits_nulls(request),
        kept=tuple(
            (name, value) for name, value in _all(request) if name not in {"$top", "$skip", "$count", "$skiptoken"}
        ),
    )


def selected(request: Request, table: EntitySet, personal: Personal) -> tuple[Column, ...] | None:
    """The columns of one row that are asked for, None for all. Raises BadInput as `row_options`."""
    columns = {column.name: column for column in table.columns_for(personal)}
    return _select(system_options(request, "$select").get("$select"), columns)


def _select(text: str | None, columns: Mapping[str, Column]) -> tuple[Column, ...] | None:
    if text is None:
        return None
    names = {name.strip() for name in text.split(",")}
    for name in names - {"*"}:
        _check_column("$select", name, columns)
    return None if "*" in names else tuple(it for it in columns.values() if it.name in names)


def _check_column(option: str, name: str, columns: Iterable[str]) -> None:
    if name in columns:
        return
    if re.search(r"[/(.]", name):
        raise not_supported(option, "Paden, functies en namen met een punt kan deze feed niet.")
    raise BadInput({option: [f"De kolom {name[:50]} bestaat niet."]}, 400)


def _order(text: str | None, columns: Iterable[str]) -> Iterable[Order]:
    if text is None:
        return
    for part in text.split(","):
        found = _BY.fullmatch(part)
        if found is None:
            _check_column("$orderby", part.strip(), ())
        else:
            _check_column("$orderby", found[1], columns)
            yield Order(found[1], found[2] == "desc")


def _number(options: Mapping[str, str], name: str) -> int | None:
    if name not in options:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", options[name]):
        raise BadInput({name: ["Geef een heel getal van 0 of meer."]}, 400)
    return int(options[name])


def _yes_or_no(options: Mapping[str, str], name: str) -> bool:
    value = options.get(name, "false")
    if value not in {"true", "false"}:
        raise BadInput({name: ["Dit is true of false."]}, 400)
    return value == "true"
