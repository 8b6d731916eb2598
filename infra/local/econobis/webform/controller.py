"""One webform call from raw HTTP parts to the answer; the order of work and what undoes it (`econobis.md` 4.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from infra.local.database import Database


@dataclass(frozen=True)
class Answer:
    """`body` is to be sent as JSON: a list of log lines, or the framework's own object."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


def post(
    database: Database, key: str, content_type: str, body: bytes, caller_ip: str, query_string: bytes = b""
) -> Answer:
    raise NotImplementedError
