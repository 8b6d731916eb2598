"""`$metadata` against OASIS' own schema, and every page against the JSON schema that follows from `$metadata`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jsonschema
import pytest
from lxml import etree

from shared.feed.sets import SETS
from tests.feed.feeding import KEY, OPEN_KEY, OTHER_KEY, Reader
from tests.feed.node import node_modules, run
from tests.world.functions_over_http import Machine

_TO_SCHEMA = """
const metadata = require('odata-csdl').xml2json(given);
tell(require('odata-openapi').csdl2openapi(metadata, {openapiVersion: '3.1.0'}).components.schemas);
"""


def schema_of(metadata: str, row: str) -> dict[str, Any]:
    """The schema of a row, tightened: every column is there and no other, and a number is no text."""
    schema = run(_TO_SCHEMA, metadata)[f"Dossierlink.{row}"]
    columns = schema["properties"]
    for column in columns.values():
        if "integer" in column["type"] or "number" in column["type"]:
            column["type"] = [it for it in [column["type"]] if isinstance(it, str)] or [
                it for it in column["type"] if it != "string"
            ]
            column.pop("format", None)
    return {**schema, "required": list(columns), "additionalProperties": False}


def check(rows: list[Any], schema: dict[str, Any]) -> None:
    formats = jsonschema.FormatChecker()
    formats.checks("date-time")(_is_moment)
    validator = jsonschema.Draft202012Validator(schema, format_checker=formats)
    for row in rows:
        validator.validate(row)


def _is_moment(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


@pytest.mark.parametrize("key", [KEY, OTHER_KEY, OPEN_KEY])
def test_metadata_follows_oasis_schema(feed: Machine, key: str) -> None:
    schemas = node_modules() / "odata-csdl/schemas"
    catalog = etree.XMLParser(no_network=True)
    catalog.resolvers.add(_Beside(schemas))
    schema = etree.XMLSchema(etree.parse(schemas / "edmx.xsd", catalog))
    metadata = etree.fromstring(Reader(feed, key).get("$metadata").content)
    schema.assertValid(metadata)
    next(metadata.iter("{*}PropertyRef")).set("Nmae", "x")
    assert not schema.validate(metadata)


class _Beside(etree.Resolver):  # type: ignore[misc]
    """The schemas name each other by their address at OASIS."""

    def __init__(self, schemas: Any) -> None:
        self._schemas = schemas

    def resolve(self, address: str, _id: Any, context: Any) -> Any:
        return self.resolve_filename(str(self._schemas / address.rpartition("/")[2]), context)


def test_metadata_has_neither_annotations_nor_navigation(reader: Reader) -> None:
    """Power Query stumbles over both."""
    names = {etree.QName(it).localname for it in etree.fromstring(reader.get("$metadata").content).iter()}
    assert names == {
        "Edmx", "DataServices", "Schema", "EntityType", "Key", "PropertyRef", "Property", "EntityContainer", "EntitySet",
    }  # fmt: skip


@pytest.mark.parametrize("key", [KEY, OTHER_KEY, OPEN_KEY])
@pytest.mark.parametrize("name", SETS)
def test_every_page_is_what_metadata_says(feed: Machine, name: str, key: str) -> None:
    reader = Reader(feed, key)
    schema = schema_of(reader.get("$metadata").text, SETS[name].row)
    pages = list(reader.pages(name, 23))
    assert len(pages) > 1 or name == "Campaigns"
    for page in pages:
        assert page["value"]
        assert set(page) <= {"@odata.context", "value", "@odata.nextLink"}
        check(page["value"], schema)


@pytest.mark.parametrize(
    "fault",
    [
        {"extra": 1},
        {"campaign_id": "1"},
        {"campaign_id": 1.5},
        {"cancelled": "true"},
        {"cancelled": 0},
        {"changed_at": "2026-11-23T05:00:00"},
        {"changed_at": "gisteren"},
        {"journey_id": None},
    ],
)
def test_the_tightened_schema_sees_a_wrong_row(reader: Reader, fault: dict[str, Any]) -> None:
    schema = schema_of(reader.get("$metadata").text, "Journey")
    row = reader.rows("Journeys", top=1)[0]
    check([row], schema)
    with pytest.raises(jsonschema.ValidationError):
        check([{**row, **fault}], schema)
    with pytest.raises(jsonschema.ValidationError):
        check([{name: value for name, value in row.items() if name != "step"}], schema)
