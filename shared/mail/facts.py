"""The facts that each e-mail template needs. A template sees these names, and `cooperation` (a `MailSettings`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, HttpUrl

from shared.mail.address import printable_line

Text = Annotated[str, AfterValidator(printable_line)]
"""Any text. It is put on one line of printable characters."""

MailName = Literal[
    "welcome",
    "coach_linked",
    "coach_digest",
    "appointment_set",
    "appointment_moved",
    "appointment_cancelled",
    "confirm_email",
    "staff_digest",
]
"""The name of a mail, which its templates have too (`templates/welcome.txt.j2` and `.html.j2`)."""


class Facts(BaseModel):
    """Moments are aware: a `datetime`, or ISO text as it is stored. An error does not quote a wrong value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Welcome(Facts):
    """To a resident whose dossier was just made. `email` is the address with which they log in."""

    first_name: Text
    email: Text | None = None
    coach_name: Text | None = None


class ToVisit(Facts):
    """A resident whom a coach is going to visit."""

    first_name: Text
    last_name: Text
    address: Text | None = None
    phone: Text | None = None
    email: Text | None = None


class CoachLinked(ToVisit):
    """To a coach who was just linked to a resident.

    `dossier_url` is the address of this resident's dossier; without it the mail links to the page to log in.
    """

    coach_name: Text
    dossier_url: HttpUrl | None = None


class CoachDigest(Facts):
    """To a coach, about all `residents` for whom the hour's letters (`domain/letter_count.py`) were used up."""

    coach_name: Text
    residents: list[ToVisit]


class ConfirmEmail(Facts):
    """To the owner of an address that somebody filled in at `filled_in_at`. Holds nothing else that was typed.

    `url` is the page with the button to confirm, which works until `until`.
    """

    url: HttpUrl
    filled_in_at: AwareDatetime
    until: AwareDatetime


class AppointmentSet(Facts):
    """To a resident, about a new appointment. `address` is the home that the coach visits."""

    first_name: Text
    starts_at: AwareDatetime
    coach_name: Text | None = None
    coach_phone: Text | None = None
    coach_email: Text | None = None
    address: Text | None = None


class AppointmentMoved(AppointmentSet):
    """To a resident. `starts_at` is the new moment, `previous_starts_at` the one that was announced before."""

    previous_starts_at: AwareDatetime


class AppointmentCancelled(AppointmentSet):
    """To a resident. `starts_at` is the moment that was announced and that is cancelled."""


class NeedsPerson(Facts):
    """`count` people or letters, of which one waits since the day of `since`. `url` is the page with them.

    `about` is what they wait for (`domain/journey.py`), longer than `days`; or the collection of work that is stuck.
    """

    about: str
    count: int
    since: AwareDatetime
    days: int = 0
    url: HttpUrl


class StaffDigest(Facts):
    """To a member of staff, on the morning of a working day: what needs a person. `url` is the page with all of it.

    `people` wait too long, and `trouble` is how many pieces of work are stuck.
    """

    url: HttpUrl
    people: int
    trouble: int
    rows: list[NeedsPerson]


FACTS: dict[MailName, type[Facts]] = {
    "welcome": Welcome,
    "coach_linked": CoachLinked,
    "coach_digest": CoachDigest,
    "appointment_set": AppointmentSet,
    "appointment_moved": AppointmentMoved,
    "appointment_cancelled": AppointmentCancelled,
    "confirm_email": ConfirmEmail,
    "staff_digest": StaffDigest,
}

EXAMPLE: dict[str, object] = {
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
    "people": 5,
    "trouble": 1,
    "rows": [
        {
            "about": "submissions",
            "count": 1,
            "since": datetime.fromisoformat("2026-11-25T09:00:00+01:00"),
            "url": "https://link.example.org/show-staff/zonnig-dorp/trouble?kind=submissions",
        },
        {
            "about": "coach",
            "count": 5,
            "since": datetime.fromisoformat("2026-11-02T14:30:00+01:00"),
            "days": 14,
            "url": "https://link.example.org/show-staff/zonnig-dorp/residents?waits_for=coach&longer=14",
        },
    ],
}


def example(name: MailName, *, optional: bool = True) -> dict[str, object]:
    """The facts of a mail about invented people, with or without the optional ones. To check templates."""
    fields = FACTS[name].model_fields.items()
    return {field: EXAMPLE[field] for field, info in fields if optional or info.is_required()}
