"""The seven endpoints that Hoomdossier calls, `POST /api/{key}/hoomdossier/{kind}` (`docs/peers/econobis.md` 5)."""

from __future__ import annotations

from typing import Any

from infra.standins.database import Database

# First, because each of the two packages uses modules of the other.
from infra.standins.econobis import webform  # noqa: F401
from infra.standins.econobis.endpoints import afspraak, delete, gebruik, pdf, scan_status, woning_status, woonplan
from infra.standins.econobis.endpoints.endpoint import answer

_ENDPOINTS = {
    "afspraak": afspraak,
    "gebruik": gebruik,
    "woonplan": woonplan,
    "woning-status": woning_status,
    "scan-status": scan_status,
    "pdf": pdf,
    "delete": delete,
}
KINDS = tuple(_ENDPOINTS)


def post(database: Database, api_key: str, kind: str, raw: bytes) -> tuple[int, Any]:
    """Status and JSON body: log lines, or the framework's own body when Econobis crashes."""
    endpoint = _ENDPOINTS[kind]
    return answer(database, endpoint.NAME, endpoint.work, api_key, raw)
