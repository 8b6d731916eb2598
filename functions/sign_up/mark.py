"""How a POST of our own page is known from that of another web site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request

from shared.domain.web_address import LOOPBACK

MARK = "dossierlink_page"
"""The hidden field that our page sends. It changes only how the answer looks."""


def is_own_page(request: Request) -> bool:
    """Whether a browser says that the form stands on a page of this function.

    The host is the one that the browser asked for: Cloud Run passes it on.
    """
    try:
        parts = urlsplit(request.headers.get("Origin", ""))
    except ValueError:
        return False
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    return parts.netloc == request.host and (parts.scheme == "https" or plain)
