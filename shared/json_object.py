"""A JSON object from outside: read strictly, refused in Dutch."""

from __future__ import annotations

import codecs
from typing import Any

from pydantic_core import from_json

from shared.errors import BadInput


def read_object(body: bytes) -> dict[str, Any]:
    """A byte order mark may stand before it.

    Raises BadInput (400) for bad UTF-8, lone surrogates, NaN, over 200 levels, numbers without end, no object.
    """
    try:
        parsed = from_json(body.removeprefix(codecs.BOM_UTF8), allow_inf_nan=False)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise BadInput({"body": ["De aanvraag is geen leesbaar JSON-object."]}, status=400)
    return parsed
