"""A page of the feed of appointments that we propose to Hoomdossier (`infra/openapi/hoomdossier-appointments.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from shared.clock import Moment
from shared.errors import BadInput, Unavailable
from shared.hoomdossier.inbound import Event, event_of
from shared.logs import log


@dataclass(frozen=True)
class Appointment:
    """`event` equals the push of the same change; `updated_at` (UTC) is when it was saved."""

    event: Event
    updated_at: Moment


@dataclass(frozen=True)
class AppointmentPage:
    """`next_cursor` is the argument for the next page, None on the last page."""

    items: tuple[Appointment, ...]
    next_cursor: str | None = None


class _Entry(BaseModel):
    model_config = ConfigDict(extra="allow")

    updated_at: AwareDatetime


class _Page(BaseModel):
    data: list[dict[str, Any]]
    next_cursor: str | None = None


def read_page(body: Any) -> AppointmentPage:
    """Raises Unavailable for JSON that is no page. Logs and drops an unreadable entry, so that the others go on."""
    try:
        page = _Page.model_validate(body)
    except ValidationError:
        raise Unavailable("De lijst van afspraken van Hoomdossier is niet te lezen.") from None
    found = (_appointment(entry) for entry in page.data)
    return AppointmentPage(tuple(it for it in found if it), page.next_cursor or None)


def _appointment(entry: dict[str, Any]) -> Appointment | None:
    try:
        updated_at = _Entry.model_validate(entry).updated_at.astimezone(UTC)
        return Appointment(event_of("appointment", _as_pushed(entry)), updated_at)
    except (ValidationError, BadInput, OverflowError):
        log.warning("unreadable appointment", flow="pull_appointments")
        return None


def _as_pushed(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry with the keys of a push, which leaves out empty `coaches`: the same event then compares equal."""
    keys = ("account_related", "appointment_date", *(("coaches",) if entry.get("coaches") else ()))
    return {key: entry[key] for key in keys if key in entry}
