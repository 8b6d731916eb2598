"""The secret addresses of the calendars that agendas follow: one for each coach, and one for all coaches together.

What stands in an address is a hash with the salt of the cooperation (`feed_salt.py`) over the calendar and a number,
its generation. Another number makes another address; which number counts stands in the document of the salt.

A calendar is named by the contact id of its coach, as a text, or ALL.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable

from shared.config import Cooperation
from shared.domain.ids import ContactId
from shared.domain.keys import secret_key
from shared.store.port import Store
from shared.work.feed_salt import FeedSalt, Pseudonyms, salt_of, salts

ALL = "all"
"""The calendar of the coordinator, with the visits of all coaches."""


def calendars_of(settings: Cooperation) -> list[str]:
    """The calendars of a cooperation: that of the coordinator, then of each coach."""
    return [ALL, *(str(coach.contact_id) for coach in settings.coaches)]


def coach_of(calendar: str) -> ContactId | None:
    """Whose calendar it is; None for that of the coordinator."""
    return None if calendar == ALL else ContactId(int(calendar))


def generation_of(salt: FeedSalt, calendar: str) -> int:
    """Which address a calendar has: another number for each; below 0 when it was revoked."""
    return salt.calendars.get(_code(salt, calendar), 1)


def token_of(salt: FeedSalt, calendar: str) -> str | None:
    """What stands in the address of a calendar; None when it was revoked."""
    generation = generation_of(salt, calendar)
    if generation < 1:
        return None
    token = bytes.fromhex(secret_key(salt.salt, "calendar", calendar, generation))
    return urlsafe_b64encode(token).decode().rstrip("=")


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


def _code(salt: FeedSalt, calendar: str) -> str:
    """What stands in the store for a calendar: nobody's number, since the document never goes."""
    return Pseudonyms(salt.salt).id_of("calendar", calendar)
