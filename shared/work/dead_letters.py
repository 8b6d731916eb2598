"""What retrying will not mend: shown with its reason, and replayed, closed or forgotten by a person's decision.

A replay is a new task at the limiter's pace, and never a call of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.blobs.port import Blob
from shared.domain.relay import EventKind, Relay
from shared.domain.resident import Resident
from shared.domain.retention import DEAD_LETTERS
from shared.domain.work import Parked, Work
from shared.errors import Refused
from shared.events.keep_event import NOT_A_PDF, delete_unused_blobs
from shared.flows.request_dossier import want_dossier
from shared.work.audit import write_down
from shared.work.services import RUN_BY, Services


class CannotReplay(Refused):
    """Doing it again cannot help; the reason says what can."""


@dataclass(frozen=True)
class DeadLetter:
    """`kind` is a kind of event, for a relay only. `parked` is why, and what to do about it."""

    collection: str
    key: str
    cooperation: str
    parked: Parked
    kind: EventKind | None = None

    @property
    def id(self) -> str:
        return "/".join(part for part in (self.collection, self.key, self.kind) if part)


def find_dead_letters(services: Services, cooperation: str | None = None) -> Iterator[DeadLetter]:
    for collection in RUN_BY:
        where = {"needs_person": True, **({"cooperation": cooperation} if cooperation else {})}
        for key, work in services.work(collection).all(where=where):
            yield from _letters(collection, key, work)


def _letters(collection: str, key: str, work: Work) -> Iterator[DeadLetter]:
    if isinstance(work, Relay) and not work.parked:
        for kind, item in work.items.items():
            if item.parked:
                yield DeadLetter(collection, key, work.cooperation, item.parked, kind)
    elif work.parked:
        yield DeadLetter(collection, key, work.cooperation, work.parked)


def replay(services: Services, letter: DeadLetter, by: str) -> None:
    """Work again, due now; one that is no dead letter any more stays as it is. Raises CannotReplay."""
    if letter.parked.final or letter.parked.reason == NOT_A_PDF:  # An older dead letter does not say `final`.
        raise CannotReplay(letter.parked.advice)
    now = services.clock()
    if letter.collection == "residents":
        _ask_again(services, letter.key)
    elif letter.kind:
        _change(services, letter, partial(_release_item, letter.kind, now))
    else:
        _change(services, letter, lambda work: work.release(now))
    write_down(services, "replay", letter.id, cooperation=letter.cooperation, by=by)


def close(services: Services, letter: DeadLetter, by: str) -> None:
    """A person saw that it is all right, or does not want it any more. Its content goes."""
    if letter.kind:
        _change(services, letter, partial(_close_item, letter.kind))
    else:
        _change(services, letter, lambda work: work.close(services.clock()))
    write_down(services, "close", letter.id, cooperation=letter.cooperation, by=by)


def settle(services: Services, letter: DeadLetter, account_id: int, by: str) -> None:
    """A person looked up which account Hoomdossier made. What follows from it is done. Raises CannotReplay."""
    if letter.collection != "residents":
        raise CannotReplay("Alleen bij een dossier (residents/…) hoort een account-id.")

    def has_account(resident: Resident) -> None:
        resident.has_account(account_id, services.clock())
        resident.schedule(services.clock())

    _change(services, letter, has_account)
    contact_id = int(letter.key.rpartition(":")[2])
    want_dossier(services, letter.cooperation, contact_id, after=timedelta(0))  # Econobis is to get it too.
    write_down(services, "settle", letter.id, cooperation=letter.cooperation, by=by)


def forget_old(services: Services) -> int:
    """What nobody mended in time goes, with its content."""
    before = services.clock() - DEAD_LETTERS
    old = [letter for letter in find_dead_letters(services) if letter.parked.at < before]
    for letter in old:
        if letter.kind:
            _change(services, letter, partial(_forget_item, letter.kind))
        else:
            _change(services, letter, lambda work: work.finish())
        write_down(services, "forget", letter.id, cooperation=letter.cooperation, by="retention")
    return len(old)


def _release_item(kind: EventKind, now: datetime, relay: Relay) -> None:
    """Replayed, an event of another contact is taken at its word, a delete that was held is confirmed, and a visit of
    which the date was removed was not done.
    """
    item = relay.items[kind]
    item.release(now)
    relay.contact_id = item.contact_id or relay.contact_id
    relay.version += 1
    if kind == "delete":
        relay.bar(item)
    if kind == "appointment" and relay.appointment is None:
        relay.executed = False
    relay.settle()


def _close_item(kind: EventKind, relay: Relay) -> None:
    relay.close_item(kind)
    relay.settle()


def _forget_item(kind: EventKind, relay: Relay) -> None:
    relay.items[kind].forget()
    relay.settle()


def _is_still(letter: DeadLetter, work: Work) -> bool:
    if letter.kind and isinstance(work, Relay):
        item = work.items.get(letter.kind)
        return item is not None and item.parked is not None
    return work.needs_person


def _change(services: Services, letter: DeadLetter, change: Callable[[Any], None]) -> None:
    blobs: list[Blob] = []

    def on_work(work: Work | None) -> Work | None:
        if work is None or not _is_still(letter, work):
            return None
        blobs[:] = work.blobs if isinstance(work, Relay) else []
        change(work)
        return work

    work = services.work(letter.collection).update(letter.key, on_work)
    delete_unused_blobs(services, blobs, work if isinstance(work, Relay) else None)
    if work:
        services.enqueue_if_possible(letter.collection, letter.key, work)


def _ask_again(services: Services, key: str) -> None:
    """Somebody took the dossier, or its contact id, out of Hoomdossier. Only Econobis can ask for a new one."""

    def on_resident(resident: Resident | None) -> Resident | None:
        if resident is None or not resident.needs_person:
            return None
        resident.registration = None
        resident.finish()
        return resident

    resident = services.residents.update(key, on_resident)
    if resident:
        want_dossier(services, resident.cooperation, resident.contact_id)
