"""What a coach enters on the own page becomes an event, as if Hoomdossier had sent it, and goes the same way.

For cooperations whose events do not pass through the link, and whose coaches still want Econobis, the agenda and the
resident to know of a visit.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.coach_visit import CancelReason, CoachVisit, coach_visit
from shared.domain.ids import ContactId
from shared.domain.keys import of_building, of_contact
from shared.domain.local_time import to_amsterdam
from shared.domain.quota import Quota
from shared.domain.relay import Relay, is_past
from shared.domain.resident import Resident
from shared.errors import BadInput, StoreUnavailable, TooMany
from shared.events.follow_event import follow_event
from shared.events.keep_event import keep_event
from shared.events.put_event import JUST_ENTERED
from shared.hoomdossier.inbound import Event
from shared.hoomdossier.made_events import Home, appointment_event, executed_event
from shared.logs import log
from shared.words import Words
from shared.work.audit import Action, deciding, write_down
from shared.work.feed_salt import FeedSalt, Pseudonyms
from shared.work.services import Services

Entry = Literal["date", "cancel", "tell"]
Outcome = Literal["date", "cancel", "tell", "already", "newer", "gone", "no_dossier"]
"""What was entered; or why nothing was: it stood there already; somebody changed the visit since the coach saw it; the
resident is not the coach's any more; there is no dossier yet."""

HOURLY = Quota(60, 3600.0)
"""Changes on the page of one coach. Who enters two dozen visits that were, and how they went, stays below it."""

_ACTIONS: dict[Entry, Action] = {"date": "enter_visit", "cancel": "cancel_visit", "tell": "tell_visit"}
_OF_ANOTHER = Words("Deze woning hoort bij een andere bewoner. Kijk of je het adres van het goede dossier hebt.")
_REMOVED = Words("Dit dossier is verwijderd in Hoomdossier.")
_NEEDED = Words("Plak hier het adres van het dossier, of vul het nummer in dat aan het eind ervan staat.")
_ONE_WAS = Words("Er is al een bezoek geweest. Vul voor nog een bezoek een dag in die nog komt.")


@dataclass(frozen=True)
class Entered:
    """What a coach entered about a resident. `seen` is the version of the visit that the coach saw.

    `date` has `at`, a moment; `cancel` has `reason`. `building_id` is Hoomdossier's, None when it was not asked.
    """

    contact_id: ContactId
    entry: Entry
    seen: int
    at: datetime | None = None
    reason: CancelReason | None = None
    building_id: int | None = None


def count_entry(services: Services, salt: FeedSalt, coach: ContactId) -> None:
    """Counts what is sent from the page of a coach, also what is then refused. Raises TooMany."""
    if wait := services.quotas.take(Pseudonyms(salt.salt).id_of("entered", coach), HOURLY):
        raise TooMany("body", Words("Er is in korte tijd heel veel ingevuld."), wait)


def enter_visit(services: Services, cooperation: str, coach: ContactId, entered: Entered) -> Outcome:
    """Stores it as an event. To enter the same twice has one effect.

    Raises BadInput with the fields `building` and `date`; Busy while the same resident is changed; and
    StoreUnavailable, after which it may be entered once more.
    """
    key = of_contact(cooperation, entered.contact_id)
    with deciding(services, f"visits/{key}"):
        resident = services.records(Resident).get(key)
        if resident is None or resident.is_coach or resident.coach != coach:
            return "gone"
        if not resident.account_id:
            return "no_dossier"
        building_id = resident.building_id or _typed(entered.building_id)
        home = of_building(cooperation, building_id)
        relay = services.records(Relay).get(home)
        if not resident.building_id:
            _check_building(services, resident, building_id, relay)
        if relay and relay.followed_version < relay.version:  # What came in is on its way to the resident.
            follow_event(services, home, relay)
            resident = services.records(Resident).get(key) or resident
        if refused := _why_not(resident, relay, entered, services.clock()):
            return refused
        _write_down(services, coach, key, resident, entered)
        event = _event(resident, relay, building_id, coach, entered)
        if not keep_event(services, cooperation, event, JUST_ENTERED):
            return "newer"  # The resident was erased, or the dossier removed, a moment ago.
        _tell_resident(services, home)
    log.info("entered", flow="enter_visit", cooperation=cooperation, kind=entered.entry)
    return entered.entry


def _typed(building_id: int | None) -> int:
    """Raises BadInput when it is missing."""
    if building_id is None:
        raise BadInput({"building": [_NEEDED]})
    return building_id


def _check_building(services: Services, resident: Resident, building_id: int, relay: Relay | None) -> None:
    """Raises BadInput when it was removed, or is of somebody else as far as the link knows."""
    if relay and relay.deleted_at:
        raise BadInput({"building": [_REMOVED]})
    cooperation, contact_id = resident.cooperation, resident.contact_id
    mine = services.cooperations[cooperation].contacts_of(contact_id)
    is_of_another = relay is not None and (
        (relay.contact_id is not None and relay.contact_id not in mine)
        or (bool(relay.account_id) and relay.account_id != resident.account_id)
    )
    if is_of_another or services.other_owners(cooperation, contact_id, building_id=building_id):
        raise BadInput({"building": [_OF_ANOTHER]})


def _why_not(resident: Resident, relay: Relay | None, entered: Entered, now: datetime) -> Outcome | None:
    """None: it can be entered. Raises BadInput for a visit that was, when the link knows of an earlier one already."""
    visit = coach_visit(resident, now)
    if visit is None:
        return "gone"
    if _is_so(visit, relay, entered):
        return "already"
    if visit.version != entered.seen or not _fits(visit, entered.entry):
        return "newer"
    if relay and relay.executed and entered.at and is_past(to_amsterdam(entered.at), now):
        raise BadInput({"date": [_ONE_WAS]})
    return None


def _is_so(visit: CoachVisit, relay: Relay | None, entered: Entered) -> bool:
    if entered.at:
        return relay is not None and relay.appointment == to_amsterdam(entered.at)
    return visit.stands == ("cancelled" if entered.entry == "cancel" else "done")


def _fits(visit: CoachVisit, entry: Entry) -> bool:
    if entry == "date":
        return visit.stands != "done"
    return visit.is_over if entry == "tell" else visit.stands in {"ahead", "to_tell"}


def _event(resident: Resident, relay: Relay | None, building_id: int, coach: ContactId, entered: Entered) -> Event:
    """Names this coach first, whom Econobis takes, and then those who are known to be linked."""
    assert resident.account_id
    home = Home(building_id, resident.user_id, resident.account_id, resident.contact_id)
    coaches = [coach, *(it for it in (relay.coaches if relay else []) if it != coach)]
    if entered.entry == "tell":
        return executed_event(home, coaches)
    return appointment_event(home, entered.at, coaches)


def _write_down(services: Services, coach: ContactId, key: str, resident: Resident, entered: Entered) -> None:
    known = services.cooperations[resident.cooperation].coach(coach)
    assert known is not None  # The page is that of a coach in the settings.
    write_down(
        services,
        _ACTIONS[entered.entry],
        key,
        cooperation=resident.cooperation,
        by=known.email,
        visit_at=entered.at or resident.visit.visit_at,
        reason=entered.reason or "",
    )


def _tell_resident(services: Services, key: str) -> None:
    """So that the page shows it at once. When the store fails now, the task of the event does it."""
    with suppress(StoreUnavailable):
        if relay := services.records(Relay).get(key):
            follow_event(services, key, relay)
