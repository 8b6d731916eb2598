"""Runs the work that a task names; `work/kinds.py` says which flow does that."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from pydantic import BaseModel, ConfigDict

from shared.domain.work import Parked, Work
from shared.errors import Gone, LinkError
from shared.logs import log, where
from shared.work.kinds import kind_in
from shared.work.services import Services

MOST_CRASHES = 5
PAUSE = timedelta(seconds=5)


class Task(BaseModel):
    """What stands in a task: which document, and the generation that the task was made for."""

    model_config = ConfigDict(extra="ignore")

    collection: str
    key: str
    generation: int


def run_task(services: Services, task: Task) -> None:
    """`task.collection` is one of `kinds.KINDS`. Raises Busy and StoreError: the queue then brings the task again.

    Every other outcome is written to the work. When our own code raises an unexpected error the work is tried a few
    times more, and then becomes a dead letter: it must not come back for ever.
    """
    kind = kind_in(task.collection)
    stored = services.records(kind.model).read(task.key)
    if stored is None or stored.record.due_at is None:
        return
    if stored.record.generation != task.generation:
        services.enqueue(task.key, stored.record)  # The newer generation has a task; this makes it if it got lost.
        return
    try:
        kind.load_flow()(services, task.key, stored)
    except Gone:
        return
    except LinkError:
        raise
    except Exception as error:  # noqa: BLE001  (a mistake of our own, whatever it is)
        name = type(error).__name__
        log.error("broken", flow="run_task", collection=task.collection, error=name, stack_trace=where(error))
        crashed = services.records(kind.model).update(task.key, partial(_crashed, name, services.clock()))
        if crashed:
            services.enqueue(task.key, crashed)


def _crashed(error: str, now: datetime, work: Work | None) -> Work | None:
    if work:
        work.crashes += 1
        if work.crashes >= MOST_CRASHES:
            work.park(Parked(code="broken", reason=error, at=now))
        else:
            work.schedule(now + PAUSE * 4**work.crashes)
    return work
