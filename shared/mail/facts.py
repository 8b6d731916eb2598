"""What each e-mail has to be told. A template sees these names, and `cooperation` (its `MailSettings`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, HttpUrl

from shared.mail.address import one_line

Text = Annotated[str, AfterValidator(one_line)]
MailName = Literal["welcome", "coach_linked", "appointment_set", "appointment_moved", "appointment_cancelled"]


class Facts(BaseModel):
    """Moments are aware: a `datetime`, or ISO text as a document keeps it. A wrong value is not in the error's text."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    first_name: Text
    """The resident's."""


class Welcome(Facts):
    """To a resident whose dossier was just made. `email` is what they log in with."""

    email: Text | None = None
    coach_name: Text | None = None


class CoachLinked(Facts):
    """To a coach who was just linked. Name, `address`, `phone` and `email` are the resident's.

    `dossier_url` leads to this resident's dossier; without it the mail links to where coaches log in.
    """

    coach_name: Text
    last_name: Text
    address: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    dossier_url: HttpUrl | None = None


class AppointmentSet(Facts):
    """To a resident. `address` is the home that is visited."""

    starts_at: AwareDatetime
    coach_name: Text | None = None
    coach_phone: Text | None = None
    coach_email: Text | None = None
    address: Text | None = None


class AppointmentMoved(AppointmentSet):
    """`starts_at` is the new moment."""

    previous_starts_at: AwareDatetime


class AppointmentCancelled(AppointmentSet):
    """`starts_at` is the moment that no longer holds."""


FACTS: dict[MailName, type[Facts]] = {
    "welcome": Welcome,
    "coach_linked": CoachLinked,
    "appointment_set": AppointmentSet,
    "appointment_moved": AppointmentMoved,
    "appointment_cancelled": AppointmentCancelled,
}

EXAMPLE: dict[str, Any] = {
    "first_name": "Marie",
    "last_name": "van der Veen",
    "email": "marie@example.org",
    "phone": "06 12345678",
    "address": "Zonnelaan 12, 1234 AB Zonnedorp",
    "coach_name": "Karim Bakker",
    "coach_phone": "06 87654321",
    "coach_email": "karim@example.org",
    "dossier_url": "https://dossier.example.org/woning/1",
    "starts_at": datetime.fromisoformat("2026-12-01T10:00:00+01:00"),
    "previous_starts_at": datetime.fromisoformat("2026-11-26T14:30:00+01:00"),
}


def example(name: MailName, *, optional: bool = True) -> dict[str, Any]:
    """Facts of an invented resident, with or without those that may be missing."""
    fields = FACTS[name].model_fields.items()
    return {field: EXAMPLE[field] for field, info in fields if optional or info.is_required()}
