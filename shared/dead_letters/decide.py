"""What a person decides about a dead letter: replay, close or settle it. `forget_old` decides when nobody did in time.

A replay is a new task at the limiter's pace, and never a call of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from shared.blobs.port import Blob
from shared.dead_letters.find import DeadLetter, find_dead_letters
from shared.domain.relay import EventKind, Relay
from shared.domain.resident import Resident
from shared.domain.retention import DEAD_LETTERS
from shared.domain.work import Work
from shared.errors import Refused
from shared.events.blobs import delete_unused_blobs
from shared.work.audit import write_down
from shared.work.kinds import kind_in, kind_of
from shared.work.requests import want_dossier
from shared.work.services import Services


class CannotReplay(Refused):
    """Doing it again cannot help; the reason says in Dutch what can."""


def replay(services: Services, letter: DeadLetter, by: str) -> None:
    """Has it tried again now. Nothing changes when it is no dead letter any more. Raises CannotReplay."""
    if letter.final:
        raise CannotReplay(letter.advice)
    now = services.clock()
    if letter.kind:
        _change_relay(services, letter, lambda relay, kind: relay.release_item(kind, now))
    else:
        work = _change(services, letter, lambda work: work.release(now))
        if isinstance(work, Resident):  # Only Econobis can ask for a new dossier.
            want_dossier(services, work.cooperation, work.contact_id)
    write_down(services, "replay", letter.id, cooperation=letter.cooperation, by=by)


def close(services: Services, letter: DeadLetter, by: str) -> None:
    """A person saw that it is all right, or does not want it any more. Its content is dropped."""
    if letter.kind:
        _change_relay(services, letter, Relay.close_item)
    else:
        _change(services, letter, lambda work: work.close(services.clock()))
    write_down(services, "close", letter.id, cooperation=letter.cooperation, by=by)


def settle(services: Services, letter: DeadLetter, account_id: int, by: str) -> None:
    """A person looked up which account Hoomdossier made. What follows from it is done. Raises CannotReplay."""
    if letter.collection != kind_of(Resident).collection:
        raise CannotReplay("Alleen bij een dossier (residents/…) hoort een account-id.")
    _change(services, letter, partial(_has_account, services, account_id))
    contact_id = int(letter.key.rpartition(":")[2])
    want_dossier(services, letter.cooperation, contact_id, after=timedelta(0))  # Econobis has to get it too.
    write_down(services, "settle", letter.id, cooperation=letter.cooperation, by=by)


def forget_old(services: Services) -> int:
    """Drops the dead letters that nobody mended in time, with their content. Returns how many."""
    before = services.clock() - DEAD_LETTERS
    old = [letter for letter in find_dead_letters(services) if letter.parked.at < before]
    for letter in old:
        if letter.kind:
            _change_relay(services, letter, Relay.forget_item)
        else:
            _change(services, letter, lambda work: work.finish())
        write_down(services, "forget", letter.id, cooperation=letter.cooperation, by="retention")
    return len(old)


def _has_account(services: Services, account_id: int, work: Work) -> None:
    assert isinstance(work, Resident)
    work.has_account(account_id, services.clock())
    work.schedule(services.clock())


def _change_relay(services: Services, letter: DeadLetter, change: Callable[[Relay, EventKind], None]) -> None:
    kind = letter.kind
    assert kind is not None

    def on_relay(work: Work) -> None:
        assert isinstance(work, Relay)
        change(work, kind)

    _change(services, letter, on_relay)


def _change(services: Services, letter: DeadLetter, change: Callable[[Work], None]) -> Work | None:
    """The work after `change`; None when it is no dead letter any more, and then nothing changes."""
    records = services.records(kind_in(letter.collection).model)
    stored = records.read(letter.key)
    if stored is None or not _is_still(letter, stored.record):
        return None
    blobs: list[Blob] = []
    work = records.update(letter.key, partial(_changed, letter, change, blobs), stored)
    delete_unused_blobs(services, blobs, work if isinstance(work, Relay) else None)
    if work:
        services.enqueue_if_possible(letter.key, work)
    return work


def _changed(letter: DeadLetter, change: Callable[[Work], None], blobs: list[Blob], work: Work | None) -> Work | None:
    """`blobs` gets those that the work had before."""
    if work is None or not _is_still(letter, work):
        return None
    blobs[:] = work.blobs if isinstance(work, Relay) else []
    change(work)
    return work


def _is_still(letter: DeadLetter, work: Work) -> bool:
    if letter.kind and isinstance(work, Relay):
        item = work.items.get(letter.kind)
        return item is not None and item.parked is not None
    return work.needs_person
