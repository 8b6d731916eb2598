"""Cloud Tasks brings one step of a flow: `POST /` with the work that is due."""

from __future__ import annotations

from flask import Request, Response

from functions._http import KIB, endpoint, reply
from functions._task import check_caller, parse_task
from shared.flows import run_task as flow
from shared.wiring import services

OURS = flow.FLOWS.keys() - {"mails"}


@endpoint(limit=64 * KIB)
def run_task(request: Request) -> Response:
    """200: done, or written down for later. 503: the queue brings it again."""
    link = services()
    check_caller(request, "run-task")
    flow.run_task(link, parse_task(request, OURS))
    return reply(200, {})
