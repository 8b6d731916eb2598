"""Econobis links a coach to a resident: its setting `hoom_connect_coach_link` is `POST /{cooperation}` here."""

from __future__ import annotations

from datetime import timedelta

from flask import Request, Response

from functions._body import KIB, read_body
from functions._caller import by_econobis
from functions._http import endpoint, reply
from shared import wiring
from shared.econobis.inbound import parse_link
from shared.errors import BadInput, Busy, PeerError
from shared.flows import link_coach as flow

BUDGET = timedelta(seconds=24)


@endpoint(by_econobis("link_coach"), limit=16 * KIB)
def link_coach(request: Request, cooperation: str) -> Response:
    """200 `[]` when linked, 202 `[]` when kept for later; Econobis' employee sees an error only if we refuse."""
    services = wiring.services()
    until = services.clock() + BUDGET
    try:
        asked = parse_link(read_body(request))
        work = flow.link_coach(services, cooperation, asked.coach_contact_id, asked.resident_contact_id, until)
    except BadInput as error:
        if error.status != 422:
            raise
        return reply(422, error.problems)
    except Busy:
        return reply(202, [])  # The same link is being made, and it is kept.
    except PeerError as error:
        return reply(422, error.fields or {"hoomdossier": [error.reason]})
    return reply(200 if work.state == "done" else 202, [])
