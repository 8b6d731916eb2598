"""`pdf`: the report, as a new document each time (`docs/peers/econobis.md` 5.2).

The contents are not kept; `content_length` and `content_sha256` of the document tell what arrived.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from typing import Any

from infra.standins.econobis.endpoints.endpoint import Call
from infra.standins.econobis.endpoints.payload import read_if_set, truthy
from infra.standins.econobis.webform.faults import CrashError, RefusedError
from infra.standins.econobis.webform.php import to_text

NAME = "EndPointPdf"

_CREATED_FROM_HOUSING_FILE = 15


def work(call: Call, payload: Any) -> None:
    contents = read_if_set(read_if_set(payload, "pdf"), "contents")
    if not truthy(contents):
        raise RefusedError("Geen PDF content gevonden", 404)
    if isinstance(contents, dict | list):
        raise CrashError("base64_decode() takes a text")
    name = f"Hoomdossier-rapportage-{call.housing_file['id']}.pdf"
    call.log(f"Filename rapportage: {name}")
    decoded = _decoded(to_text(contents))
    now = call.database.now()
    call.database.insert(
        "documents",
        description="Hoomdossier rapportage",
        document_type="upload",
        document_group="general",
        filename=name,
        contact_id=call.contact["id"],
        housing_file_id=call.housing_file["id"],
        document_created_from_id=_CREATED_FROM_HOUSING_FILE,
        file_path_and_name=f"general/{now.year}/{uuid.uuid4()}.pdf",
        created_at=f"{now:%Y-%m-%d %H:%M:%S}",
        content_length=len(decoded),
        content_sha256=hashlib.sha256(decoded).hexdigest(),
    )
    call.log(f"Woningdossier rapportage {name} opgeslagen als Woningdossier document in Bigstorage")


def _decoded(text: str) -> bytes:
    """PHP skips whatever is not base64, and a last digit that is too few for a byte."""
    digits = re.sub(r"[^A-Za-z0-9+/]", "", text)
    digits = digits[: len(digits) - (len(digits) % 4 == 1)]
    return base64.b64decode(digits + "=" * (-len(digits) % 4))
