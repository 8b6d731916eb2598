"""What a person decides about a dead letter: replay, close or settle it. `forget_old` drops those that nobody decided.

A replay makes a task, which calls the peer later, at the limiter's pace. Each decision leaves an audit line. Every
function raises StoreUnavailable; then do it again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from shared.blobs.port import Blob
from shared.dead_letters.find import DeadLetter, find_dead_letters
from shared.domain.ids import ContactId
from shared.domain.relay import EventKind, Relay
from shared.domain.resident import Resident
from shared.domain.work import Work
from shared.errors import Refused
from shared.events.blobs import delete_unused_blobs
from shared.retention import DEAD_LETTERS
from shared.work.audit import Action, write_down
from shared.work.kinds import kind_in, kind_of
from shared.work.requests import want_dossier
from shared.work.services import Services


class CannotReplay(Refused):
    """A replay cannot help. The reason says in Dutch what can."""


def replay(services: Services, letter: DeadLetter, by: str) -> None:
    """Makes it due now. Nothing changes when it is no dead letter any more. Raises CannotReplay."""
    if letter.final:
        raise CannotReplay(letter.advice)
    now = services.clock()
    work = _change(
        services, letter, lambda work: work.release(now), item=lambda relay, kind: relay.release_item(kind, now)
    )
    if isinstance(work, Resident):  # Only Econobis can ask for a new dossier.
        want_dossier(services, work.cooperation, work.contact_id)
    _write_down(services, "replay", letter, by)


def close(services: Services, letter: DeadLetter, by: str) -> None:
    """A person did it by hand, or wants nothing done. Drops its content."""
    now = services.clock()
    _change(services, letter, lambda work: work.close(now), item=Relay.close_item)
    _write_down(services, "close", letter, by)


def settle(services: Services, letter: DeadLetter, account_id: int, by: str) -> None:
    """Stores the account id, which a person looked up in Hoomdossier, and makes the follow-up due now.

    Raises CannotReplay when the letter is not about a dossier.
    """
    if letter.collection != kind_of(Resident).collection:
        raise CannotReplay("Alleen bij een dossier (residents/…) hoort een account-id.")
    _change(services, letter, partial(_set_account, account_id, services.clock()))
    contact_id = ContactId(int(letter.key.rpartition(":")[2]))
    want_dossier(services, letter.cooperation, contact_id, after=timedelta(0))  # Econobis has to get it too.
    _write_down(services, "settle", letter, by)


def forget_old(services: Services) -> int:
    """Drops the dead letters that are older than DEAD_LETTERS, with their content. Returns how many."""
    old = list(find_dead_letters(services, before=services.clock() - DEAD_LETTERS))
    for letter in old:
        _change(services, letter, lambda work: work.finish(), item=Relay.forget_item)
        _write_down(services, "forget", letter, by="retention")
    return len(old)


def _set_account(account_id: int, now: datetime, work: Work) -> None:
    assert isinstance(work, Resident)
    work.set_account(account_id, now)
    work.schedule(now)


def _write_down(services: Services, action: Action, letter: DeadLetter, by: str) -> None:
    write_down(services, action, letter.id, cooperation=letter.cooperation, by=by, contact_id=letter.contact_id)


def _nothing(_relay: Relay, _kind: EventKind) -> None:
    """Changes nothing: the default of `_change` for a decision that is never about an item of a relay."""


def _change(
    services: Services,
    letter: DeadLetter,
    work: Callable[[Work], object],
    item: Callable[[Relay, EventKind], object] = _nothing,
) -> Work | None:
    """Changes the document by `work`; the item of a relay by `item`. None: it is no dead letter any more.

    Deletes the blobs that nothing refers to afterwards.
    """
    records = services.records(kind_in(letter.collection).model)
    stored = records.read(letter.key)
    if stored is None or not _is_still(letter, stored.record):
        return None
    blobs: list[Blob] = []
    changed = records.update(letter.key, partial(_changed, letter, work, item, blobs), stored)
    delete_unused_blobs(services, blobs, changed if isinstance(changed, Relay) else None)
    if changed:
        services.enqueue_if_possible(letter.key, changed)
    return changed


def _changed(
    letter: DeadLetter,
    on_work: Callable[[Work], object],
    on_item: Callable[[Relay, EventKind], object],
    blobs: list[Blob],
    work: Work | None,
) -> Work | None:
    """Fills `blobs` with those that the work had before."""
    if work is None or not _is_still(letter, work):
        return None
    blobs[:] = work.blobs if isinstance(work, Relay) else []
    if isinstance(work, Relay) and letter.kind:
        on_item(work, letter.kind)
    else:
        on_work(work)
    return work


def _is_still(letter: DeadLetter, work: Work) -> bool:
    if letter.kind and isinstance(work, Relay):
        item = work.items.get(letter.kind)
        return item is not None and item.parked is not None
    return work.needs_person
