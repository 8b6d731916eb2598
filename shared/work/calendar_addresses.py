"""The secret addresses of the calendars that agendas follow: one for each coach, and one for all coaches together.
And those of the coaches' own pages, one for each coach.

What stands in an address is a hash with the salt of the cooperation (`feed_salt.py`) over the calendar and a number,
its generation. Another number makes another address; which number counts stands in the document of the salt.

A calendar and a page are named by the contact id of their coach, as a text, or ALL. The purpose stands in the hash too,
so that the address of a calendar does not open a page, and each is revoked by itself.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Literal

from shared.config import Cooperation
from shared.domain.ids import ContactId
from shared.domain.keys import secret_key
from shared.store.port import Store
from shared.work.feed_salt import FeedSalt, Pseudonyms, salt_of, salts

Purpose = Literal["calendar", "coach-page"]
"""What an address opens: a calendar, to read, or the page of a coach, to read and change visits."""
ALL = "all"
"""The calendar of the coordinator, with the visits of all coaches. There is no such page."""


def calendars_of(settings: Cooperation) -> list[str]:
    """The calendars of a cooperation: that of the coordinator, then of each coach."""
    return [ALL, *pages_of(settings)]


def pages_of(settings: Cooperation) -> list[str]:
    """The pages of the coaches of a cooperation."""
    return [str(coach.contact_id) for coach in settings.coaches]


def coach_of(calendar: str) -> ContactId | None:
    """Whose calendar it is; None for that of the coordinator."""
    return None if calendar == ALL else ContactId(int(calendar))


def generation_of(salt: FeedSalt, calendar: str, purpose: Purpose = "calendar") -> int:
    """Which address a calendar or page has: another number for each; below 0 when it was revoked."""
    return salt.calendars.get(_code(salt, calendar, purpose), 1)


def token_of(salt: FeedSalt, calendar: str, purpose: Purpose = "calendar") -> str | None:
    """What stands in the address of a calendar or page; None when it was revoked."""
    generation = generation_of(salt, calendar, purpose)
    if generation < 1:
        return None
    token = bytes.fromhex(secret_key(salt.salt, purpose, calendar, generation))
    return urlsafe_b64encode(token).decode().rstrip("=")


def calendar_of(salt: FeedSalt, calendars: Iterable[str], token: str, purpose: Purpose = "calendar") -> str | None:
    """Which of the calendars or pages has this address; None when none has. It takes the same time for each."""
    typed = token.encode()  # As bytes: text outside ASCII cannot be compared in constant time.
    found = [it for it in calendars if hmac.compare_digest((token_of(salt, it, purpose) or "").encode(), typed)]
    return found[0] if found and token else None


def revoke(store: Store, cooperation: str, calendar: str, purpose: Purpose = "calendar") -> None:
    """Closes the address of a calendar or page: it is not found any more. Raises StoreUnavailable."""
    _change(store, cooperation, calendar, purpose, lambda generation: -abs(generation))


def remake(store: Store, cooperation: str, calendar: str, purpose: Purpose = "calendar") -> None:
    """Gives a calendar or page a new address; the old one is not found any more. Raises StoreUnavailable."""
    _change(store, cooperation, calendar, purpose, lambda generation: abs(generation) + 1)


def _change(store: Store, cooperation: str, calendar: str, purpose: Purpose, change: Callable[[int], int]) -> None:
    def changed(known: FeedSalt) -> None:
        code = _code(known, calendar, purpose)
        known.calendars[code] = change(known.calendars.get(code, 1))

    salt_of(store, cooperation)
    salts(store).edit(cooperation, changed)


def _code(salt: FeedSalt, calendar: str, purpose: Purpose) -> str:
    """What stands in the store for a calendar or page: nobody's number, since the document never goes."""
    return Pseudonyms(salt.salt).id_of(purpose, calendar)
