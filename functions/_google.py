"""The check of Google's key, and the body of a task, for the functions behind Cloud Tasks and Cloud Scheduler."""

from __future__ import annotations

from collections.abc import Callable, Container

from flask import Request
from pydantic import ValidationError

from functions._body import read_body
from shared import wiring
from shared.errors import BadInput, NewerDocument, NotAllowed
from shared.flows.run_task import Task
from shared.json_object import read_object
from shared.store.limits import check_place
from shared.tasks.google_token import verify
from shared.wiring import google_caller_of
from shared.work.kinds import is_kind


def by_google(function: str) -> Callable[[Request], tuple[()]]:
    """Admits only calls with a token that Google signed for our service account and for this function.

    `function` is the deployed name (`run-task`). The check raises NotAllowed. A wrong token raises an alarm as well: no
    work is done while our own queue or schedule sends one.
    """

    def admit(request: Request) -> tuple[()]:
        token = request.headers.get("Authorization")
        try:
            verify(token, **google_caller_of(function))
        except NotAllowed:
            if token:
                wiring.services().alarms.wrong_key(function.replace("-", "_"))
            raise
        return ()

    return admit


def parse_task(request: Request, collections: Container[str]) -> Task:
    """The task in the body.

    Raises BadInput for a body that is no task of ours, and for a collection outside `collections`. Raises NewerDocument
    for a kind of work that only a newer version of the link has: Cloud Tasks gets a 503 and repeats the task.
    """
    try:
        task = Task.model_validate(read_object(read_body(request)))
    except ValidationError as error:
        raise BadInput({str(item["loc"][0]): ["Dit is geen taak van ons."] for item in error.errors()}) from None
    if not is_kind(task.collection):
        raise NewerDocument(task.collection)
    if task.collection not in collections:
        raise BadInput({"collection": ["Deze taak is niet voor deze functie."]})
    try:
        check_place(task.collection, task.key)
    except ValueError:
        raise BadInput({"key": ["Dit kan geen sleutel zijn."]}) from None
    return task
