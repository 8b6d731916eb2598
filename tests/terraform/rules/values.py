"""Planned values against the words and durations of Google's own descriptions of its APIs (api_values.json)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.terraform.plan import Plan

API_VALUES = json.loads(Path(__file__).parents[1].joinpath("api_values.json").read_text(encoding="utf-8"))


def values_are_those_of_the_api(plan: Plan) -> Iterator[str]:
    for it in plan.resources:
        for path, allowed in API_VALUES.get(it.type, {}).items():
            for value in _at(it.values, path.split(".")):
                if allowed == "duration" and not re.fullmatch(r"[0-9]+(\.[0-9]+)?s", str(value)):
                    yield f"{it.address}: {path} is {value}, and no duration such as 30s"
                if allowed != "duration" and value not in allowed:
                    yield f"{it.address}: {path} is {value}, and none of {allowed}"


def a_removal_is_one_that_the_provider_knows(plan: Plan) -> Iterator[str]:
    """The provider adds this attribute to nearly every resource, so Google's descriptions do not have it."""
    for it in plan.resources:
        if it["deletion_policy"] not in {None, "DELETE", "PREVENT", "ABANDON"}:
            yield f"{it.address}: deletion_policy is {it['deletion_policy']}"


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    """The values at a path, in every block of a list of blocks."""
    if isinstance(value, list):
        for it in value:
            yield from _at(it, path)
    elif value is not None and path:
        yield from _at(value.get(path[0]), path[1:])
    elif value is not None:
        yield value


RULES = (values_are_those_of_the_api, a_removal_is_one_that_the_provider_knows)
