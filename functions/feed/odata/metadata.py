"""`$metadata`: the tables as CSDL, with the columns that the key may read."""

from __future__ import annotations

from collections.abc import Iterator

from shared.config import Personal
from shared.feed.sets import SETS, Column, EntitySet, Kind

_NAMESPACE = "Dossierlink"
_TYPES: dict[Kind, str] = {
    "text": 'Type="Edm.String"',
    "whole": 'Type="Edm.Int64"',
    "number": 'Type="Edm.Double"',
    "yes_no": 'Type="Edm.Boolean"',
    "day": 'Type="Edm.Date"',
    "moment": 'Type="Edm.DateTimeOffset" Precision="6"',
}


def metadata(personal: Personal) -> str:
    """XML. Without annotations and navigation properties, which Power Query stumbles over."""
    return "\n".join(_lines(personal))


def _lines(personal: Personal) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">'
    yield "<edmx:DataServices>"
    yield f'<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="{_NAMESPACE}">'
    for table in SETS.values():
        yield from _type(table, personal)
    yield '<EntityContainer Name="Feed">'
    for table in SETS.values():
        yield f'<EntitySet Name="{table.name}" EntityType="{_NAMESPACE}.{table.row}"/>'
    yield "</EntityContainer>"
    yield "</Schema>"
    yield "</edmx:DataServices>"
    yield "</edmx:Edmx>"


def _type(table: EntitySet, personal: Personal) -> Iterator[str]:
    yield f'<EntityType Name="{table.row}">'
    yield f'<Key><PropertyRef Name="{table.key}"/></Key>'
    for column in table.columns_for(personal):
        yield _property(column, is_key=column.name == table.key)
    yield "</EntityType>"


def _property(column: Column, *, is_key: bool) -> str:
    always = ' Nullable="false"' if is_key else ""
    return f'<Property Name="{column.name}" {_TYPES[column.kind]}{always}/>'
