"""What a person decides about a dead letter: replay, close or settle it. `forget_old` drops those that nobody decided.

A replay makes a task, which calls the peer later, at the limiter's pace. Each decision leaves an audit line. Every
function raises StoreUnavailable; then do it again. They raise Busy while somebody else decides about the same work.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from shared.blobs.port import Blob
from shared.dead_letters.find import DeadLetter, add_derived, letters_in
from shared.domain.dossier_request import DossierRequest
from shared.domain.ids import ContactId
from shared.domain.relay import EventKind, Relay
from shared.domain.resident import Resident
from shared.domain.work import Work
from shared.errors import Busy, Gone, NewerDocument, Refused
from shared.events.blobs import delete_unused_blobs
from shared.retention import DEAD_LETTERS
from shared.work.audit import Action, deciding, write_down
from shared.work.kinds import KINDS, kind_in, kind_of
from shared.work.records import Stored
from shared.work.requests import want_dossier
from shared.work.services import Services
from shared.work.settle_dossier import settle_dossier, would_settle_dossier


class CannotReplay(Refused):
    """A replay cannot help. The reason says in Dutch what can."""


def replay(
    services: Services, letter: DeadLetter, by: str, *, part_of: str = "", known: Stored[Any] | None = None
) -> bool:
    """Makes it due now. False when it is no dead letter any more: then nothing changes. Raises CannotReplay.

    `part_of`: the key of the bulk `Replay` that does this, which has one audit line for all. `known` is the work as it
    was just read.
    """
    check_replay(letter)
    now = services.clock()
    release = partial(_release, now, part_of)
    changed = _decide(
        services,
        letter,
        None if part_of else partial(_write_down, services, "replay", letter, by),
        release,
        item=partial(_release_item, now, part_of),
        first=partial(want_dossier, services, letter.cooperation),
        known=known,
    )
    return changed is not None


def check_replay(letter: DeadLetter) -> None:
    """Raises CannotReplay."""
    if letter.final:
        raise CannotReplay(letter.advice)


def close(services: Services, letter: DeadLetter, by: str) -> bool:
    """A person did it by hand, or wants nothing done. Drops its content. False when it is no dead letter any more."""
    now = services.clock()
    told = partial(_write_down, services, "close", letter, by)
    return _decide(services, letter, told, lambda work: work.close(now), item=Relay.close_item) is not None


def settle(services: Services, letter: DeadLetter, account_id: int, by: str) -> bool:
    """Stores the account id, which a person looked up in Hoomdossier, and makes the follow-up due now.

    When the link knew the id already, Econobis has only to ask for it again. False when it is no dead letter any more.
    Raises CannotReplay when the letter is not about a dossier, or the resident is not known (any more), and
    AccountTaken and Busy as `settle_dossier`.
    """
    if _settled(services, letter, partial(settle_dossier, services, account_id=account_id, by=by)):
        return True
    return _is_request(letter) and replay(services, letter, by)


def would_settle(services: Services, letter: DeadLetter, account_id: int) -> bool:
    """What `settle` would return. Raises as `settle`, and changes nothing."""
    if _settled(services, letter, partial(would_settle_dossier, services, account_id=account_id)):
        return True
    if _is_request(letter):
        check_replay(letter)
    return _is_request(letter) and _stands(services, letter)


def _settled(services: Services, letter: DeadLetter, settle_resident: Callable[[str, ContactId], bool]) -> bool:
    if not can_settle(letter) or letter.contact_id is None:
        raise CannotReplay("Alleen bij een dossier (residents/… of dossier_requests/…) hoort een account-id.")
    if not _stands(services, letter):
        return False
    try:
        return settle_resident(letter.cooperation, letter.contact_id)
    except Gone as error:
        raise CannotReplay("Deze bewoner is niet (meer) bekend bij de koppeling.") from error


def can_settle(letter: DeadLetter) -> bool:
    """Whether the account id of a dossier settles it."""
    return letter.collection == kind_of(Resident).collection or _is_request(letter)


def _is_request(letter: DeadLetter) -> bool:
    return letter.collection == kind_of(DossierRequest).collection


def _stands(services: Services, letter: DeadLetter) -> bool:
    work = services.records(kind_in(letter.collection).model).get(letter.key)
    return work is not None and _is_still(letter, work)


def forget_old(services: Services) -> int:
    """Drops the dead letters that are older than DEAD_LETTERS, with their content. Returns how many.

    Gives documents that an older version wrote the fields by which `sources.py` finds them.
    """
    before, forgotten = services.clock() - DEAD_LETTERS, 0
    for kind in KINDS:
        for document in services.records(kind.model).documents(needs_person=True):
            with suppress(NewerDocument, Busy):  # Busy: a person decides about it at this moment.
                work = add_derived(services, kind, document)
                old = [it for it in letters_in(kind.collection, document.key, work) if it.parked.at < before]
                for letter in old:
                    told = partial(_write_down, services, "forget", letter, "retention")
                    _decide(services, letter, told, lambda work: work.finish(), item=Relay.forget_item)
                forgotten += len(old)
    return forgotten


def _release(now: datetime, part_of: str, work: Work) -> None:
    work.release(now)
    work.replayed_by = part_of


def _release_item(now: datetime, part_of: str, relay: Relay, kind: EventKind) -> None:
    relay.release_item(kind, now)
    relay.items[kind].replayed_by = part_of


def _write_down(services: Services, action: Action, letter: DeadLetter, by: str) -> None:
    write_down(
        services,
        action,
        letter.id,
        cooperation=letter.cooperation,
        by=by,
        contact_id=letter.contact_id,
        once=f"{letter.id} {letter.parked.in_order} {by}",
    )


def _nothing(*_: object) -> None:
    """The default of `_decide` for a decision that is never about an item of a relay, or needs nothing first."""


@dataclass
class _Before:
    """What `_changed` found: whether it was the dead letter still, and its blobs."""

    was_letter: bool = False
    blobs: list[Blob] = field(default_factory=list)


def _decide(  # noqa: PLR0913  (a decision in its parts)
    services: Services,
    letter: DeadLetter,
    tell: Callable[[], None] | None,
    work: Callable[[Work], object],
    *,
    item: Callable[[Relay, EventKind], object] = _nothing,
    first: Callable[[ContactId], None] = _nothing,
    known: Stored[Any] | None = None,
) -> Work | None:
    """Changes the document by `work`; the item of a relay by `item`. None: it is no dead letter any more.

    `tell` writes the audit line and `first` does what has to follow for a resident, both before the change: after a
    crash in between it is still a dead letter, and to decide once more does both once. Who decides about it at the same
    moment waits, and then finds no dead letter. Deletes the blobs that nothing refers to afterwards.
    """
    records = services.records(kind_in(letter.collection).model)
    with deciding(services, letter.key) if tell else nullcontext():
        stored = known or records.read(letter.key)
        if stored is None or not _is_still(letter, stored.record):
            return None
        if tell:
            tell()
        if isinstance(stored.record, Resident):
            first(stored.record.contact_id)
        before = _Before()
        changed: Work | None = records.update(letter.key, partial(_changed, letter, work, item, before), stored)
    if changed is None or not before.was_letter:
        return None
    delete_unused_blobs(services, before.blobs, changed if isinstance(changed, Relay) else None)
    services.enqueue_if_possible(letter.key, changed)
    return changed


def _changed(
    letter: DeadLetter,
    on_work: Callable[[Work], object],
    on_item: Callable[[Relay, EventKind], object],
    before: _Before,
    work: Work | None,
) -> Work | None:
    """Fills `before`. Somebody else may have decided since the work was read."""
    before.was_letter = work is not None and _is_still(letter, work)
    if work is None or not before.was_letter:
        return None
    before.blobs = work.blobs if isinstance(work, Relay) else []
    if isinstance(work, Relay) and letter.kind:
        on_item(work, letter.kind)
    else:
        on_work(work)
    return work


def _is_still(letter: DeadLetter, work: Work) -> bool:
    """Whether it is this dead letter: parked again later is another one, about which nobody decided yet."""
    job = work.job(letter.kind)
    return job is not None and job.parked is not None and job.parked.at == letter.parked.at
