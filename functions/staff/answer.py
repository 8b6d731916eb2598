"""An HTML answer of the staff pages, with the security headers that their stylesheet, script and forms need."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def html(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`text` is a whole page. A browser sends `Origin` with our forms, which `no-referrer` would make `null`."""
    answer = Response(text, status, headers, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer
