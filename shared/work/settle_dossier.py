"""A person found the dossier of a resident in Hoomdossier: the link takes over its account id, and Econobis gets it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.resident import Resident
from shared.errors import Gone, LinkError
from shared.work.audit import deciding, write_down
from shared.work.requests import want_dossier
from shared.work.services import Services


class AccountTaken(LinkError):
    """`account_id` is known as that of this resident, or the typed one is that of `contact_id`. Nothing was changed."""

    status = 422

    def __init__(self, account_id: int, contact_id: ContactId) -> None:
        super().__init__("another account is known")
        self.account_id = account_id
        self.contact_id = contact_id


def settle_dossier(services: Services, cooperation: str, contact_id: ContactId, account_id: int, by: str) -> bool:
    """Stores the account id, and makes what follows from it due now: the welcome, and links that waited for it.

    Econobis is asked to ask for the dossier, and then gets the id as the answer. A dead letter about the dossier is one
    no more. Returns False when the id was known already. Raises AccountTaken; Gone when there is no such resident (any
    more); Busy while somebody else settles this account, or decides about this resident; StoreUnavailable, then do it
    again: the audit line and what Econobis has to do come before the change.
    """
    current = services.cooperations[cooperation].current_contact(contact_id)
    # Two people may type the same account for two residents at the same moment, or two accounts for one resident.
    with (
        deciding(services, of_contact(cooperation, current)),
        deciding(services, f"account {cooperation} {account_id}"),
    ):
        resident = _found(services, cooperation, contact_id, account_id)
        key, about = of_contact(cooperation, resident.contact_id), of_contact(cooperation, contact_id)
        if not _is_to_settle(resident, account_id):
            return False
        once = f"{about} {account_id} {by}"
        write_down(services, "settle", about, cooperation=cooperation, by=by, contact_id=contact_id, once=once)
        want_dossier(services, cooperation, resident.contact_id)
        is_settled = _store(services, key, account_id, services.clock())
    want_dossier(services, cooperation, resident.contact_id, after=timedelta(0))
    return is_settled


def would_settle_dossier(services: Services, cooperation: str, contact_id: ContactId, account_id: int) -> bool:
    """Whether `settle_dossier` would store the account id. Raises as that one, and changes nothing."""
    return _is_to_settle(_found(services, cooperation, contact_id, account_id), account_id)


def _found(services: Services, cooperation: str, contact_id: ContactId, account_id: int) -> Resident:
    """Raises Gone, AccountTaken when the account is known as that of another person, and StoreUnavailable."""
    resident = services.find_resident(cooperation, contact_id)
    if resident is None:
        raise Gone("there is no such resident")
    if others := services.other_owners(cooperation, contact_id, account_id=account_id):
        raise AccountTaken(account_id, min(others))
    return resident


def _is_to_settle(resident: Resident, account_id: int) -> bool:
    if resident.account_id not in {None, account_id}:
        raise AccountTaken(resident.account_id, resident.contact_id)
    return resident.account_id is None or resident.parked is not None


def _store(services: Services, key: str, account_id: int, now: datetime) -> bool:
    settled: list[Resident] = []
    services.records(Resident).update(key, partial(_settled, account_id, now, settled))
    for resident in settled:
        services.enqueue_if_possible(key, resident)
    return bool(settled)


def _settled(account_id: int, now: datetime, settled: list[Resident], record: Resident | None) -> Resident | None:
    """Fills `settled` with the resident, when something changed."""
    settled.clear()
    if record is None:
        raise Gone("there is no such resident")
    if not _is_to_settle(record, account_id):
        return None
    record.set_account(account_id, now)
    record.schedule(now)
    settled.append(record)
    return record
