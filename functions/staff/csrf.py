"""The check of every form that changes something: it came from our page, and was made for this person and address.

A browser says from which site a form comes. Beside that a token stands in the form, bound to the person and to the
address that it posts to; it holds for a day.
"""

from __future__ import annotations

import hmac
import time
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Request

from functions.staff.sign_in import signing_key
from shared.domain.web_address import LOOPBACK
from shared.errors import LinkError

FIELD = "token"
SECONDS = 24 * 3600


class WrongToken(LinkError):
    """The form did not come from a page of ours, for this person. Nothing was changed."""

    status = 403


class OldForm(WrongToken):
    """The form came from a page of ours, for this person, of more than a day ago. She may send it again."""

    def __init__(self, person: str) -> None:
        super().__init__()
        self.person = person


def make_token(person: str, path: str) -> str:
    """`path` is the address within this function that the form posts to."""
    until = f"{int(time.time()) + SECONDS:x}"
    return f"{until}.{_signature(person, path, until)}"


def check_token(request: Request, person: str, path: str) -> None:
    """Raises WrongToken and OldForm."""
    until, _, signature = request.form.get(FIELD, "").partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(person, path, until).encode()):
        raise WrongToken
    if int(until, 16) < time.time():  # It was signed, so it is what `make_token` wrote.
        raise OldForm(person)


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


def _signature(person: str, path: str, until: str) -> str:
    said = f"{person.casefold()}\n{path}\n{until}"
    return hmac.new(signing_key("form"), said.encode(), sha256).hexdigest()
