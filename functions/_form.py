"""The fields of a web form that was posted as JSON, urlencoded or multipart.

Several values under one name become a tuple; `domain/form_value.py` chooses among them.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Request, g
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from functions._body import read_body
from shared.errors import BadInput, LinkError
from shared.json_object import MOST_FIELDS, read_object
from shared.words import Words

JSON, URLENCODED, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
_BOM = "\ufeff"
_SAID = {JSON: "het JSON is", URLENCODED: "het een formulier is", MULTIPART: "het een formulier in delen is"}
_SENT = {JSON: "JSON", URLENCODED: "een gewoon formulier", MULTIPART: "een formulier in delen"}
_STARTS = (
    (JSON, re.compile(rb"\{|\[\s*[\[{\"]|%7B", re.IGNORECASE)),
    (MULTIPART, re.compile(rb"--[^\r\n]{1,200}\r?\n[^\r\n]{0,200}form-data", re.IGNORECASE)),
    (URLENCODED, re.compile(rb"[\w.%+\[\]-]{1,200}=")),
)


def read_fields(request: Request) -> dict[str, Any]:
    """The fields by the form's own names. Files are dropped.

    Raises BadInput: 400 for an unreadable body, 413 for more than `MOST_FIELDS`, 415 for another content type.
    """
    body = read_body(request).removeprefix(codecs.BOM_UTF8)
    if request.mimetype == URLENCODED:
        fields = _urlencoded(body)
    elif request.mimetype == MULTIPART:
        fields = _multipart(request, body)
    elif request.mimetype in {JSON, ""}:
        fields = _json(body, request.mimetype)
    else:
        raise BadInput({"Content-Type": [_other_kind(body)]}, 415)
    if len(fields) > MOST_FIELDS:
        raise _too_many()
    g.typed = dict(fields)
    return fields


def typed_fields(request: Request) -> Mapping[str, Any]:
    """What was sent, for a page that shows it once more after a refusal, which may come before it was read.

    Empty when it cannot be read.
    """
    if "typed" not in g:
        try:
            read_fields(request)
        except (LinkError, HTTPException):
            g.typed = {}
    typed: Mapping[str, Any] = g.typed
    return typed


def _too_many() -> BadInput:
    return BadInput({"body": [Words("Het formulier heeft te veel velden: hooguit {count}.", count=MOST_FIELDS)]}, 413)


def _together(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Takes a byte order mark off a name: some programs read the field names from a file that starts with one."""
    values: dict[str, list[Any]] = {}
    for name, value in pairs:
        values.setdefault(name.lstrip(_BOM), []).append(value)
    return {name: tuple(several) if len(several) > 1 else several[0] for name, several in values.items()}


def _json(body: bytes, said: str) -> dict[str, Any]:
    try:
        read_object(body)  # Refuses what is no strict JSON; `json.loads` below keeps names that come twice.
    except BadInput:
        _refuse_another_kind(body, said)
        raise
    fields: dict[str, Any] = json.loads(body.decode(), object_pairs_hook=_together)
    return fields


def _urlencoded(body: bytes) -> dict[str, Any]:
    _refuse_another_kind(body, URLENCODED)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise BadInput({"body": ["Het formulier is geen UTF-8."]}, 400) from error
    except ValueError as error:
        raise _too_many() from error
    return _together(pairs)


def _multipart(request: Request, body: bytes) -> dict[str, Any]:
    """Werkzeug replaces bytes that are no UTF-8 with U+FFFD."""
    if not request.mimetype_params.get("boundary"):
        raise BadInput({"Content-Type": ["De boundary ontbreekt: laat het programma deze kop zelf zetten."]}, 400)
    parser = FormDataParser(_file, max_form_parts=MOST_FIELDS, silent=False)
    try:
        _, form, files = parser.parse(io.BytesIO(body), MULTIPART, len(body), request.mimetype_params)
    except RequestEntityTooLarge as error:
        raise _too_many() from error
    except ValueError as error:
        _refuse_another_kind(body, MULTIPART)
        raise BadInput({"body": ["Het formulier is niet te lezen."]}, 400) from error
    pairs = [(name, text) for name, text in form.items(multi=True) if name]  # A part may come without a name.
    if not pairs and not files:
        _refuse_another_kind(body, MULTIPART)
        raise BadInput({"body": ["Het formulier is niet te lezen."]}, 400)
    if any("\ufffd" in text for pair in pairs for text in pair):
        raise BadInput({"body": ["Het formulier is geen UTF-8."]}, 400)
    return _together(pairs)


def _file(*_: Any, **__: Any) -> io.BytesIO:
    """A buffer in memory for each file; Werkzeug's default is a temporary file that has to be closed."""
    return io.BytesIO()


def _looks_like(body: bytes) -> str:
    """The content type that the first characters of the body show; `""` when they show none."""
    start = body[:1000].lstrip()
    return next((kind for kind, pattern in _STARTS if pattern.match(start)), "")


def _refuse_another_kind(body: bytes, said: str) -> None:
    sent = _looks_like(body)
    if not sent or sent == said or (sent == JSON and not said):
        return
    what = f"maar zegt dat {_SAID[said]}" if said else "maar zegt niet wat het is"
    raise BadInput({"Content-Type": [f"U stuurt {_SENT[sent]}, {what}: {_set_to(sent)}"]}, 400)


def _other_kind(body: bytes) -> str:
    sent = _looks_like(body)
    if not sent:
        return "Stuur JSON of een gewoon formulier."
    return f"U stuurt {_SENT[sent]}, maar zegt dat het iets anders is: {_set_to(sent)}"


def _set_to(kind: str) -> str:
    return f"zet Content-Type op {kind}{', met de boundary' if kind == MULTIPART else ''}."
