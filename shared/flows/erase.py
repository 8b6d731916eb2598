"""Forgets a contact everywhere in the link (AVG, article 17), whatever is queued, parked or under way.

What is under way finds its document gone, and writes nothing. Econobis and Hoomdossier are not touched.
"""

from __future__ import annotations

from shared.domain.keys import of_contact, secret_key
from shared.flows.audit import write_down
from shared.flows.keep_event import delete_unused_blobs
from shared.flows.set_aside import take_up
from shared.services import Services


def erase(services: Services, cooperation: str, contact_id: int, by: str, email: str | None = None) -> int:
    """How many documents went; an audit line says who decided it. Contacts that were merged into it go along.

    `email` also finds a sign-up of which we do not know whose contact it became: Econobis' answer was lost.
    """
    take_up(services)  # What was set aside would come back after it.
    key = of_contact(cooperation, contact_id)
    resident = services.residents.get(key)
    found = [("residents", key), ("dossier_requests", key)]
    found += _relays(services, cooperation, contact_id)
    found += [
        (collection, work_key)
        for collection, field in (
            ("submissions", "contact_id"),
            ("mails", "contact_id"),
            ("links", "resident_contact_id"),
            ("links", "coach_contact_id"),
        )
        for work_key, _ in services.work(collection).all(where={"cooperation": cooperation, field: contact_id})
    ]
    email_keys = {resident.email_key} if resident and resident.email_key else set()
    if email:
        secret = services.cooperations[cooperation].econobis.webform_key
        email_keys.add(secret_key(secret, cooperation, email.strip().casefold()))
    found += _submissions_of(services, cooperation, email_keys)
    for collection, work_key in dict.fromkeys(found):
        services.work(collection).delete(work_key)
    write_down(services, "erase", key, cooperation=cooperation, by=by)
    return len(dict.fromkeys(found))


def _relays(services: Services, cooperation: str, contact_id: int) -> list[tuple[str, str]]:
    keys = []
    for contact in {contact_id, *services.cooperations[cooperation].contacts_of(contact_id)}:
        for key, relay in services.relays.all(where={"cooperation": cooperation, "contact_id": contact}):
            delete_unused_blobs(services, relay.blobs, None)
            keys.append(("relays", key))
    return keys


def _submissions_of(services: Services, cooperation: str, email_keys: set[str]) -> list[tuple[str, str]]:
    """Those of this person that have no contact yet."""
    return [
        ("submissions", key)
        for email_key in email_keys
        for key, _ in services.submissions.all(where={"cooperation": cooperation, "email_key": email_key})
    ]
