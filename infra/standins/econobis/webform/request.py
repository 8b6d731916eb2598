"""The fields of a call as PHP and Laravel see them: query over body, all texts trimmed (`docs/peers/econobis.md` 4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from infra.standins.econobis.endpoints.payload import decode
from infra.standins.econobis.webform.php import trim


def read_fields(content_type: str, body: bytes, query_string: bytes) -> Mapping[str, Any]:
    """A body of another kind, or JSON that cannot be read, counts as empty."""
    query = _named(_pairs(query_string))
    return {name: _trimmed(value) for name, value in {**_body(content_type, body), **query}.items()}


def _body(content_type: str, body: bytes) -> dict[str, Any]:
    if "/json" in content_type or "+json" in content_type:
        value = decode(body)
        return value if isinstance(value, dict) else {}
    if content_type.lower().startswith("application/x-www-form-urlencoded"):
        return _named(_pairs(body))
    if content_type.lower().startswith("multipart/form-data"):
        return _named(_parts(content_type, body))
    return {}


def _parts(content_type: str, body: bytes) -> Iterable[tuple[str, str]]:
    kind, options = parse_options_header(content_type)
    _, form, _ = FormDataParser().parse(BytesIO(body), kind.lower(), len(body), options)
    return form.items(multi=True)


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    text = raw.decode("utf-8", "surrogateescape")
    return parse_qsl(text, keep_blank_values=True, errors="surrogateescape")


def _named(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """PHP's names: `a[b]` makes a list of `a`, dots and spaces become underscores, the last value stays."""
    named: dict[str, Any] = {}
    for name, value in pairs:
        base, bracket, rest = name.lstrip(" ").partition("[")
        base = base.replace(".", "_").replace(" ", "_")
        if base and bracket and "]" in rest:
            named[base] = [*(named[base] if isinstance(named.get(base), list) else []), value]
        elif base:
            named[base] = value
    return named


def _trimmed(value: Any) -> Any:
    return trim(value) if isinstance(value, str) else value
