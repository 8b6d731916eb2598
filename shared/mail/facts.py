"""What each e-mail has to be told. A template sees these names, and `cooperation` (its `MailSettings`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, HttpUrl

from shared.mail.address import one_line

Text = Annotated[str, AfterValidator(one_line)]
MailName = Literal[
    "welcome",
    "coach_linked",
    "coach_digest",
    "appointment_set",
    "appointment_moved",
    "appointment_cancelled",
    "confirm_email",
]


class Facts(BaseModel):
    """Moments are aware: a `datetime`, or ISO text as a document keeps it. A wrong value is not in the error's text."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Welcome(Facts):
    """To a resident, `first_name`, whose dossier was just made. `email` is what they log in with."""

    first_name: Text
    email: Text | None = None
    coach_name: Text | None = None


class ToVisit(Facts):
    """A resident, as the coach is told of one."""

    first_name: Text
    last_name: Text
    address: Text | None = None
    phone: Text | None = None
    email: Text | None = None


class CoachLinked(ToVisit):
    """To a coach who was just linked.

    `dossier_url` leads to this resident's dossier; without it the mail links to where coaches log in.
    """

    coach_name: Text
    dossier_url: HttpUrl | None = None


class CoachDigest(Facts):
    """To a coach who was linked to so many `residents` within an hour that they come in one letter."""

    coach_name: Text
    residents: list[ToVisit]


class ConfirmEmail(Facts):
    """To whoever has the address that somebody filled in at `filled_in_at`. Nothing that was typed is in it.

    Behind `url` is the button that confirms; it works until `until`.
    """

    url: HttpUrl
    filled_in_at: AwareDatetime
    until: AwareDatetime


class AppointmentSet(Facts):
    """To a resident, `first_name`. `address` is the home that is visited."""

    first_name: Text
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
    "coach_digest": CoachDigest,
    "appointment_set": AppointmentSet,
    "appointment_moved": AppointmentMoved,
    "appointment_cancelled": AppointmentCancelled,
    "confirm_email": ConfirmEmail,
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
    "residents": [
        {
            "first_name": "Marie",
            "last_name": "van der Veen",
            "address": "Zonnelaan 12, 1234 AB Zonnedorp",
            "phone": "06 12345678",
            "email": "marie@example.org",
        },
        {"first_name": "Jan", "last_name": "Visser"},
    ],
    "url": "https://link.example.org/receive-webform/zonnig-dorp/aanmelden/confirm/0f8a4c1be7d2953607f1c8ab45e2d970",
    "filled_in_at": datetime.fromisoformat("2026-11-26T14:30:00+01:00"),
    "until": datetime.fromisoformat("2026-12-03T14:30:00+01:00"),
}


def example(name: MailName, *, optional: bool = True) -> dict[str, Any]:
    """Facts of invented residents, with or without those that may be missing."""
    fields = FACTS[name].model_fields.items()
    return {field: EXAMPLE[field] for field, info in fields if optional or info.is_required()}
