"""Runs the work that a task names; each kind of work has its own flow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from shared.domain.work import Parked, Work
from shared.errors import Gone, LinkError
from shared.logs import log, where
from shared.work.records import Stored
from shared.work.services import Services

# Named as text, so that a function imports only the flows it runs.
FLOWS = {
    "submissions": "submit_intake",
    "residents": "follow_registration",
    "dossier_requests": "request_dossier",
    "links": "link_coach.run_link",
    "relays": "deliver_event",
    "mails": "send_email",
}


MOST_CRASHES = 5
PAUSE = timedelta(seconds=5)
BROKEN = "De koppeling zelf liep hierop vast."
BROKEN_ADVICE = (
    "Meld dit bij de beheerder van de koppeling: in het logboek staat waar het misging. Speel dit opnieuw af zodra "
    "het is verholpen."
)


class Task(BaseModel):
    model_config = ConfigDict(extra="ignore")

    collection: Literal["submissions", "residents", "dossier_requests", "links", "relays", "mails"]
    key: str
    generation: int


def run_task(services: Services, task: Task) -> None:
    """Raises Busy and StoreError: the queue brings the task again. Every other outcome is written to the work.

    What our own code breaks on is tried a few times more, and then it is a dead letter: it must not come for ever.
    """
    stored = services.work(task.collection).read(task.key)
    if stored is None or stored.record.due_at is None:
        return
    if stored.record.generation != task.generation:
        services.enqueue(task.collection, task.key, stored.record)  # A newer task does it; here it is, if it got lost.
        return
    try:
        flow_for(task.collection)(services, task.key, stored)
    except Gone:
        return
    except LinkError:
        raise
    except Exception as error:  # noqa: BLE001  (a mistake of our own, whatever it is)
        log.error(
            "broken", flow="run_task", collection=task.collection, error=type(error).__name__, stack_trace=where(error)
        )
        crashed = services.work(task.collection).update(
            task.key, partial(_crashed, type(error).__name__, services.clock())
        )
        if crashed:
            services.enqueue(task.collection, task.key, crashed)


def _crashed(error: str, now: datetime, work: Work | None) -> Work | None:
    if work:
        work.crashes += 1
        if work.crashes >= MOST_CRASHES:
            work.park(Parked(reason=f"{BROKEN} ({error})", advice=BROKEN_ADVICE, at=now))
        else:
            work.schedule(now + PAUSE * 4**work.crashes)
    return work


def flow_for(collection: str) -> Callable[[Services, str, Stored[Any]], None]:
    """It gets the work as it is, and its key."""
    module, _, name = FLOWS[collection].partition(".")
    flow: Callable[[Services, str, Stored[Any]], None] = getattr(
        import_module(f"shared.flows.{module}"), name or module
    )
    return flow
