"""Answers Terraform's calls from a schema: checks values, plans them, and makes up what only a cloud would know."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.terraform.stand_in.messages import MESSAGE, read, write
from tests.terraform.stand_in.schema import UNKNOWN, Block, load, mistakes, planned

_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4, "group": 5}
_ERROR = 1
# What the cloud answers and a plan needs.
_ANSWERS = {"google_project": {"number": "123456789012"}}


class Provider:
    """`calls` maps a method of the protocol to the name of its request and its function."""

    def __init__(self, schema: Path) -> None:
        _, _, self._schema = load(schema)
        self.calls: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
            "GetSchema": ("Empty", self.get_schema),
            "PrepareProviderConfig": ("Config", self.prepare),
            "Configure": ("Empty", lambda _request: MESSAGE["Diagnostics"]()),
            "ValidateResourceTypeConfig": ("Typed", self.validate_resource),
            "ValidateDataSourceConfig": ("Typed", self.validate_data),
            "UpgradeResourceState": ("Upgrade", self.upgrade),
            "ReadResource": ("Typed", lambda request: MESSAGE["OneValue"](value=request.value)),
            "ReadDataSource": ("Typed", self.read_data),
            "PlanResourceChange": ("Plan", self.plan),
            "ApplyResourceChange": ("Apply", self.apply),
            "Stop": ("Empty", lambda _request: MESSAGE["Empty"]()),
            "GetFunctions": ("Empty", lambda _request: MESSAGE["Empty"]()),
        }

    def get_schema(self, _request: Any) -> Any:
        return MESSAGE["Schemas"](
            provider=_schema(self._schema["provider"]),
            resource_schemas=_named(self._schema["resource_schemas"]),
            data_source_schemas=_named(self._schema["data_source_schemas"]),
            server_capabilities=MESSAGE["Capabilities"](),
        )

    def prepare(self, request: Any) -> Any:
        wrong = _diagnostics(self._schema["provider"]["block"], read(request.config))
        return MESSAGE["PreparedConfig"](prepared_config=request.config, diagnostics=wrong)

    def validate_resource(self, request: Any) -> Any:
        return MESSAGE["Diagnostics"](diagnostics=_diagnostics(self._resource(request), read(request.value)))

    def validate_data(self, request: Any) -> Any:
        return MESSAGE["Diagnostics"](diagnostics=_diagnostics(self._data(request), read(request.value)))

    def upgrade(self, request: Any) -> Any:
        return MESSAGE["OneValue"](value=write(json.loads(request.raw_state.json)))

    def read_data(self, request: Any) -> Any:
        asked = read(request.value) | _ANSWERS.get(request.type_name, {})
        return MESSAGE["OneValue"](value=write(planned(self._data(request), asked, f"data.{request.type_name}")))

    def plan(self, request: Any) -> Any:
        prior, proposed = read(request.prior_state), read(request.proposed_new_state)
        # A change keeps what the provider decided before.
        state = planned(self._resource(request), proposed) if prior is None else proposed
        return MESSAGE["Planned"](planned_state=write(state), legacy_type_system=True)

    def apply(self, request: Any) -> Any:
        made = planned(self._resource(request), read(request.planned_state), request.type_name)
        return MESSAGE["Applied"](new_state=write(made), legacy_type_system=True)

    def _resource(self, request: Any) -> Block:
        block: Block = self._schema["resource_schemas"][request.type_name]["block"]
        return block

    def _data(self, request: Any) -> Block:
        block: Block = self._schema["data_source_schemas"][request.type_name]["block"]
        return block


def _named(schemas: Mapping[str, Any]) -> list[Any]:
    return [MESSAGE["NamedSchema"](key=name, value=_schema(it)) for name, it in schemas.items()]


def _schema(schema: Mapping[str, Any]) -> Any:
    return MESSAGE["Schema"](version=schema.get("version", 0), block=_block(schema["block"]))


def _block(block: Block) -> Any:
    flags = ("required", "optional", "computed", "sensitive", "write_only")
    attributes = [
        MESSAGE["Attribute"](
            name=name, type=json.dumps(it["type"]).encode(), **{flag: it.get(flag, False) for flag in flags}
        )
        for name, it in block.get("attributes", {}).items()
    ]
    nested = [
        MESSAGE["NestedBlock"](
            type_name=name,
            block=_block(it["block"]),
            nesting=_NESTING[it["nesting_mode"]],
            min_items=it.get("min_items", 0),
            max_items=it.get("max_items", 0),
        )
        for name, it in block.get("block_types", {}).items()
    ]
    return MESSAGE["Block"](attributes=attributes, block_types=nested)


def _diagnostics(block: Block, value: Any) -> list[Any]:
    found = []
    for place, text in mistakes(block, None if value is UNKNOWN else value):
        steps = [
            MESSAGE["Step"](element_key_int=it) if isinstance(it, int) else MESSAGE["Step"](attribute_name=it)
            for it in place
        ]
        where = MESSAGE["Path"](steps=steps)
        found.append(MESSAGE["Diagnostic"](severity=_ERROR, summary=text, attribute=where))
    return found
