"""A plan of Terraform as the rules read it: the resources that would be made, with their values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Resource:
    """`key` is what stands in the brackets of its address, "" without brackets. What only Google knows is absent."""

    address: str
    type: str
    name: str
    key: str
    values: Mapping[str, Any]

    def __getitem__(self, attribute: str) -> Any:
        return self.values.get(attribute)

    def block(self, *path: str) -> Mapping[str, Any]:
        """The block at this path, each of which stands there at most once. Empty when there is none."""
        inner: Any = self.values
        for name in path:
            found = inner.get(name) or [{}]
            inner = found[0] if isinstance(found, list) else found
        block: Mapping[str, Any] = inner
        return block


@dataclass(frozen=True)
class Plan:
    """`text` is the whole plan as JSON. `folder` is where the table and the declared indexes of this plan are."""

    resources: list[Resource]
    text: str
    folder: Path

    @classmethod
    def parse(cls, text: str, folder: Path) -> Plan:
        resources = [
            Resource(it["address"], it["type"], it["name"], str(it.get("index", "")), it["change"]["after"] or {})
            for it in json.loads(text)["resource_changes"]
        ]
        return cls(resources, text, folder)

    def of(self, kind: str, name: str | None = None) -> list[Resource]:
        """The resources of a type, without the prefix `google_`; those with this name in the files, when it is given."""
        return [it for it in self.resources if it.type == f"google_{kind}" and name in {None, it.name}]

    def only(self, kind: str, name: str | None = None) -> Resource:
        """The one resource of a type."""
        (found,) = self.of(kind, name)
        return found

    @property
    def functions(self) -> Iterator[tuple[str, Resource, Mapping[str, Any]]]:
        """Each function: its name, its resource and its `service_config`."""
        for it in self.of("cloudfunctions2_function"):
            yield it["name"], it, it.block("service_config")

    @property
    def pages(self) -> Iterator[tuple[str, Resource, Mapping[str, Any], Mapping[str, Any]]]:
        """Each page for staff: its name, its resource, its `template` and the plain variables of its container."""
        for it in self.of("cloud_run_v2_service"):
            given = it.block("template", "containers").get("env") or []
            plain = {one["name"]: one["value"] for one in given if not one.get("value_source")}
            yield it["name"], it, it.block("template"), plain

    def references(self, address: str, attribute: str) -> list[str]:
        """What an attribute of a resource in the files refers to. `address` is without brackets."""
        files = json.loads(self.text)["configuration"]["root_module"]["resources"]
        (expressions,) = [it["expressions"] for it in files if it["address"] == address]
        found: list[str] = expressions.get(attribute, {}).get("references", [])
        return found

    @cached_property
    def table(self) -> Mapping[str, Mapping[str, Any]]:
        """infra/functions.yaml."""
        table: Mapping[str, Mapping[str, Any]] = yaml.safe_load((self.folder / "infra/functions.yaml").read_text())
        return table

    @cached_property
    def filters(self) -> list[tuple[str, str]]:
        """Each filter of logs, with the address of what has it."""
        filters = [
            (it.address, it["filter"]) for it in [*self.of("logging_metric"), *self.of("logging_project_exclusion")]
        ]
        filters += [(it.address, it["value_extractor"]) for it in self.of("logging_metric") if it["value_extractor"]]
        for it in self.of("monitoring_alert_policy"):
            filters += [
                (it.address, found)
                for found in [it.block("conditions", "condition_matched_log").get("filter")]
                if found
            ]
        return filters
