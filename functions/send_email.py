"""Cloud Tasks brings one e-mail: `POST /`. A function of its own, so that only this one knows the mail server."""

from __future__ import annotations

from flask import Request, Response

from functions._http import KIB, endpoint, reply
from functions._task import check_caller, parse_task
from shared.flows import run_task as flow
from shared.wiring import services


@endpoint(limit=64 * KIB)
def send_email(request: Request) -> Response:
    link = services()
    check_caller(request, "send-email")
    flow.run_task(link, parse_task(request, {"mails"}))
    return reply(200, {})
