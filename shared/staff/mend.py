"""What staff do for one resident: try now, settle a dossier by hand, erase. Each leaves an audit line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.erasure.erase import erase
from shared.erasure.find_contact import same_contacts
from shared.errors import Gone
from shared.staff.kept import Kept, kept_of, kept_of_sign_up
from shared.work.audit import deciding, write_down
from shared.work.services import Services
from shared.work.settle_dossier import AccountTaken, settle_dossier
from shared.work.try_now import can_hurry, try_now

Tried = Literal["tried", "nothing_to_try", "unknown"]
"""`unknown`: there is no such resident or sign-up (any more)."""


def try_resident_now(services: Services, cooperation: str, contact_id: ContactId, by: str) -> Tried:
    """Makes all that waits for a resident due now. Raises StoreUnavailable, and Busy as `deciding`."""
    current = services.cooperations[cooperation].current_contact(contact_id)
    about = of_contact(cooperation, contact_id)
    with deciding(services, of_contact(cooperation, current)):
        return _try_now(services, kept_of(services, cooperation, contact_id), about, by, contact_id)


def try_sign_up_now(services: Services, cooperation: str, key: str, by: str) -> Tried:
    """As `try_resident_now`, for a sign-up without a contact."""
    with deciding(services, key):
        return _try_now(services, kept_of_sign_up(services, cooperation, key), f"submissions/{key}", by, None)


def _try_now(services: Services, kept: Kept | None, about: str, by: str, contact_id: ContactId | None) -> Tried:
    now = services.clock()  # After it was read: else what somebody else made due meanwhile is tried once more.
    if kept is None:
        return "unknown"
    if not any(can_hurry(work, now) for _, work in kept.work()):
        return "nothing_to_try"
    write_down(services, "try_now", about, cooperation=kept.cooperation, by=by, contact_id=contact_id)
    try_now(services, kept.work())
    return "tried"


@dataclass(frozen=True)
class Settled:
    """How it ended. `other_account`: the account `known` is that of this resident. `other_contact`: the account is that
    of the contact `known`. Then nothing was changed.
    """

    outcome: Literal["settled", "settled_before", "other_account", "other_contact", "unknown"]
    known: int = 0


def settle(services: Services, cooperation: str, contact_id: ContactId, account_id: int, by: str) -> Settled:
    """Takes over the account id of a dossier that exists. Raises StoreUnavailable, and Busy as `deciding`."""
    try:
        is_new = settle_dossier(services, cooperation, contact_id, account_id, by)
    except AccountTaken as taken:
        return refusal(taken, account_id)
    except Gone:
        return Settled("unknown")
    return Settled("settled" if is_new else "settled_before")


def refusal(taken: AccountTaken, account_id: int) -> Settled:
    """Why the account id that somebody typed was refused."""
    if taken.account_id == account_id:
        return Settled("other_contact", taken.contact_id)
    return Settled("other_account", taken.account_id)


def erase_person(services: Services, cooperation: str, contact_id: ContactId, by: str, email: str | None) -> None:
    """Erases the contact, and a sign-up with this e-mail address that has no contact. Raises StoreUnavailable."""
    erase(services, cooperation, contact_id, by, email)


def erased_together(services: Services, cooperation: str, contact_id: ContactId) -> list[ContactId]:
    """The contacts that an erasure of this one erases: those that are the same person in the settings."""
    return same_contacts(services, cooperation, contact_id)


def erased_at(services: Services, cooperation: str, contact_id: ContactId) -> datetime | None:
    """When the contact was erased (UTC); None when it was not, or came back since. Raises StoreUnavailable."""
    erasure = services.erasures.records.get(of_contact(cooperation, contact_id))
    return erasure.at if erasure else None
