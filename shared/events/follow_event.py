"""What follows from an event besides its delivery: the resident's account is known or gone, and a letter is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from shared.domain.home_facts import HomeFacts, facts_of
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.work.requests import want_dossier, want_email
from shared.work.services import Services


def follow_event(services: Services, key: str, relay: Relay) -> None:
    """May run again after a crash: each step finds what was done already. Raises StoreUnavailable."""
    contact = current_contact(services, relay)
    if contact is None:
        return  # It is a dead letter: the event does not say whose home it is in Econobis.
    resident_key = of_contact(relay.cooperation, contact)
    _tell_resident(services, relay, contact, resident_key)
    if relay.deleted_at:
        return
    if relay.change_to_tell(services.clock()):
        version = relay.items["appointment"].version
        want_email(
            services,
            f"appointment-{key}-{version}",
            relay.cooperation,
            "appointment",
            contact_id=contact,
            building_id=relay.building_id,
            version=version,
        )


def _tell_resident(services: Services, relay: Relay, contact: ContactId, resident_key: str) -> None:
    """Writes what the events say to the resident. An event that says nothing new costs nothing."""
    facts = facts_of(relay)
    account_is_known = not relay.account_id or relay.known_as == (contact, relay.account_id)
    if relay.told == facts.digest and account_is_known:
        return
    residents = services.records(Resident)
    if relay.deleted_at:
        residents.edit(resident_key, partial(_without_dossier, relay.building_id, facts))
        return
    was_unknown: list[bool] = []
    learn = partial(_learn, relay, contact, services.clock(), was_unknown)
    resident = residents.update(resident_key, learn)
    # Econobis never got the account id of a registration whose outcome was unknown until now.
    if resident and any(was_unknown):
        services.enqueue_if_possible(resident_key, resident)
        want_dossier(services, relay.cooperation, contact, after=timedelta(0))


def current_contact(services: Services, relay: Relay) -> ContactId | None:
    """The contact whose home it is; of merged contacts the one that is left. None: no event named the contact yet."""
    return relay.contact_id and services.cooperations[relay.cooperation].current_contact(relay.contact_id)


def _learn(
    relay: Relay, contact: ContactId, now: datetime, was_unknown: list[bool], record: Resident | None
) -> Resident:
    """`was_unknown` gets whether the event settled a registration whose answer was lost."""
    resident = record or Resident.first_seen(relay.cooperation, contact, now)
    was_unknown[:] = [False]
    resident.expires_at = relay.expires_at
    if relay.account_id and (resident.account_id, resident.building_id) != (relay.account_id, relay.building_id):
        was_unknown[:] = [resident.account_id is None and resident.effect is not None]
        resident.building_id = relay.building_id
        # The event proves that the account exists, and was made before it: when Econobis asked, as far as we know.
        resident.set_account(relay.account_id, min(resident.asked_at or now, now))
        if was_unknown[0]:
            resident.schedule(now)
    facts = facts_of(relay)
    resident.learn_home(facts)
    if facts.visit_at:
        resident.keep_personal_data_from(facts.visit_at)
    return resident


def _without_dossier(building_id: int, facts: HomeFacts, record: Resident) -> None:
    if record.building_id in (None, building_id):
        record.clear_dossier()
        record.learn_home(facts)
