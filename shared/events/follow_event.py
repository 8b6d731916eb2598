"""What follows from an event besides its delivery: an account is known or gone, and letters about the visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from shared.domain.keys import of_contact
from shared.domain.local_time import from_amsterdam
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.work.requests import want_dossier, want_email
from shared.work.services import Services


def follow_event(services: Services, key: str, relay: Relay) -> None:
    """May run again after a crash: each step finds what is there already."""
    if relay.contact_id is None:
        return  # It is a dead letter: the event does not say whose home it is in Econobis.
    contact = current_contact(services, relay)
    resident_key = of_contact(relay.cooperation, contact)
    if relay.deleted_at:
        services.records(Resident).update(resident_key, partial(_without_dossier, relay.building_id))
        return
    if relay.account_id and relay.known_as != (contact, relay.account_id):
        resident = services.records(Resident).update(
            resident_key, partial(_with_account, relay, contact, services.clock())
        )
        if resident and resident.due_at:
            services.enqueue_if_possible(resident_key, resident)
            want_dossier(services, relay.cooperation, contact, after=timedelta(0))  # Econobis never got the id.
    if relay.change_to_tell(services.clock()):
        services.records(Resident).update(resident_key, partial(_needed, relay))
        version = relay.items["appointment"].version
        want_email(
            services,
            f"appointment-{key}-{version}",
            relay.cooperation,
            kind="appointment",
            contact_id=contact,
            building_id=relay.building_id,
            version=version,
        )


def current_contact(services: Services, relay: Relay) -> int:
    """The contact whose dossier it is; of merged contacts the one that is left."""
    return services.cooperations[relay.cooperation].current_contact(relay.contact_id or 0)


def _with_account(relay: Relay, contact: int, now: datetime, stored: Resident | None) -> Resident | None:
    """The event proves that the account exists. So it settles a registration whose answer was lost."""
    resident = stored or Resident.first_seen(relay.cooperation, contact, now)
    if (resident.account_id, resident.building_id) == (relay.account_id, relay.building_id):
        return None
    was_unknown = resident.account_id is None and resident.registration is not None
    resident.building_id = relay.building_id
    resident.expires_at = relay.expires_at
    assert relay.account_id is not None
    resident.has_account(relay.account_id, now)
    if was_unknown:
        resident.schedule(now)
    return resident


def _needed(relay: Relay, stored: Resident | None) -> Resident | None:
    """The personal data is needed at least until the visit."""
    if stored and relay.appointment:
        stored.is_needed(from_amsterdam(relay.appointment))
    return stored


def _without_dossier(building_id: int, stored: Resident | None) -> Resident | None:
    if stored and stored.building_id in (None, building_id):
        stored.has_no_dossier()
    return stored
