"""An address on the web as settings give it: https, because keys and residents' data travel along it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    if not parts.hostname or (parts.scheme != "https" and not local):
        raise ValueError("an address starts with https://")
    if "@" in parts.netloc:
        raise ValueError("no user or password stands in an address")
    if not value.isprintable() or " " in value:
        raise ValueError("no space stands in an address")
    _ = parts.port  # Raises ValueError for one that is none.
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""Without a slash at the end. Plain http goes to this machine only, for local runs."""
