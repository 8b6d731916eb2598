"""Cloud Tasks calls `POST /` with a piece of work that is due, and its next step is run."""

from __future__ import annotations

from flask import Request, Response

from functions._body import KIB
from functions._google import by_google, parse_task
from functions._http import endpoint, reply
from shared import wiring
from shared.flows import run_task as flow
from shared.work.kinds import collections_of

OURS = collections_of("run-task")


@endpoint(by_google("run-task"), limit=64 * KIB)
def run_task(request: Request) -> Response:
    """200 when the step was done, or the work scheduled for later. After a 503 Cloud Tasks repeats the task."""
    services = wiring.services()
    flow.run_task(services, parse_task(request, OURS))
    return reply(200, {})
