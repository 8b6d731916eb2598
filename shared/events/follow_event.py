"""What follows from an event besides its delivery: an account is known or gone, the resident hears of a visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from shared.domain.keys import of_contact
from shared.domain.local_time import from_amsterdam
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.flows.request_dossier import want_dossier
from shared.flows.want_email import want_email
from shared.work.services import Services


def follow_event(services: Services, key: str, relay: Relay) -> None:
    """May run again after a crash: each step finds what is there already."""
    if relay.contact_id is None:
        return  # It is shown: the event did not say whose home it is in Econobis.
    contact = current_contact(services, relay)
    resident_key = of_contact(relay.cooperation, contact)
    if relay.deleted_at:
        services.residents.update(resident_key, partial(_without_dossier, relay.building_id))
        return
    if relay.account_id and relay.known_as != (contact, relay.account_id):
        resident = services.residents.update(resident_key, partial(_with_account, relay, contact, services.clock()))
        if resident and resident.due_at:
            services.enqueue_if_possible("residents", resident_key, resident)
            want_dossier(services, relay.cooperation, contact, after=timedelta(0))  # Econobis never got the id.
    if relay.change_to_tell(services.clock()):
        services.residents.update(resident_key, partial(_needed, relay))
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


def followed(services: Services, relay: Relay, seen: Relay) -> None:
    """Writes down that `follow_event` was done for what was `seen`."""
    relay.followed_version = max(relay.followed_version, seen.version)
    relay.known_as = (current_contact(services, seen), seen.account_id) if seen.account_id else relay.known_as


def current_contact(services: Services, relay: Relay) -> int:
    """The contact whose dossier it is, whatever was merged."""
    return services.cooperations[relay.cooperation].current_contact(relay.contact_id or 0)


def _with_account(relay: Relay, contact: int, now: datetime, stored: Resident | None) -> Resident | None:
    """The event proves that the account exists, which heals a registration whose answer was lost."""
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
    """Until the visit, at least."""
    if stored and relay.appointment:
        stored.is_needed(from_amsterdam(relay.appointment))
    return stored


def _without_dossier(building_id: int, stored: Resident | None) -> Resident | None:
    if stored and stored.building_id in (None, building_id):
        stored.has_no_dossier()
    return stored
