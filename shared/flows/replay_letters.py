"""Sends many dead letters again, a few at a time, and then looks what came of them.

A step writes down which ones it takes, makes them due, and writes down that it did. After a crash in between the next
task takes the same ones: those that were made due carry the key of this replay. Their calls are made by their own
tasks, at the limiter's pace.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial

from shared.dead_letters.causes import page_of
from shared.dead_letters.decide import replay
from shared.dead_letters.find import bring_up_to_date, job_of, letter_named, read_job
from shared.domain.dossier_request import DossierRequest
from shared.domain.replay import AT_ONCE, WATCHED, Replay
from shared.domain.resident import Resident
from shared.work.kinds import kind_of
from shared.work.records import Stored
from shared.work.services import Services

LOOKED_AT = 200
"""So many are looked at in one step."""
_SOON, _LATER = timedelta(seconds=30), timedelta(minutes=10)
_HURRY = timedelta(hours=1)


def replay_letters(services: Services, key: str, stored: Stored[Replay]) -> None:
    """One step. May run again after a crash: each step finds what was done already."""
    record = stored.record
    if record.batch:
        record = _send(services, key, stored)
    elif record.all_sent_at is None:
        record = _take(services, key, stored)
    else:
        record = _look(services, key, stored)
    services.enqueue(key, record)


# -- sending -----------------------------------------------------------------------------------------------------------


def _take(services: Services, key: str, stored: Stored[Replay]) -> Replay:
    """Chooses the next ones. Only those that were dead letters when the person decided."""
    record = stored.record
    if not record.cursor:
        bring_up_to_date(services, record.cooperation)
    found, cursor = page_of(services, record.cooperation, record.chosen, record.cursor, AT_ONCE)
    old = [letter for letter in found if letter.parked.at < record.before]
    batch = [letter.id for letter in old if not letter.final and record.chosen.takes(letter.parked.code)]
    cannot = sum(letter.final for letter in old)
    taken = partial(_taken, record.cursor, cursor, batch, services.clock(), cannot)
    return _changed(services, key, taken, stored)


def _taken(  # noqa: PLR0913, PLR0917  (a step)
    before: str, after: str, batch: list[str], now: datetime, cannot: int, record: Replay
) -> None:
    if record.cursor != before or record.batch or record.all_sent_at:
        return  # Another task did this step.
    record.take(batch, after, now, cannot=cannot)
    record.schedule(now)


def _send(services: Services, key: str, stored: Stored[Replay]) -> Replay:
    """Makes the batch due."""
    record = stored.record
    batch = list(record.batch)
    sent = [letter_id for letter_id in batch if _is_sent(services, key, record, letter_id)]
    return _changed(services, key, partial(_noted, batch, sent, services), stored)


def _is_sent(services: Services, key: str, record: Replay, letter_id: str) -> bool:
    """Whether this replay made it due, now or before a crash."""
    stored = read_job(services, letter_id)
    if stored is None:
        return False
    letter = letter_named(letter_id, stored)
    if letter and letter.parked.at < record.before and not letter.final:
        return replay(services, letter, record.by, part_of=key, known=stored)
    job = job_of(letter_id, stored.record)
    return job is not None and job.replayed_by == key


def _noted(batch: list[str], sent: list[str], services: Services, record: Replay) -> None:
    if record.batch == batch:  # Else another task did this step.
        record.note_sent(sent, passed_by=len(batch) - len(sent))
        record.schedule(services.clock())


# -- what came of it ---------------------------------------------------------------------------------------------------


def _look(services: Services, key: str, stored: Stored[Replay]) -> Replay:
    looked = stored.record.left[:LOOKED_AT]
    still: list[str] = []
    again: Counter[str] = Counter()
    for letter_id in looked:
        outcome = _outcome(services, letter_id)
        if outcome == "waiting":
            still.append(letter_id)
        elif outcome != "done":
            again[outcome] += 1
    return _changed(services, key, partial(_noted_look, looked, still, again, services), stored)


def _outcome(services: Services, letter_id: str) -> str:
    """`waiting`, `done` (also when it is gone), or the cause for which it is a dead letter again."""
    stored = read_job(services, _followed(letter_id))
    job = job_of(letter_id, stored.record) if stored else None
    if job is None:
        return "done"
    return job.parked.code if job.parked else job.state


def _followed(letter_id: str) -> str:
    """The id of what has to be done. For a dossier that is the request of Econobis for it."""
    residents, requests = (kind_of(model).collection for model in (Resident, DossierRequest))
    return letter_id.replace(f"{residents}/", f"{requests}/", 1) if letter_id.startswith(f"{residents}/") else letter_id


def _noted_look(looked: list[str], still: list[str], again: Counter[str], services: Services, record: Replay) -> None:
    if record.left[: len(looked)] != looked:
        return  # Another task did this step.
    record.note_looked(looked, still, again)
    now = services.clock()
    assert record.all_sent_at
    age = now - record.all_sent_at
    if not record.left or age >= WATCHED:
        record.left = []
        record.finish()
    else:
        record.schedule(now + (_SOON if age < _HURRY else _LATER))


def _changed(services: Services, key: str, change: partial[None], stored: Stored[Replay]) -> Replay:
    changed = services.records(Replay).edit(key, change, stored)
    return changed or stored.record
