"""The ids of a feed and the addresses of calendars: hashes with a salt of the cooperation, which only the store has.

A document per cooperation in `feed_salts`, made at the first need. So an id cannot be guessed from a contact id, and
stays the same as long as the installation keeps its database.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import Field

from shared.domain.keys import secret_key
from shared.domain.stored_model import StoredModel
from shared.store.port import Store
from shared.work.records import Records

COLLECTION = "feed_salts"


class FeedSalt(StoredModel):
    """`calendars`: the generation of each calendar's address, under a code of the calendar; below 0 when revoked.

    A calendar that is not named has an address too, of generation 1. A generation never comes back.
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


ALL = "all"
"""The calendar of the coordinator, with the visits of all coaches."""


def generation_of(salt: FeedSalt, calendar: str) -> int:
    """Which address a calendar has: another number for each; below 0 when it was revoked."""
    return salt.calendars.get(_code(salt, calendar), 1)


def token_of(salt: FeedSalt, calendar: str) -> str | None:
    """What stands in the address of a calendar; None when it was revoked. `calendar`: a coach's contact id, or ALL."""
    generation = generation_of(salt, calendar)
    if generation < 1:
        return None
    return (
        urlsafe_b64encode(bytes.fromhex(secret_key(salt.salt, "calendar", calendar, generation))).decode().rstrip("=")
    )


def _code(salt: FeedSalt, calendar: str) -> str:
    """What stands in the store for a calendar: nobody's number, since the document never goes."""
    return Pseudonyms(salt.salt).id_of("calendar", calendar)


def calendar_of(salt: FeedSalt, calendars: Iterable[str], token: str) -> str | None:
    """Which of the calendars has this address; None when none has. It takes the same time for each."""
    typed = token.encode()  # As bytes: text outside ASCII cannot be compared in constant time.
    found = [it for it in calendars if hmac.compare_digest((token_of(salt, it) or "").encode(), typed)]
    return found[0] if found and token else None


def revoke(store: Store, cooperation: str, calendar: str) -> None:
    """Closes the address of a calendar: it is not found any more. Raises StoreUnavailable."""
    _change(store, cooperation, calendar, lambda generation: -abs(generation))


def remake(store: Store, cooperation: str, calendar: str) -> None:
    """Gives a calendar a new address; the old one is not found any more. Raises StoreUnavailable."""
    _change(store, cooperation, calendar, lambda generation: abs(generation) + 1)


def _change(store: Store, cooperation: str, calendar: str, change: Callable[[int], int]) -> None:
    def changed(known: FeedSalt) -> None:
        code = _code(known, calendar)
        known.calendars[code] = change(known.calendars.get(code, 1))

    salt_of(store, cooperation)
    salts(store).edit(cooperation, changed)
