"""A page of the feed of appointments, in our own proposal: `infra/openapi/hoomdossier-appointments.yaml`."""

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
    """`event` is what Hoomdossier would have pushed; `updated_at` (UTC) is when it became so."""

    event: Event
    updated_at: Moment


@dataclass(frozen=True)
class AppointmentPage:
    """`next_cursor` is where the next page begins, None when this is the last one."""

    items: tuple[Appointment, ...]
    next_cursor: str | None = None


class _Entry(BaseModel):
    model_config = ConfigDict(extra="allow")

    updated_at: AwareDatetime


class _Page(BaseModel):
    data: list[dict[str, Any]]
    next_cursor: str | None = None


def read_page(body: Any) -> AppointmentPage:
    """Raises Unavailable when it is no page. An entry that cannot be read is passed over, so that others go on."""
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
    """The push has no key for coaches when there are none; the same content is the same event."""
    keys = ("account_related", "appointment_date", *(("coaches",) if entry.get("coaches") else ()))
    return {key: entry[key] for key in keys if key in entry}
