"""The form in a POST.

It is read before its sender is known, so that what was typed can be kept for a second try.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

from functions._body import read_unproven
from shared.errors import BadInput
from shared.words import Words

MOST_FIELDS = 1000


def read_form(request: Request) -> None:
    """Makes the fields available as `request.form`.

    Raises BadInput: 400 for what is no form, 413 for a body or a number of fields that is too large, 415 for another
    content type.
    """
    body = read_unproven(request)
    if body and request.mimetype != "application/x-www-form-urlencoded":
        raise BadInput({"Content-Type": ["Dit is geen gewoon formulier."]}, 415)
    if body.count(b"&") >= MOST_FIELDS:
        raise BadInput(
            {"body": [Words("Het formulier heeft te veel velden: hooguit {count}.", count=MOST_FIELDS)]}, 413
        )
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadInput({"body": ["Het formulier is niet te lezen."]}, 400) from None
    request.form = ImmutableMultiDict(fields)
