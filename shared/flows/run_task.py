"""Runs the work that a task names; `work/kinds.py` says which flow does that."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from pydantic import BaseModel, ConfigDict

from shared.domain.keys import hashed
from shared.domain.work import Parked, Work
from shared.errors import Gone, LinkError
from shared.logs import about, broken
from shared.work.kinds import Kind, kind_in
from shared.work.records import Stored
from shared.work.services import Services

MOST_CRASHES = 5
PAUSE = timedelta(seconds=5)
"""Before the second try after a crash. Each next pause is four times as long."""


class Task(BaseModel):
    """The body of a task: the document to work on, and its generation when the task was made."""

    model_config = ConfigDict(extra="ignore")

    collection: str
    key: str
    generation: int


def run_task(services: Services, task: Task) -> None:
    """Runs the flow of the document. Raises Busy and StoreError, after which the queue repeats the task.

    `task.collection` is one of `kinds.KINDS`. Every other outcome is written to the document. When our own code raises
    an unexpected error, the work is tried MOST_CRASHES times, and then becomes a dead letter.
    """
    kind = kind_in(task.collection)
    stored = services.records(kind.model).read(task.key)
    if stored is None or stored.record.due_at is None:
        return
    if stored.record.generation != task.generation:
        # This task is outdated. Enqueue the current generation in case its own task was lost; the names of tasks make
        # sure that there is one per generation.
        services.enqueue(task.key, stored.record)
        return
    work = stored.record
    fields = {"collection": task.collection, "work": hashed(task.key), "cooperation": work.cooperation}
    with about(work.traceparent, **fields, generation=task.generation):
        _run(services, kind, task.key, stored)


def _run(services: Services, kind: Kind[Work], key: str, stored: Stored[Work]) -> None:
    try:
        kind.load_flow()(services, key, stored)
    except Gone:  # It was erased meanwhile.
        return
    except LinkError:
        raise
    except Exception as error:  # noqa: BLE001  (any mistake of our own)
        broken(error, flow="run_task")
        crashed = partial(_crashed, type(error).__name__, services.clock())
        if work := services.records(kind.model).edit(key, crashed):
            services.enqueue(key, work)


def _crashed(error: str, now: datetime, work: Work) -> None:
    work.crashes += 1
    if work.crashes >= MOST_CRASHES:
        work.park(Parked(code="broken", reason=error, at=now))
    else:
        work.schedule(now + PAUSE * 4**work.crashes)
