"""The stylesheets and scripts of the staff pages. Their address holds a hash of the content, so browsers keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Response

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def content_of(name: str) -> bytes | None:
    """The file in this folder; None when there is none that a browser may have."""
    path = Path(__file__).with_name(name)
    return path.read_bytes() if path.suffix in TYPES and path.is_file() else None


@cache
def address_of(name: str) -> str:
    """The address below the function: `_/staff.css?1f2e3d4c`. No cooperation can be called `_`."""
    return f"_/{name}?{hashlib.sha256(content_of(name) or b'').hexdigest()[:8]}"


def serve(name: str) -> Response | None:
    """The file, which a browser may keep for a year; None when there is no such file."""
    content = content_of(name) if "/" not in name else None
    if content is None:
        return None
    answer = Response(content, mimetype=TYPES[Path(name).suffix])
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer
