"""The addresses of the calendars that agendas follow, and of the coaches' own pages: shown, revoked, made anew.

Each change leaves an audit line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from shared.work.audit import deciding, write_down
from shared.work.calendar_addresses import (
    Purpose,
    calendars_of,
    coach_of,
    generation_of,
    pages_of,
    remake,
    revoke,
    token_of,
)
from shared.work.feed_salt import FeedSalt, salt_of
from shared.work.services import Services

Changed = Literal["revoked", "remade", "already"]
"""`already`: somebody did it before, or the page that was sent is an older one; nothing was changed."""


@dataclass(frozen=True)
class AddressShown:
    """`generation` names the address. `address` is None when it was revoked."""

    purpose: Purpose
    generation: int
    address: str | None


@dataclass(frozen=True)
class CalendarShown:
    """`coach` and `email`: whose it is; `""` for that of the coordinator, for whom there is no `page`."""

    calendar: str
    coach: str
    email: str
    followed: AddressShown
    page: AddressShown | None


def show_calendars(services: Services, cooperation: str) -> list[CalendarShown]:
    """That of the coordinator, then of each coach. Raises StoreUnavailable."""
    settings, salt = services.cooperations[cooperation], salt_of(services.store, cooperation)
    feed = f"{services.queue.target_url('serve-feed')}/{cooperation}"

    def shown(calendar: str) -> CalendarShown:
        coach = settings.coach(coach_of(calendar))
        name, email = (coach.name, coach.email) if coach else ("", "")
        followed = _address(salt, calendar, "calendar", f"{feed}/calendar/{{}}.ics")
        page = _address(salt, calendar, "coach-page", f"{feed}/coach/{{}}") if coach else None
        return CalendarShown(calendar, name, email, followed, page)

    return [shown(calendar) for calendar in calendars_of(settings)]


def _address(salt: FeedSalt, calendar: str, purpose: Purpose, form: str) -> AddressShown:
    token = token_of(salt, calendar, purpose)
    return AddressShown(purpose, generation_of(salt, calendar, purpose), form.format(token) if token else None)


def purpose_of(services: Services, cooperation: str, calendar: str, purpose: str) -> Purpose | None:
    """The purpose, when the cooperation has such an address for this calendar or page; else None."""
    settings = services.cooperations[cooperation]
    known = {"calendar": calendars_of(settings), "coach-page": pages_of(settings)}
    return next((it for it in get_args(Purpose) if it == purpose and calendar in known[it]), None)


@dataclass(frozen=True)
class Named:
    """The address that a page named, as it was when that was shown."""

    calendar: str
    purpose: Purpose
    generation: int


Change = Literal["revoke", "remake"]
_CHANGES: dict[Change, tuple[Callable[..., None], Changed]] = {
    "revoke": (revoke, "revoked"),
    "remake": (remake, "remade"),
}
_ABOUT: dict[Purpose, str] = {"calendar": "calendars", "coach-page": "coach_pages"}


def change_address(services: Services, cooperation: str, named: Named, action: Change, by: str) -> Changed:
    """Closes the address, or gives a new one in its place. Raises StoreUnavailable, and Busy as `deciding`."""
    change, done = _CHANGES[action]
    calendar, purpose = named.calendar, named.purpose
    about = f"{_ABOUT[purpose]}/{cooperation}:{calendar}"
    with deciding(services, about):
        now = generation_of(salt_of(services.store, cooperation), calendar, purpose)
        if now != named.generation or (action == "revoke" and now < 0):
            return "already"
        write_down(services, action, about, cooperation=cooperation, by=by, contact_id=coach_of(calendar))
        change(services.store, cooperation, calendar, purpose)
    return done
