"""`pdf`: stores the report, as a new document each time (docs/peers/econobis.md 5.2).

The stand-in does not keep the contents, only their `content_length` (bytes) and `content_sha256`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from infra.standins.econobis.events.endpoint import Call
from infra.standins.econobis.faults import CrashError, RefusedError
from infra.standins.econobis.php import to_text
from infra.standins.econobis.php_json import read_if_set, truthy

NAME = "EndPointPdf"


def work(call: Call, payload: Any) -> None:
    """Raises RefusedError (404) without contents."""
    contents = read_if_set(read_if_set(payload, "pdf"), "contents")
    if not truthy(contents):
        raise RefusedError("Geen PDF content gevonden", 404)
    if isinstance(contents, dict | list):
        raise CrashError("base64_decode() takes a text")
    name = f"Hoomdossier-rapportage-{call.housing_file['id']}.pdf"
    call.log(f"Filename rapportage: {name}")
    decoded = _decoded(to_text(contents))
    call.database.insert(
        "documents",
        filename=name,
        contact_id=call.contact["id"],
        housing_file_id=call.housing_file["id"],
        content_length=len(decoded),
        content_sha256=hashlib.sha256(decoded).hexdigest(),
    )
    call.log(f"Woningdossier rapportage {name} opgeslagen als Woningdossier document in Bigstorage")


def _decoded(text: str) -> bytes:
    """`base64_decode`: skips characters that are not base64, and a last digit that makes no whole byte."""
    digits = re.sub(r"[^A-Za-z0-9+/]", "", text)
    digits = digits[: len(digits) - (len(digits) % 4 == 1)]
    return base64.b64decode(digits + "=" * (-len(digits) % 4))
