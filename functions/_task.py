"""What the functions behind Cloud Tasks and Cloud Scheduler share: who may call them, and what a task says."""

from __future__ import annotations

from collections.abc import Callable, Container

from flask import Request
from pydantic import ValidationError

from functions._body import read_body
from shared import wiring
from shared.errors import BadInput, NotAllowed
from shared.flows.run_task import Task
from shared.json_object import read_object
from shared.store.limits import check_place
from shared.tasks.google_token import verify
from shared.wiring import caller_of


def by_google(function: str) -> Callable[[Request], tuple[()]]:
    """Raises NotAllowed unless Google signed for our own service account and this very function.

    A token that is not good may be that of our own queue or schedule, and then nothing runs: a person is warned.
    """

    def admit(request: Request) -> tuple[()]:
        token = request.headers.get("Authorization")
        try:
            verify(token, **caller_of(function))
        except NotAllowed:
            if token:
                wiring.services().alarms.wrong_key(function.replace("-", "_"))
            raise
        return ()

    return admit


def parse_task(request: Request, collections: Container[str]) -> Task:
    """Raises BadInput, also for work of a collection that this function is not for."""
    try:
        task = Task.model_validate(read_object(read_body(request)))
        check_place(task.collection, task.key)
    except ValidationError as error:
        raise BadInput({str(item["loc"][0]): ["Dit is geen taak van ons."] for item in error.errors()}) from None
    except ValueError:
        raise BadInput({"key": ["Dit kan geen sleutel zijn."]}) from None
    if task.collection not in collections:
        raise BadInput({"collection": ["Deze taak is voor een andere functie."]})
    return task
