"""What follows from an event besides its delivery: the resident's account is known or gone, and a letter is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.local_time import from_amsterdam
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
    if relay.deleted_at:
        services.records(Resident).edit(resident_key, partial(_without_dossier, relay.building_id))
        return
    if relay.account_id and relay.known_as != (contact, relay.account_id):
        with_account = partial(_with_account, relay, contact, relay.account_id, services.clock())
        resident = services.records(Resident).update(resident_key, with_account)
        # It is due when its registration had an unknown outcome until now. Then Econobis never got the account id.
        if resident and resident.due_at:
            services.enqueue_if_possible(resident_key, resident)
            want_dossier(services, relay.cooperation, contact, after=timedelta(0))
    if relay.change_to_tell(services.clock()):
        services.records(Resident).edit(resident_key, partial(_keep_personal_data, relay.appointment))
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


def current_contact(services: Services, relay: Relay) -> ContactId | None:
    """The contact whose home it is; of merged contacts the one that is left. None: no event named the contact yet."""
    return relay.contact_id and services.cooperations[relay.cooperation].current_contact(relay.contact_id)


def _with_account(
    relay: Relay, contact: ContactId, account_id: int, now: datetime, record: Resident | None
) -> Resident | None:
    """The event proves that the account exists. So it settles a registration whose answer was lost."""
    resident = record or Resident.first_seen(relay.cooperation, contact, now)
    if (resident.account_id, resident.building_id) == (account_id, relay.building_id):
        return None
    was_unknown = resident.account_id is None and resident.effect is not None
    resident.building_id = relay.building_id
    resident.expires_at = relay.expires_at
    resident.set_account(account_id, now)
    if was_unknown:
        resident.schedule(now)
    return resident


def _keep_personal_data(appointment: str | None, record: Resident) -> None:
    if appointment:
        record.keep_personal_data_from(from_amsterdam(appointment))


def _without_dossier(building_id: int, record: Resident) -> None:
    if record.building_id in (None, building_id):
        record.clear_dossier()
