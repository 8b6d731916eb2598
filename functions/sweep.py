"""Cloud Scheduler calls `POST /` every five minutes: queue overdue work again, delete documents past retention."""

from __future__ import annotations

from flask import Request, Response

from functions._body import KIB
from functions._google import by_google
from functions._http import endpoint, reply
from shared import wiring
from shared.flows import sweep as flow


@endpoint(by_google("sweep"), limit=64 * KIB)
def sweep(_request: Request) -> Response:
    """200 with what was found, as counts."""
    services = wiring.services()
    return reply(200, flow.sweep(services))
