"""`$skiptoken`: where the next page begins, encrypted, because the key of a document holds the id of a contact."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import asdict

from cryptography.fernet import Fernet, InvalidToken

from functions.feed.odata.mark import Mark
from shared.domain.keys import secret_key
from shared.errors import BadInput
from shared.feed.scan import Spot

_FORM = 2
"""Count up when `Mark` or `Spot` changes: a token of before is refused then, and the reader begins again."""


def written(mark: Mark, salt: str, asked: str) -> str:
    """The token. `asked` is what the request is about: the token is of no use to another one."""
    return _fernet(salt).encrypt(json.dumps([_FORM, asked, asdict(mark)]).encode()).decode()


def read(token: str, salt: str, asked: str) -> Mark:
    """Raises BadInput for a token that is not ours, was changed, or belongs to another request."""
    try:
        form, about, mark = json.loads(_fernet(salt).decrypt(token.encode()))
    except InvalidToken:
        raise _wrong() from None
    if [form, about] != [_FORM, asked]:
        raise _wrong()
    after, values = mark.pop("after"), mark.pop("values")
    return Mark(Spot(**after) if after else None, **mark, values=None if values is None else tuple(values))


def _wrong() -> BadInput:
    return BadInput({"$skiptoken": ["Dit is geen vervolg van deze vraag. Begin weer bij de eerste bladzijde."]}, 400)


def _fernet(salt: str) -> Fernet:
    key = secret_key(salt, "skiptoken", 1) + secret_key(salt, "skiptoken", 2)
    return Fernet(urlsafe_b64encode(bytes.fromhex(key)))
