"""The stylesheets and scripts of the staff pages. Their address holds a hash of the content, so browsers keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Response

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def content_of(name: str) -> bytes:
    """The file in this folder. Raises KeyError when there is none that a browser may have."""
    return _files()[name].read_bytes()


@cache
def _files() -> dict[str, Path]:
    """By name. A name in an address is looked up here only: it may be anything, and no path at all."""
    return {path.name: path for path in Path(__file__).parent.iterdir() if path.suffix in TYPES}


@cache
def address_of(name: str) -> str:
    """The address below the function: `_/staff.css?1f2e3d4c`. No cooperation can be called `_`."""
    return f"_/{name}?{hashlib.sha256(content_of(name)).hexdigest()[:8]}"


def serve(name: str, version: str) -> Response | None:
    """The file; None when there is no such file. A browser may keep it for a year, when its address has this `version`:
    during a deployment it may ask the older instance for the file of the newer one.
    """
    if name not in _files():
        return None
    answer = Response(content_of(name), mimetype=TYPES[Path(name).suffix])
    if address_of(name).partition("?")[2] == version:
        answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer
