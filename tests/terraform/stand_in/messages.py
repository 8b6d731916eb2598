"""Terraform's plugin protocol 5 (`tfplugin5.proto`) as messages of gRPC, with the fields that the stand-in uses.

A message goes over the wire by the numbers of its fields, so names here may be our own. Values in them are msgpack, in
which an unknown value is extension 0.
"""

from __future__ import annotations

import json
from typing import Any

import msgpack
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from tests.terraform.stand_in.schema import UNKNOWN

# message -> its fields: name, number, type. `*` before a type: repeated.
_FIELDS: dict[str, list[tuple[str, int, str]]] = {
    "Empty": [],
    "Value": [("msgpack", 1, "bytes"), ("json", 2, "bytes")],
    "Step": [("attribute_name", 1, "string"), ("element_key_string", 2, "string"), ("element_key_int", 3, "int64")],
    "Path": [("steps", 1, "*Step")],
    "Diagnostic": [("severity", 1, "int32"), ("summary", 2, "string"), ("detail", 3, "string"), ("attribute", 4, "Path")],
    "Attribute": [
        ("name", 1, "string"), ("type", 2, "bytes"), ("description", 3, "string"), ("required", 4, "bool"),
        ("optional", 5, "bool"), ("computed", 6, "bool"), ("sensitive", 7, "bool"), ("write_only", 10, "bool"),
    ],
    "NestedBlock": [
        ("type_name", 1, "string"), ("block", 2, "Block"), ("nesting", 3, "int32"), ("min_items", 4, "int64"),
        ("max_items", 5, "int64"),
    ],
    "Block": [("version", 1, "int64"), ("attributes", 2, "*Attribute"), ("block_types", 3, "*NestedBlock")],
    "Schema": [("version", 1, "int64"), ("block", 2, "Block")],
    "Capabilities": [("plan_destroy", 1, "bool"), ("get_provider_schema_optional", 2, "bool")],
    "NamedSchema": [("key", 1, "string"), ("value", 2, "Schema")],
    "Schemas": [
        ("provider", 1, "Schema"), ("resource_schemas", 2, "*NamedSchema"), ("data_source_schemas", 3, "*NamedSchema"),
        ("server_capabilities", 6, "Capabilities"),
    ],
    "Config": [("config", 1, "Value")],
    "PreparedConfig": [("prepared_config", 1, "Value"), ("diagnostics", 2, "*Diagnostic")],
    "Typed": [("type_name", 1, "string"), ("value", 2, "Value")],
    "Diagnostics": [("diagnostics", 1, "*Diagnostic")],
    "RawState": [("json", 1, "bytes")],
    "Upgrade": [("type_name", 1, "string"), ("version", 2, "int64"), ("raw_state", 3, "RawState")],
    "OneValue": [("value", 1, "Value"), ("diagnostics", 2, "*Diagnostic")],
    "Plan": [("type_name", 1, "string"), ("prior_state", 2, "Value"), ("proposed_new_state", 3, "Value"), ("config", 4, "Value")],
    "Planned": [("planned_state", 1, "Value"), ("diagnostics", 4, "*Diagnostic"), ("legacy_type_system", 5, "bool")],
    "Apply": [("type_name", 1, "string"), ("prior_state", 2, "Value"), ("planned_state", 3, "Value"), ("config", 4, "Value")],
    "Applied": [("new_state", 1, "Value"), ("diagnostics", 3, "*Diagnostic"), ("legacy_type_system", 4, "bool")],
}  # fmt: skip
_FIELD = descriptor_pb2.FieldDescriptorProto
_OPTIONAL, _REPEATED = _FIELD.LABEL_OPTIONAL, _FIELD.LABEL_REPEATED
_SIMPLE = {
    "bytes": _FIELD.TYPE_BYTES,
    "string": _FIELD.TYPE_STRING,
    "int32": _FIELD.TYPE_INT32,
    "int64": _FIELD.TYPE_INT64,
    "bool": _FIELD.TYPE_BOOL,
}
_MESSAGE = _FIELD.TYPE_MESSAGE


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="stand_in.proto", package="stand_in", syntax="proto3")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field_name, number, kind in fields:
            bare = kind.removeprefix("*")
            field = message.field.add(name=field_name, number=number)
            field.label = _REPEATED if kind != bare else _OPTIONAL
            field.type = _SIMPLE.get(bare, _MESSAGE)
            if bare not in _SIMPLE:
                field.type_name = f".stand_in.{bare}"
            if name == "Step":  # Its fields are a choice, so that index 0 is sent too.
                field.oneof_index = 0
        if name == "Step":
            message.oneof_decl.add(name="selector")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"stand_in.{name}")) for name in _FIELDS}


MESSAGE = _classes()
"""The class of each message, by its name."""


def read(value: Any) -> Any:
    """What a message `Value` holds."""
    if value.json:
        return json.loads(value.json)
    if not value.msgpack:
        return None
    return msgpack.unpackb(value.msgpack, raw=False, strict_map_key=False, ext_hook=lambda _code, _data: UNKNOWN)


def write(value: Any) -> Any:
    """A message `Value`."""
    return MESSAGE["Value"](msgpack=msgpack.packb(_ready(value)))


def _ready(value: Any) -> Any:
    if value is UNKNOWN:
        return msgpack.ExtType(0, b"\x00")
    if isinstance(value, dict):
        return {key: _ready(it) for key, it in value.items()}
    return [_ready(it) for it in value] if isinstance(value, list) else value
