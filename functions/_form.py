"""The fields of a web form, whatever way it was posted: JSON, urlencoded or multipart. Of a repeated one the last."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from shared.errors import BadInput
from shared.json_object import read_object

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FIELDS = 200


def is_browser_form(request: Request) -> bool:
    return request.mimetype in {URLENCODED, MULTIPART}


def read_fields(request: Request) -> Mapping[str, Any]:
    """Raises BadInput. Files are passed over: the form has no field for one."""
    if request.mimetype == URLENCODED:
        fields: dict[str, Any] = _urlencoded(request.get_data())
    elif request.mimetype == MULTIPART:
        fields = _multipart(request)
    elif request.mimetype in {"application/json", ""}:
        fields = read_object(request.get_data())
    else:
        raise BadInput({"Content-Type": ["Stuur JSON of een gewoon formulier."]}, 415)
    if len(fields) > MOST_FIELDS:
        raise _too_many()
    return fields


def _too_many() -> BadInput:
    return BadInput({"body": [f"Het formulier heeft te veel velden: hooguit {MOST_FIELDS}."]}, 413)


def _urlencoded(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise BadInput({"body": ["Het formulier is geen UTF-8."]}, 400) from error
    except ValueError as error:
        raise _too_many() from error
    return dict(pairs)


def _multipart(request: Request) -> dict[str, Any]:
    """Werkzeug puts U+FFFD for what is no UTF-8."""
    parser = FormDataParser(_file, max_form_parts=MOST_FIELDS, silent=False)
    try:
        _, form, files = parser.parse(
            io.BytesIO(request.get_data()), MULTIPART, request.content_length, request.mimetype_params
        )
    except RequestEntityTooLarge as error:
        raise _too_many() from error
    except ValueError as error:
        raise BadInput({"body": ["Het formulier is niet te lezen."]}, 400) from error
    fields = {name: values[-1] for name, values in form.lists()}
    if not fields and not files:
        raise BadInput({"body": ["Het formulier is niet te lezen."]}, 400)
    if any("\ufffd" in text for pair in fields.items() for text in pair):
        raise BadInput({"body": ["Het formulier is geen UTF-8."]}, 400)
    return fields


def _file(*_: Any, **__: Any) -> io.BytesIO:
    """Werkzeug's own would have to be closed."""
    return io.BytesIO()
