"""The check of every form that changes something: it came from our page, and was made for this person and address.

A browser says from which site a form comes (`functions/_same_site.py`). Beside that a token stands in the form, bound
to the person and to the address that it posts to; it holds for a day.
"""

from __future__ import annotations

import hmac
import time
from hashlib import sha256

from flask import Request

from functions._same_site import WrongToken
from functions.staff.sign_in import signing_key

FIELD = "token"
SECONDS = 24 * 3600


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


def _signature(person: str, path: str, until: str) -> str:
    said = f"{person.casefold()}\n{path}\n{until}"
    return hmac.new(signing_key("form"), said.encode(), sha256).hexdigest()
