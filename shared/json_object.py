"""A JSON object from outside: read strictly, and refused with a text in Dutch for each field."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from itertools import chain
from typing import Any

from pydantic_core import ValidationError, from_json

from shared.errors import BadInput

DEEPEST, MOST_FIELDS = 32, 200
"""Levels of objects and lists, of which Hoomdossier uses six. Fields of the object itself."""


def read_object(body: bytes) -> dict[str, Any]:
    """The object in `body`, which may begin with a byte order mark. Of a key that comes twice the last one counts.

    Raises BadInput with status 400 for everything else: bad UTF-8, half a surrogate pair, `NaN`, more than DEEPEST
    levels, a number of more than 4,300 digits, and JSON that is no object. 413 for more than MOST_FIELDS. `1e400` is
    read as infinity.
    """
    try:
        parsed = from_json(body.removeprefix(codecs.BOM_UTF8), allow_inf_nan=False)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise BadInput({"body": ["De aanvraag is geen leesbaar JSON-object."]}, status=400)
    if len(parsed) > MOST_FIELDS:
        raise BadInput({"body": [f"De aanvraag heeft te veel velden: hooguit {MOST_FIELDS}."]}, status=413)
    _check_depth(parsed)
    return parsed


def _check_depth(parsed: dict[str, Any]) -> None:
    level: list[Any] = [parsed]
    for _ in range(DEEPEST):
        values = chain.from_iterable(it.values() if isinstance(it, dict) else it for it in level)
        level = [value for value in values if isinstance(value, (dict, list))]
        if not level:
            return
    raise BadInput({"body": [f"De aanvraag is te diep genest: hooguit {DEEPEST} lagen."]}, status=400)


def problems_by_field(
    error: ValidationError, text_of: Callable[[str, str, dict[str, Any]], str]
) -> dict[str, list[str]]:
    """The texts of BadInput for a pydantic error, by the path of the field (`account_related.building_id`).

    `text_of` gets that path, pydantic's type of the error and its context, and returns the text in Dutch. The values
    themselves are left out: they are a resident's.
    """
    problems: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False, include_input=False):
        field = ".".join(str(part) for part in detail["loc"])
        problems.setdefault(field, []).append(text_of(field, detail["type"], detail.get("ctx", {})))
    return problems
