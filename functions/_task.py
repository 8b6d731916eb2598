"""What the functions behind Cloud Tasks and Cloud Scheduler share: who may call them, and what a task says."""

from __future__ import annotations

from flask import Request
from pydantic import ValidationError

from shared.errors import BadInput
from shared.flows.run_task import Task
from shared.tasks.caller import verify
from shared.wiring import caller_of


def check_caller(request: Request, function: str) -> None:
    """Raises NotAllowed unless Google signed for our own service account and this very function."""
    verify(request.headers.get("Authorization"), **caller_of(function))


def parse_task(request: Request) -> Task:
    try:
        return Task.model_validate_json(request.get_data())
    except ValidationError as error:
        raise BadInput(
            {str(item["loc"][0]) if item["loc"] else "body": [item["msg"]] for item in error.errors()}
        ) from None
