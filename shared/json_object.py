"""A JSON object from outside: read strictly, and refused with a text in Dutch for each field."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any

from pydantic_core import ValidationError, from_json

from shared.errors import BadInput


def read_object(body: bytes) -> dict[str, Any]:
    """The object in `body`, which may begin with a byte order mark. Of a key that comes twice the last one counts.

    Raises BadInput with status 400 for everything else: bad UTF-8, half a surrogate pair, `NaN`, more than 200
    levels, a number of more than 4,300 digits, and JSON that is no object. `1e400` is read as infinity.
    """
    try:
        parsed = from_json(body.removeprefix(codecs.BOM_UTF8), allow_inf_nan=False)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise BadInput({"body": ["De aanvraag is geen leesbaar JSON-object."]}, status=400)
    return parsed


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
