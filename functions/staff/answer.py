"""An HTML answer of the staff pages, with the security headers that their stylesheet, script and forms need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256

from flask import Request, Response

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


_TOKEN = re.compile(r'<input type="hidden" name="token" value="[^"]*">')


def unless_known(request: Request, answer: Response) -> Response:
    """304 without a body when the page is the one that the browser has already, apart from the tokens in its forms.

    Nothing keeps the page: `staff.js` remembers the tag while the page is open.
    """
    if request.method in {"GET", "HEAD"} and answer.status_code == 200:
        answer.set_etag(sha256(_TOKEN.sub("", answer.get_data(as_text=True)).encode()).hexdigest()[:32], weak=True)
        answer.make_conditional(request)
        del answer.headers["Date"]  # The server adds its own.
    return answer
