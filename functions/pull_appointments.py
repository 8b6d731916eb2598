"""Cloud Scheduler has us ask Hoomdossier which appointments changed: `POST /`, all cooperations that have the feed."""

from __future__ import annotations

from flask import Request, Response

from functions._body import KIB
from functions._http import endpoint, reply
from functions._task import by_google
from shared import wiring
from shared.errors import LinkError
from shared.flows import pull_appointments as flow
from shared.logs import log


@endpoint(by_google("pull-appointments"), limit=64 * KIB)
def pull_appointments(_request: Request) -> Response:
    """One cooperation whose Hoomdossier is away does not keep the others waiting; the next run takes it up."""
    services = wiring.services()
    counts: dict[str, int | None] = {}
    for name, settings in services.cooperations.items():
        if not settings.hoomdossier.appointments_feed:
            continue
        try:
            counts[name] = flow.pull_appointments(services, name)
        except LinkError as error:
            log.warning("not pulled", function="pull_appointments", cooperation=name, error=type(error).__name__)
            counts[name] = None
    return reply(200, counts)
