"""Cloud Scheduler has us look for work that was left behind: `POST /`, every five minutes."""

from __future__ import annotations

from flask import Request, Response

from functions._body import KIB
from functions._http import endpoint, reply
from functions._task import by_google
from shared import wiring
from shared.flows import sweep as flow


@endpoint(by_google("sweep"), limit=64 * KIB)
def sweep(_request: Request) -> Response:
    services = wiring.services()
    return reply(200, flow.sweep(services))
