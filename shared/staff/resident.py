"""What the page of one resident, or of one sign-up, shows: where somebody stands, what waits, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.dead_letters.find import DeadLetter
from shared.domain.ids import ContactId
from shared.domain.journey import Place
from shared.domain.keys import of_contact
from shared.domain.resident import Address, Person, Resident
from shared.domain.submission import Submission
from shared.staff.kept import Kept, dead_letters_of, kept_of, kept_of_sign_up
from shared.staff.peer_pages import contact_page, dossier_page
from shared.staff.rows import campaign_name, coach_name, is_late, place_of_sign_up
from shared.staff.story import Entry, story_of
from shared.staff.waiting import Waiting, waiting_of
from shared.work.audit import write_down_reading
from shared.work.services import Services
from shared.work.try_now import can_hurry


@dataclass(frozen=True)
class Shown:
    """`contact_id` is the present one, None for a sign-up. `coach` and `campaign` are names; `""`: none.

    `late`: waits longer than `limit_days`. `requested`: a dossier is being asked for. `can_hurry`: something waits that
    can be tried now. `contact_page` and `dossier_page` are addresses at the peers, `""` when there is no such page yet.
    `removal_ignored`: as in Relay, of any of the homes.
    """

    contact_id: ContactId | None
    person: Person
    address: Address
    place: Place
    form: str
    coach: str
    campaign: str
    late: bool
    limit_days: int
    requested: bool
    can_hurry: bool
    letters: Sequence[DeadLetter]
    waiting: Sequence[Waiting]
    story: Sequence[Entry]
    contact_page: str = ""
    dossier_page: str = ""
    resident: Resident | None = None
    removal_ignored: bool = False


def show_resident(services: Services, cooperation: str, contact_id: ContactId, by: str) -> Shown | None:
    """None for an unknown contact. Leaves an audit line that `by` looked. Raises StoreUnavailable."""
    kept = kept_of(services, cooperation, contact_id)
    if kept is None or kept.resident is None:
        return None
    settings, resident = services.cooperations[cooperation], kept.resident
    current = settings.current_contact(contact_id)
    _write_down_reading(services, cooperation, current, by)
    decisions = services.audit.decisions_about(cooperation, current)
    place, now = resident.place(), services.clock()
    return Shown(
        contact_id=current,
        person=resident.person,
        address=resident.address,
        place=place,
        form=resident.form,
        coach=coach_name(settings, resident.coach),
        campaign=campaign_name(settings, resident.campaign_id),
        late=is_late(settings, place, now),
        limit_days=settings.longest_waits.days(place.waits_for),
        requested=any(request.state == "waiting" for request in kept.requests.values()),
        can_hurry=_can_hurry(kept, now),
        letters=dead_letters_of(services, kept),
        waiting=waiting_of(services, kept),
        story=story_of(settings, kept, decisions),
        contact_page=contact_page(settings, current),
        dossier_page=dossier_page(settings, resident.building_id),
        resident=resident,
        removal_ignored=any(relay.removal_ignored for relay in kept.homes.values()),
    )


@dataclass(frozen=True)
class Named:
    """A resident as a form about one calls him. `contact_id` is the present one; `name` is `""` when it was dropped."""

    contact_id: ContactId
    name: str


def name_resident(services: Services, cooperation: str, contact_id: ContactId, by: str) -> Named | None:
    """Reads no more than the name. For the rest as `show_resident`."""
    resident = services.find_resident(cooperation, contact_id)
    if resident is None:
        return None
    current = services.cooperations[cooperation].current_contact(contact_id)
    _write_down_reading(services, cooperation, current, by)
    return Named(current, resident.person.full_name)


def show_sign_up(
    services: Services, cooperation: str, key: str, by: str
) -> tuple[Submission, Shown] | ContactId | None:
    """A sign-up; the contact that it has by now, whose page shows all of it; None when there is none with this key.

    Leaves an audit line that `by` looked at the sign-up. Raises StoreUnavailable.
    """
    kept = kept_of_sign_up(services, cooperation, key)
    if kept is None:
        return None
    settings, submission, now = services.cooperations[cooperation], kept.sign_ups[key], services.clock()
    if submission.contact_id is not None:
        return settings.current_contact(submission.contact_id)
    write_down_reading(services, f"submissions/{key}", cooperation=cooperation, by=by)
    sign_up, place = submission.sign_up, place_of_sign_up(submission)
    return submission, Shown(
        contact_id=None,
        person=sign_up.person if sign_up else Person(),
        address=sign_up.address if sign_up else Address(),
        place=place,
        form=submission.form,
        coach="",
        campaign=campaign_name(settings, submission.campaign_id),
        late=submission.state != "done" and is_late(settings, place, now),
        limit_days=settings.longest_waits.days(place.waits_for),
        requested=False,
        can_hurry=_can_hurry(kept, now),
        letters=dead_letters_of(services, kept),
        waiting=waiting_of(services, kept),
        story=story_of(settings, kept, []),
    )


def _write_down_reading(services: Services, cooperation: str, current: ContactId, by: str) -> None:
    about = of_contact(cooperation, current)
    write_down_reading(services, about, cooperation=cooperation, by=by, contact_id=current)


def _can_hurry(kept: Kept, now: datetime) -> bool:
    return any(can_hurry(work, now) for _, work in kept.work())
