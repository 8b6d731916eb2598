"""Reads what is kept of one resident or sign-up for its page, with bounds, so that a page reads fewer than 200."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.dead_letters.find import DeadLetter, letters_in, with_advice
from shared.domain.dossier_request import DossierRequest
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.link import Link
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.domain.work import Work
from shared.work.kinds import kind_of
from shared.work.services import Services

MOST = 20
"""Documents of one kind per contact."""
MOST_CONTACTS = 2
"""So many merged contacts of one person are read, the present one first."""


@dataclass(frozen=True)
class Kept:
    """The work about one person, by key. `resident` is None for a sign-up without a contact."""

    cooperation: str
    resident: Resident | None = None
    sign_ups: dict[str, Submission] = field(default_factory=dict)
    requests: dict[str, DossierRequest] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    homes: dict[str, Relay] = field(default_factory=dict)
    mails: dict[str, OutgoingMail] = field(default_factory=dict)

    def work(self) -> Iterator[tuple[str, Work]]:
        """All of it, in the order of the journey."""
        yield from self.sign_ups.items()
        yield from self.requests.items()
        if self.resident:
            yield of_contact(self.cooperation, self.resident.contact_id), self.resident
        yield from self.links.items()
        yield from self.homes.items()
        yield from self.mails.items()


def kept_of(services: Services, cooperation: str, contact_id: ContactId) -> Kept | None:
    """What is kept of a contact and of those that were merged with it; None for an unknown contact.

    Raises StoreUnavailable.
    """
    resident = services.find_resident(cooperation, contact_id)
    if resident is None:
        return None
    kept = Kept(cooperation, resident)
    for contact in services.cooperations[cooperation].contacts_of(contact_id)[:MOST_CONTACTS]:
        _read(services, cooperation, contact, kept)
    return kept


def kept_of_sign_up(services: Services, cooperation: str, key: str) -> Kept | None:
    """A sign-up; None when the cooperation has none with this key. Raises StoreUnavailable."""
    try:
        submission = services.records(Submission).get(key)
    except ValueError:  # It is no key of a document.
        return None
    if submission is None or submission.cooperation != cooperation:
        return None
    return Kept(cooperation, sign_ups={key: submission})


def dead_letters_of(services: Services, kept: Kept) -> list[DeadLetter]:
    """What of it only a person can go on with."""
    return [
        with_advice(services, letter)
        for key, work in kept.work()
        if work.needs_person
        for letter in letters_in(kind_of(type(work)).collection, key, work)
    ]


def _read(services: Services, cooperation: str, contact: ContactId, kept: Kept) -> None:
    of_them: dict[str, Any] = {"cooperation": cooperation, "contact_id": contact}
    kept.sign_ups.update(services.records(Submission).find(where=of_them, limit=MOST))
    kept.homes.update(services.records(Relay).find(where=of_them, limit=MOST))
    kept.mails.update(services.records(OutgoingMail).find(where=of_them, limit=MOST))
    linked = {"cooperation": cooperation, "resident_contact_id": contact}
    kept.links.update(services.records(Link).find(where=linked, limit=MOST))
    key = of_contact(cooperation, contact)
    if request := services.records(DossierRequest).get(key):
        kept.requests[key] = request
