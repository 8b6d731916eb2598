"""The salt of a cooperation, which only the store has, and the ids that a feed makes with it.

A document per cooperation in `feed_salts`, made at the first need. So an id cannot be guessed from a contact id, and
stays the same as long as the installation keeps its database. `calendar_addresses.py` uses the same document.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pydantic import Field

from shared.domain.keys import secret_key
from shared.domain.stored_model import StoredModel
from shared.store.port import Store
from shared.work.records import Records

COLLECTION = "feed_salts"


class FeedSalt(StoredModel):
    """`calendars`: the generation of the address of each calendar and coach's page, under a code; below 0 when revoked.

    What is not named has an address too, of generation 1. A generation never comes back.
    """

    cooperation: str
    salt: str = Field(repr=False)
    calendars: dict[str, int] = Field(default_factory=dict)


def salts(store: Store) -> Records[FeedSalt]:
    """The documents, by the name of the cooperation."""
    return Records(store, COLLECTION, FeedSalt)


def salt_of(store: Store, cooperation: str) -> FeedSalt:
    """The salt of a cooperation, made when there is none. Raises StoreUnavailable."""
    made = salts(store).update(
        cooperation, lambda known: known or FeedSalt(cooperation=cooperation, salt=secrets.token_hex(32))
    )
    assert made
    return made


@dataclass(frozen=True)
class Pseudonyms:
    """The ids of a feed. Equal for the same thing, and nobody without the salt can find the thing."""

    salt: str

    def id_of(self, what: str, *parts: str | int) -> str:
        """`what`, such as `resident`, and 20 hexadecimal digits after a hyphen.

        Without the word a spreadsheet takes some ids for numbers, such as `12e45…`, and then two of them look equal.
        """
        return f"{what}-{secret_key(self.salt, what, *parts)[:20]}"
