"""Values by the schema of a resource, in the form of `terraform providers schema -json`.

A schema says what an attribute is called, its type, and whether it is required or decided by the provider. It does not
say: defaults, which arguments exclude each other, what forces a replacement, and what Google's API refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Block = Mapping[str, Any]
Place = list[str | int]

UNKNOWN = object()
"""A value that is known only after the resource was made."""


def load(path: Path) -> tuple[str, str, dict[str, Any]]:
    """The provider's address, its version and its schema."""
    document = json.loads(path.read_text(encoding="utf-8"))
    ((address, schema),) = document["provider_schemas"].items()
    return address, document["version"], schema


def planned(block: Block, value: Any, made_up: str | None = None) -> Any:
    """`value` as the provider plans it: what is decided by the provider, and not given, is unknown.

    With `made_up` it is as if the resource was made: such values become texts that begin with `made_up`.
    """
    if value is None or value is UNKNOWN:
        return value
    out = dict(value)
    for name, attribute in block.get("attributes", {}).items():
        given = out.get(name)
        if attribute.get("write_only"):
            out[name] = None
        elif given is UNKNOWN or (given is None and attribute.get("computed")):
            out[name] = UNKNOWN if made_up is None else _invent(attribute["type"], f"{made_up}.{name}")
    for name, nested in block.get("block_types", {}).items():
        if name != "timeouts":
            out[name] = _planned_blocks(nested, out.get(name), made_up)
    return out


def _planned_blocks(nested: Block, value: Any, made_up: str | None) -> Any:
    if value is None or value is UNKNOWN:
        return value
    if nested["nesting_mode"] == "single":
        return planned(nested["block"], value, made_up)
    return [planned(nested["block"], it, made_up) for it in value]


def _invent(kind: Any, name: str) -> Any:
    simple: dict[str, Any] = {"string": name, "number": 1, "bool": False, "dynamic": None}
    if isinstance(kind, str):
        return simple[kind]
    if kind[0] == "object":
        return {part: _invent(it, f"{name}.{part}") for part, it in kind[1].items()}
    return {} if kind[0] == "map" else []


def mistakes(block: Block, value: Any, place: Place | None = None) -> Iterator[tuple[Place, str]]:
    """What is wrong with the values of a block, and where: the place is empty for the block itself."""
    if not isinstance(value, dict):
        return
    here = place or []
    for name, attribute in block.get("attributes", {}).items():
        allowed, given = attribute.get("possible_values"), value.get(name)
        if given is not None and attribute.get("computed") and not attribute.get("optional"):
            yield [*here, name], f"{name} is decided by the provider"
        if allowed and isinstance(given, str) and given not in allowed:
            yield [*here, name], f"expected {name} to be one of {allowed}, got {given}"
    for name, nested in block.get("block_types", {}).items():
        inner = value.get(name)
        if nested["nesting_mode"] == "single":
            yield from mistakes(nested["block"], inner, [*here, name])
        elif isinstance(inner, list):
            for at, it in enumerate(inner):
                # A set has no index to point at.
                index: Place = [at] if nested["nesting_mode"] == "list" else []
                yield from mistakes(nested["block"], it, [*here, name, *index])
