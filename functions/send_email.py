"""Cloud Tasks brings one e-mail: `POST /`. A function of its own, so that only this one knows the mail server."""

from __future__ import annotations

from flask import Request, Response

from functions._body import KIB
from functions._http import endpoint, reply
from functions._task import by_google, parse_task
from shared import wiring
from shared.flows import run_task as flow
from shared.work.kinds import collections_of

OURS = collections_of("send-email")


@endpoint(by_google("send-email"), limit=64 * KIB)
def send_email(request: Request) -> Response:
    services = wiring.services()
    flow.run_task(services, parse_task(request, OURS))
    return reply(200, {})
