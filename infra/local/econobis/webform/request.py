"""The fields of a call as PHP and Laravel see them: query over body, all texts trimmed (`contracts/econobis.md` 4.1)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request

from infra.local.econobis.webform.php import trim


def read_fields(request: Request) -> Mapping[str, Any]:
    """A body of another kind, or JSON that cannot be read, counts as empty."""
    query = _named(_pairs(request.query_string))
    return {name: _trimmed(value) for name, value in {**_body(request), **query}.items()}


def _body(request: Request) -> dict[str, Any]:
    kind = request.headers.get("Content-Type", "")
    if "/json" in kind or "+json" in kind:
        return _json(request.get_data())
    if kind.startswith("application/x-www-form-urlencoded"):
        return _named(_pairs(request.get_data()))
    if kind.startswith("multipart/form-data"):
        return _named(request.form.items(multi=True))
    return {}


def _json(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode(), parse_constant=_no_constant)
    except ValueError:
        return {}
    if isinstance(value, dict):
        return value
    return dict(enumerate(value)) if isinstance(value, list) else {}


def _no_constant(name: str) -> None:
    raise ValueError(name)


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
