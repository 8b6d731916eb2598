"""What a form carries and only we can have written: it was on a page for this person, a day ago at most."""

from __future__ import annotations

from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from functions.staff.csrf import SECONDS
from functions.staff.sign_in import signing_key


def seal(use: str, person: str, thing: Any) -> str:
    """`thing` is JSON. `use` names the form and its cooperation."""
    return _serializer(use, person).dumps(thing)


def unseal(use: str, person: str, text: str) -> Any:
    """What was sealed; None for what was not sealed for this use and person, or too long ago."""
    try:
        return _serializer(use, person).loads(text, max_age=SECONDS)
    except BadData:
        return None


def _serializer(use: str, person: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(signing_key("sealed"), salt=f"{use}\n{person.casefold()}")
