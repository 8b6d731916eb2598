"""The addresses of the calendars that agendas follow: shown, revoked, made anew. Each change leaves an audit line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from shared.work.audit import deciding, write_down
from shared.work.calendar_addresses import calendars_of, coach_of, generation_of, remake, revoke, token_of
from shared.work.feed_salt import salt_of
from shared.work.services import Services

Changed = Literal["revoked", "remade", "already"]
"""`already`: somebody did it before, or the page that was sent is an older one; nothing was changed."""


@dataclass(frozen=True)
class CalendarShown:
    """`coach` and `email`: whose it is; `""` for that of the coordinator. `generation` names the address. `address` is
    None when it was revoked.
    """

    calendar: str
    coach: str
    email: str
    generation: int
    address: str | None


def show_calendars(services: Services, cooperation: str) -> list[CalendarShown]:
    """That of the coordinator, then of each coach. Raises StoreUnavailable."""
    settings, salt = services.cooperations[cooperation], salt_of(services.store, cooperation)
    feed = services.queue.target_url("serve-feed")

    def shown(calendar: str) -> CalendarShown:
        coach, token = settings.coach(coach_of(calendar)), token_of(salt, calendar)
        name, email = (coach.name, coach.email) if coach else ("", "")
        address = f"{feed}/{cooperation}/calendar/{token}.ics" if token else None
        return CalendarShown(calendar, name, email, generation_of(salt, calendar), address)

    return [shown(calendar) for calendar in calendars_of(settings)]


def is_calendar(services: Services, cooperation: str, calendar: str) -> bool:
    """Whether the cooperation has this calendar."""
    return calendar in calendars_of(services.cooperations[cooperation])


def revoke_address(services: Services, cooperation: str, calendar: str, generation: int, by: str) -> Changed:
    """Closes the address `generation`. Raises StoreUnavailable, and Busy as `deciding`."""
    return _change(services, cooperation, calendar, generation, by, "revoke")


def remake_address(services: Services, cooperation: str, calendar: str, generation: int, by: str) -> Changed:
    """Gives a new address in the place of `generation`. Raises StoreUnavailable, and Busy as `deciding`."""
    return _change(services, cooperation, calendar, generation, by, "remake")


_CHANGES: dict[str, tuple[Callable[..., None], Changed]] = {"revoke": (revoke, "revoked"), "remake": (remake, "remade")}


def _change(  # noqa: PLR0913, PLR0917  (what a decision consists of)
    services: Services, cooperation: str, calendar: str, generation: int, by: str, action: Literal["revoke", "remake"]
) -> Changed:
    change, done = _CHANGES[action]
    about = f"calendars/{cooperation}:{calendar}"
    with deciding(services, about):
        now = generation_of(salt_of(services.store, cooperation), calendar)
        if now != generation or (action == "revoke" and now < 0):
            return "already"
        write_down(services, action, about, cooperation=cooperation, by=by, contact_id=coach_of(calendar))
        change(services.store, cooperation, calendar)
    return done
