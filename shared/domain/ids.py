"""Ids of rows at the peers: the type of Econobis' contact ids, and the one reader of an id that comes from outside."""

from __future__ import annotations

import re
from typing import NewType

ContactId = NewType("ContactId", int)
"""Econobis' `contacts.id`. Hoomdossier stores it with a user, so both peers and the link mean the same person by it."""

LARGEST_ID = 2**53 - 1  # JSON readers that use floating point numbers change a larger whole number.
_DIGITS = re.compile(r"[1-9][0-9]{0,15}")


def read_id(value: object) -> int | None:
    """The id in a JSON value: a positive whole number, or the text of one.

    None for everything else: 0, negative numbers, booleans, spaces, leading zeros, and numbers above `LARGEST_ID`.
    """
    digits = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not _DIGITS.fullmatch(digits) or int(digits) > LARGEST_ID:
        return None
    return int(digits)
