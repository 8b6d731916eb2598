"""A web address in the settings. It has to be https, because keys and residents' data are sent to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, ValidationInfo

LOOPBACK = frozenset({"127.0.0.1", "localhost"})


def is_deployed(environ: Mapping[str, str] | None) -> bool:
    """Whether these are the environment variables of a function in Google Cloud, which sets K_SERVICE itself."""
    return bool(environ and environ.get("K_SERVICE"))


def _web_address(value: str, info: ValidationInfo) -> str:
    parts = urlsplit(value)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or (parts.scheme != "https" and not local):
        raise ValueError("an address starts with https://")
    if is_deployed(info.context) and (local or parts.hostname in LOOPBACK):
        raise ValueError("an address starts with https://, and this machine is only for a local run")
    if "@" in parts.netloc:
        raise ValueError("no user or password stands in an address")
    if not value.isprintable() or " " in value:
        raise ValueError("no space stands in an address")
    _ = parts.port  # Raises ValueError for a port that is no number.
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""Without a final slash. Plain http is accepted for 127.0.0.1 and localhost, in local runs.

The context of the validation is the environment (`is_deployed`); without one it is a local run.
"""
