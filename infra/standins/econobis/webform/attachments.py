"""Attachments, sent as URLs that Econobis fetches: here nothing can be fetched, so that every one of them breaks.

The document that a successful one would become is not played; nothing of ours sends any.
"""

from __future__ import annotations

from infra.standins.econobis.webform import php
from infra.standins.econobis.webform.call import Call
from infra.standins.econobis.webform.faults import BrokenError

_CONTACT_KINDS = ("png", "jpg", "jpeg", "pdf")


def add_to_contact(call: Call) -> None:
    for field in ("bijlage", "bijlage2", "bijlage3"):
        url = call.form[field]
        if not php.is_true(url):
            continue
        extension = url.rpartition("/")[2].rpartition(".")[2].lower()
        if extension in _CONTACT_KINDS:
            fetch(call, field)
        call.log(f"Contact bijlage is van een niet toegestaan formaat: {','.join(_CONTACT_KINDS)}")


def fetch(call: Call, *fields: str) -> None:
    """Raises BrokenError when one of the fields holds a URL."""
    if any(php.is_true(call.form[field]) for field in fields):
        raise BrokenError("an attachment that cannot be fetched")
