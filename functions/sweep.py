"""Cloud Scheduler has us look for work that was left behind: `POST /`, every five minutes."""

from __future__ import annotations

from flask import Request, Response

from functions._body import KIB
from functions._http import endpoint, reply
from functions._task import by_google
from shared.flows import sweep as flow
from shared.wiring import services


@endpoint(by_google("sweep"), limit=64 * KIB)
def sweep(_request: Request) -> Response:
    link = services()
    return reply(200, flow.sweep(link))
