"""Cloud Scheduler calls `POST /`: ask Hoomdossier which appointments changed, for each cooperation with the feed."""

from __future__ import annotations

from flask import Request, Response

from functions._body import KIB
from functions._google import by_google
from functions._http import endpoint, reply
from shared import wiring
from shared.errors import LinkError
from shared.flows import pull_appointments as flow
from shared.logs import log


@endpoint(by_google("pull-appointments"), limit=64 * KIB)
def pull_appointments(_request: Request) -> Response:
    """200 with the number of changed appointments by cooperation.

    The number is None for a cooperation that failed. The others go on, and the next run tries it again.
    """
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
