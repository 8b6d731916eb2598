"""The script of the sign-up page, at `{form}/page.js`. The page works without it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Request, Response

_FILE = Path(__file__).with_name("page.js")


@cache
def _content() -> bytes:
    return _FILE.read_bytes()


@cache
def version() -> str:
    """A hash of the content. The address holds it, so that a browser may keep the script until it changes."""
    return hashlib.sha256(_content()).hexdigest()[:12]


def script_address(form_address: str) -> str:
    """Its address on the page of the form at `form_address`, which has no slash at the end."""
    return f"{form_address}/page.js?{version()}"


def answer_script(request: Request) -> Response:
    """A browser may keep it for a year, when it asks for this very version.

    During a deployment it may ask the older instance for the script of the newer one.
    """
    answer = Response(_content(), mimetype="text/javascript")
    if request.query_string.decode("ascii", "ignore") == version():
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
