"""Cloud Tasks calls `POST /` to send one e-mail. Only this function needs the mail server's password."""

from __future__ import annotations

from flask import Request, Response

from functions._body import KIB
from functions._google import by_google, parse_task
from functions._http import endpoint, reply
from shared import wiring
from shared.flows import run_task as flow
from shared.work.kinds import collections_of

OURS = collections_of("send-email")


@endpoint(by_google("send-email"), limit=64 * KIB)
def send_email(request: Request) -> Response:
    """200 when the e-mail was sent, or scheduled for later. After a 503 Cloud Tasks repeats the task."""
    services = wiring.services()
    flow.run_task(services, parse_task(request, OURS))
    return reply(200, {})
