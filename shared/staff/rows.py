"""A row of the list of residents: somebody who is in Econobis, or a sign-up that Econobis has not got yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.config import Cooperation
from shared.domain.ids import ContactId
from shared.domain.journey import Place, last_moment
from shared.domain.resident import Address, Person, Resident
from shared.domain.submission import Submission


@dataclass(frozen=True)
class Row:
    """`contact_id` is None for a sign-up, which has the key `sign_up`. `name` is `""` when it was dropped or not known.

    `coach` and `campaign` are names; `""`: none, or not in the settings. `late`: waits longer than the cooperation
    allows. `stuck`: a person has to look.
    """

    contact_id: ContactId | None
    sign_up: str
    name: str
    address: str
    coach: str
    campaign: str
    place: Place
    late: bool
    stuck: bool


def is_late(settings: Cooperation, place: Place, now: datetime) -> bool:
    """Whether the wait is longer than `longest_waits` allows, at `now` (UTC)."""
    days = settings.longest_waits.days(place.waits_for)
    return days > 0 and place.since <= last_moment(now, days)


def row_of_resident(settings: Cooperation, resident: Resident, now: datetime) -> Row:
    """The row of somebody who has a contact in Econobis."""
    place = resident.place()
    return Row(
        contact_id=settings.current_contact(resident.contact_id),
        sign_up="",
        coach=coach_name(settings, resident.coach),
        campaign=campaign_name(settings, resident.campaign_id),
        place=place,
        late=is_late(settings, place, now),
        stuck=resident.needs_person,
        **_who(resident.person, resident.address),
    )


def row_of_sign_up(settings: Cooperation, key: str, submission: Submission, now: datetime) -> Row:
    """The row of a sign-up without a contact."""
    place = place_of_sign_up(submission)
    sign_up = submission.sign_up
    return Row(
        contact_id=None,
        sign_up=key,
        coach="",
        campaign=campaign_name(settings, submission.campaign_id),
        place=place,
        late=is_late(settings, place, now),
        stuck=submission.needs_person,
        **_who(sign_up.person if sign_up else Person(), sign_up.address if sign_up else Address()),
    )


def place_of_sign_up(submission: Submission) -> Place:
    """Where somebody stands who is not in Econobis yet."""
    return Place("signed_up", "intake", submission.accepted_at)


def coach_name(settings: Cooperation, contact_id: ContactId | None) -> str:
    """The coach's name; `contact 345` for one who is not in the settings; `""` for none."""
    coach = settings.coach(contact_id)
    return coach.name if coach else f"contact {contact_id}" if contact_id else ""


def campaign_name(settings: Cooperation, campaign_id: int | None) -> str:
    """The campaign's name; its number when it is not in the settings; `""` for none."""
    campaign = settings.campaigns.get(campaign_id or 0)
    return campaign.name if campaign else str(campaign_id or "")


def _who(person: Person, address: Address) -> dict[str, str]:
    return {"name": person.full_name, "address": address.in_one_line()}
