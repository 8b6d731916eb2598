"""Cloud Scheduler has us look for work that was left behind: `POST /`, every five minutes."""

from __future__ import annotations

from flask import Request, Response

from functions._http import KIB, endpoint, reply
from functions._task import check_caller
from shared.flows import sweep as flow
from shared.wiring import services


@endpoint(limit=64 * KIB)
def sweep(request: Request) -> Response:
    link = services()
    check_caller(request, "sweep")
    return reply(200, flow.sweep(link))
