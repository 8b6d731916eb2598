"""Attachments: URLs that Econobis downloads. Here every download fails, because we send none (known-limits E18)."""

from __future__ import annotations

from infra.standins.econobis import php
from infra.standins.econobis.faults import BrokenError
from infra.standins.econobis.webform.call import Call

_CONTACT_KINDS = ("png", "jpg", "jpeg", "pdf")


def add_to_contact(call: Call) -> None:
    """Logs a file of another kind than images and PDF. Raises BrokenError for a file of these kinds."""
    for field in ("bijlage", "bijlage2", "bijlage3"):
        url = call.form[field]
        if not php.is_true(url):
            continue
        extension = url.rpartition("/")[2].rpartition(".")[2].lower()
        if extension in _CONTACT_KINDS:
            fetch(call, field)
        call.log(f"Contact bijlage is van een niet toegestaan formaat: {','.join(_CONTACT_KINDS)}")


def fetch(call: Call, *fields: str) -> None:
    """Raises BrokenError when one of the fields holds a URL, as Econobis does when it cannot download it."""
    if any(php.is_true(call.form[field]) for field in fields):
        raise BrokenError("an attachment that cannot be fetched")
