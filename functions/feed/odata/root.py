"""Where a feed is in the addresses that a program asks for. OData's own links are absolute."""

from __future__ import annotations

import re

from flask import Request

_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")


def root_of(request: Request, cooperation: str) -> str:
    """`https://host/path/{cooperation}/odata`: with the host and scheme that the caller used, as the front tells.

    A front that changes the host sends the first one along in X-Forwarded-Host. Whoever sends a wrong one gets wrong
    links himself; nobody else sees them, because no answer is cached.
    """
    first = request.headers.get("X-Forwarded-Host", "").partition(",")[0].strip()
    host = first if _HOST.fullmatch(first) else request.host
    said = request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    scheme = said if said in {"http", "https"} else request.scheme
    return f"{scheme}://{host}{request.root_path.rstrip('/')}/{cooperation}/odata"
