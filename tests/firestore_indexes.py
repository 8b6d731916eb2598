"""What `infra/firestore.indexes.json` declares for production, and whether a query or a document fits it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.store.firestore import composite_index
from shared.store.port import Query

FILE = Path(__file__).parent.parent / "infra/firestore.indexes.json"
DECLARED = json.loads(FILE.read_text())
EXPIRING = {field["collectionGroup"] for field in DECLARED["fieldOverrides"] if field.get("ttl")}


def check_query(query: Query, declared: Mapping[str, Any] = DECLARED) -> None:
    index = composite_index(query)
    assert index is None or index in declared["indexes"], f"add to {FILE.name}: {json.dumps(index)}"


def check_expiry(collection: str, data: Mapping[str, Any]) -> None:
    assert not data.get("expires_at") or collection in EXPIRING, f"{FILE.name} has no TTL policy for {collection}"
