"""Forgets a contact everywhere in the link (AVG, article 17), whatever is queued, parked or under way.

A step that is under way finds its document gone. For ten minutes (`UNDER_WAY`), which is longer than any step takes,
nothing new is made for the contact (`work/erasures.py`); after that `erase_again` deletes what a crash left. What
Hoomdossier tells later is not kept, except that the dossier is deleted, until the contact signs up again or Econobis
asks for a dossier or a coach for it.

Econobis and Hoomdossier are not touched, nor are the settings; that a coach once had the visit of a resident stays, as
a number.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

from shared.clock import to_text
from shared.domain.erasure import UNDER_WAY, Erasure
from shared.domain.keys import of_contact, of_erased_home
from shared.domain.retention import ERASURES, expiry
from shared.erasure.forget_contact import forget_contact, homes_of
from shared.events.set_aside import forget_aside, take_up
from shared.work.audit import write_down
from shared.work.services import Services


def erase(services: Services, cooperation: str, contact_id: int, by: str, email: str | None = None) -> Counter[str]:
    """What was there and is gone, as `forget_contact` says it, and what was set aside and cannot be read.

    An audit line says who decided it. Contacts that are one in the settings (`merged_contacts`) go together. `email`
    also finds a sign-up of which we do not know whose contact it became: Econobis' answer was lost. Raises
    StoreUnavailable, and then some of it may be left: it can be done again.
    """
    take_up(services)  # So that it is counted, and what it replaces goes along.
    contacts = same_contacts(services, cooperation, contact_id)
    _remember(services, cooperation, contacts)
    gone = forget_contact(services, cooperation, contacts, email)
    gone += forget_aside(services, cooperation, contacts)
    services.store.scrub()
    write_down(services, "erase", of_contact(cooperation, contact_id), cooperation=cooperation, by=by)
    return gone


def same_contacts(services: Services, cooperation: str, contact_id: int) -> list[int]:
    return sorted({contact_id, *services.cooperations[cooperation].contacts_of(contact_id)})


def erase_again(services: Services) -> None:
    """Once more for each erasure of a while ago: a crash may have left what was under way then."""
    now = services.clock()
    for key, erasure in services.erasures.records.find(order_by="due_at", at_most=to_text(now)):
        forget_contact(services, erasure.cooperation, [erasure.contact_id], erased_at=erasure.at)
        services.erasures.records.update(key, partial(_looked_at, erasure))


def _remember(services: Services, cooperation: str, contacts: list[int]) -> None:
    """Before anything is deleted, so that who writes after that sees it."""
    now = services.clock()
    for contact in contacts:
        erasure = Erasure(
            cooperation=cooperation,
            contact_id=contact,
            at=now,
            due_at=now + UNDER_WAY,
            expires_at=expiry(ERASURES, now),
        )
        services.erasures.records.update(of_contact(cooperation, contact), partial(_now, erasure))
        for home in homes_of(services, cooperation, [contact]):
            of_home = erasure.model_copy(update={"due_at": None})
            services.erasures.records.update(of_erased_home(cooperation, home), partial(_now, of_home))


def _now(erasure: Erasure, _stored: Erasure | None) -> Erasure:
    return erasure


def _looked_at(seen: Erasure, stored: Erasure | None) -> Erasure | None:
    if stored and stored.at == seen.at:
        stored.due_at = None
    return stored
