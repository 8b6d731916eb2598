"""Cloud Tasks brings one step of a flow: `POST /` with the work that is due."""

from __future__ import annotations

from flask import Request, Response

from functions._body import KIB
from functions._http import endpoint, reply
from functions._task import by_google, parse_task
from shared import wiring
from shared.flows import run_task as flow
from shared.work.kinds import collections_of

OURS = collections_of("run-task")


@endpoint(by_google("run-task"), limit=64 * KIB)
def run_task(request: Request) -> Response:
    """200: done, or written down for later. 503: the queue brings it again."""
    services = wiring.services()
    flow.run_task(services, parse_task(request, OURS))
    return reply(200, {})
