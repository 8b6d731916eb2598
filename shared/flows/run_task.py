"""Runs the work that a task names; each kind of work has its own flow."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.services import Services

# Named as text, so that a function imports only the flows it runs.
FLOWS = {
    "submissions": "submit_intake",
    "residents": "follow_registration",
    "dossier_requests": "request_dossier",
    "links": "link_coach.run_link",
    "relays": "deliver_event",
    "mails": "send_email",
}


class Task(BaseModel):
    model_config = ConfigDict(extra="ignore")

    collection: Literal["submissions", "residents", "dossier_requests", "links", "relays", "mails"]
    key: str
    generation: int


def run_task(services: Services, task: Task) -> None:
    """Raises Busy and StoreError: the queue brings the task again. Every other outcome is written to the work."""
    work = services.work(task.collection).get(task.key)
    if work is None or work.due_at is None:
        return
    if work.generation != task.generation:
        services.enqueue(task.collection, task.key, work)  # A newer task does it; here it is, if it got lost.
        return
    flow_for(task.collection)(services, task.key)


def flow_for(collection: str) -> Callable[[Services, str], None]:
    module, _, name = FLOWS[collection].partition(".")
    flow: Callable[[Services, str], None] = getattr(import_module(f"shared.flows.{module}"), name or module)
    return flow
