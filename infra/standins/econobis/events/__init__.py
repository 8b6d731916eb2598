"""The seven endpoints that take Hoomdossier's events, one module each (docs/peers/econobis.md 5).

`POST /api/{key}/hoomdossier/{kind}`. What they have in common: `endpoint.py`.
"""

from __future__ import annotations

from typing import Any

from infra.standins.database import Database
from infra.standins.econobis.events import afspraak, delete, gebruik, pdf, scan_status, woning_status, woonplan
from infra.standins.econobis.events.endpoint import answer

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
    """The answer's status and JSON body: log lines, or the body of the framework when Econobis crashes.

    `raw` is the body of the request; `kind` is one of KINDS.
    """
    endpoint = _ENDPOINTS[kind]
    return answer(database, endpoint.NAME, endpoint.work, api_key, raw)
