"""Whether a form that changes something comes from a page of this function, as far as the browser says so."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request

from shared.domain.web_address import LOOPBACK
from shared.errors import LinkError


class WrongToken(LinkError):
    """The form did not come from a page of ours, for this person. Nothing was changed."""

    status = 403


def check_site(request: Request) -> None:
    """Raises WrongToken when a browser says that the form comes from another site.

    Other programs say nothing, and have no cookies to misuse. `null` is the origin of a page that hides where it is.
    The host is the one that the browser asked for: Cloud Run passes it on.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise WrongToken
    origin = request.headers.get("Origin")
    if origin is None:
        return
    try:
        parts = urlsplit(origin)
    except ValueError:
        raise WrongToken from None
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if parts.netloc != request.host or not (parts.scheme == "https" or plain):
        raise WrongToken
