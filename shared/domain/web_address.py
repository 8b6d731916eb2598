"""A web address in the settings. It has to be https, because keys and residents' data are sent to it."""

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
    _ = parts.port  # Raises ValueError for a port that is no number.
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""Without a final slash. Plain http is accepted for 127.0.0.1 and localhost, for local runs."""
