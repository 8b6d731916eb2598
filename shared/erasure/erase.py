"""Erases a contact everywhere in the link (AVG, article 17), also what is queued, parked or under way.

A step that is under way finds its document gone. For ten minutes (`UNDER_WAY`), which is longer than any step takes,
no document is made for the contact (`work/erasures.py`). After that `erase_again` deletes what a crash left. Events
about the contact are not stored, except that the dossier was deleted, until the contact signs up again or Econobis asks
for a dossier or a coach for it.

Econobis, Hoomdossier and the settings are not changed. When the contact is a coach, its number stays in `visit_coach`
of the residents whom it visited.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime
from functools import partial

from shared.clock import to_text
from shared.domain.erasure import UNDER_WAY, Erasure
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact, of_erased_home
from shared.erasure.find_contact import same_contacts
from shared.erasure.forget_contact import forget_contact, homes_of
from shared.errors import NewerDocument
from shared.events.set_aside import forget_aside, replay_set_aside
from shared.retention import ERASURES, expiry
from shared.work.audit import write_down
from shared.work.services import Services


def erase(
    services: Services, cooperation: str, contact_id: ContactId, by: str, email: str | None = None
) -> Counter[str]:
    """Returns how many things were deleted, as `forget_contact` does, with the unreadable events in the bucket.

    Contacts that are one person in the settings (`merged_contacts`) are erased together. `email` also finds a sign-up
    of which we do not know the contact, because Econobis' answer was lost. `by` is the operator, for the audit line.
    Raises StoreUnavailable; then something may be left, so do it again.
    """
    # Events that were set aside about the contact are stored first, and then deleted with the rest.
    replay_set_aside(services)
    contacts = same_contacts(services, cooperation, contact_id)
    about = of_contact(cooperation, contact_id)
    # Before the deletion, so that a crash does not lose who decided it. A second attempt leaves a second line.
    write_down(services, "erase", about, cooperation=cooperation, by=by, contact_id=contact_id)
    _remember(services, cooperation, contacts)
    gone = forget_contact(services, cooperation, contacts, email)
    gone += forget_aside(services, cooperation, contacts)
    services.store.scrub()
    return gone


def erase_again(services: Services) -> None:
    """Searches once more for each contact that was erased UNDER_WAY ago, because a crash may have left something.

    Raises StoreUnavailable.
    """
    now = services.clock()
    for key, erasure in services.erasures.records.all(order_by="due_at", at_most=to_text(now)):
        with suppress(NewerDocument):  # The next sweep searches again.
            forget_contact(services, erasure.cooperation, [erasure.contact_id], erased_at=erasure.at)
            services.erasures.records.edit(key, partial(_searched, erasure.at))


def _remember(services: Services, cooperation: str, contacts: list[ContactId]) -> None:
    """Stores the erasure before anything is deleted, so that whoever writes after the deletion sees it."""
    now = services.clock()
    for contact in contacts:
        erasure = Erasure(
            cooperation=cooperation,
            contact_id=contact,
            at=now,
            due_at=now + UNDER_WAY,
            expires_at=expiry(ERASURES, now),
        )
        _put(services, of_contact(cooperation, contact), erasure)
        for home in homes_of(services, cooperation, [contact]):
            _put(services, of_erased_home(cooperation, home), erasure.model_copy(update={"due_at": None}))


def _put(services: Services, key: str, erasure: Erasure) -> None:
    services.erasures.records.update(key, lambda _record: erasure)


def _searched(erased_at: datetime, record: Erasure) -> None:
    if record.at == erased_at:  # Else it was erased once more meanwhile, and that search is still due.
        record.due_at = None
