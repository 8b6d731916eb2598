"""The form in a POST.

It is read before its sender is known, so that what was typed can be kept for a second try. But a form with a file is
read afterwards: a file takes memory.
"""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from functions._body import MIB, check_head, read_body, read_unproven
from shared.errors import BadInput
from shared.words import Words

MOST_FIELDS = 3100
"""An import with 250 rows in each of its six sections where something can be ticked, all filled in, has 3,001."""
MULTIPART = "multipart/form-data"
LARGEST_UPLOAD = 31 * MIB
"""Bytes of a form with a file. Cloud Run takes at most 32 MiB."""


def read_form(request: Request) -> None:
    """Makes the fields available as `request.form`; there are no files.

    Raises BadInput: 400 for what is no form, 413 for a body or a number of fields that is too large, 415 for another
    content type.
    """
    body = read_unproven(request)
    if body and request.mimetype != "application/x-www-form-urlencoded":
        raise BadInput({"Content-Type": ["Dit is geen gewoon formulier."]}, 415)
    if body.count(b"&") >= MOST_FIELDS:
        raise _too_many()
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadInput({"body": ["Het formulier is niet te lezen."]}, 400) from None
    request.form, request.files = ImmutableMultiDict(fields), ImmutableMultiDict()


def read_upload(request: Request) -> None:
    """Makes the fields and files of a form with a file available as `request.form` and `request.files`, in memory.

    Call it after the sender was admitted. Raises BadInput as `read_form`, and NoRoomInMemory.
    """
    if request.mimetype != MULTIPART:
        read_form(request)
        return
    check_head(request)
    body = read_body(request, patience=5.0)
    parser = FormDataParser(_in_memory, max_form_parts=MOST_FIELDS, silent=False)
    try:
        _, form, files = parser.parse(io.BytesIO(body), MULTIPART, len(body), request.mimetype_params)
    except RequestEntityTooLarge:
        raise _too_many() from None
    except ValueError:
        raise BadInput({"body": ["Het formulier is niet te lezen."]}, 400) from None
    request.form, request.files = ImmutableMultiDict(form), ImmutableMultiDict(files)


def _in_memory(*_: Any, **__: Any) -> io.BytesIO:
    return io.BytesIO()


def _too_many() -> BadInput:
    return BadInput({"body": [Words("Het formulier heeft te veel velden: hooguit {count}.", count=MOST_FIELDS)]}, 413)
