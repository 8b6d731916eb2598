"""The token in every form that changes something: it proves that the form came from our page, for this person.

It is bound to the person and to the address that it posts to, and holds for a day.
"""

from __future__ import annotations

import hmac
import time
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Request

from functions.staff.sign_in import signing_key
from shared.errors import LinkError

FIELD = "token"
SECONDS = 24 * 3600


class WrongToken(LinkError):
    """The form did not come from a page of ours, for this person, of the last day. Nothing was changed."""

    status = 403


def make_token(person: str, path: str) -> str:
    """`path` is the address within this function that the form posts to."""
    until = f"{int(time.time()) + SECONDS:x}"
    return f"{until}.{_signature(person, path, until)}"


def check_token(request: Request, person: str, path: str) -> None:
    """Raises WrongToken."""
    _check_site(request)
    until, _, signature = request.form.get(FIELD, "").partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(person, path, until).encode()):
        raise WrongToken
    if int(until, 16) < time.time():
        raise WrongToken


def _check_site(request: Request) -> None:
    """A browser says from which site a form comes. Other programs say nothing, and have no cookies to misuse."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise WrongToken
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        raise WrongToken


def _signature(person: str, path: str, until: str) -> str:
    said = f"form\n{person.casefold()}\n{path}\n{until}"
    return hmac.new(signing_key(), said.encode(), sha256).hexdigest()
