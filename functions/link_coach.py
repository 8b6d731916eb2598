"""Econobis links a coach to a resident: its setting `hoom_connect_coach_link` is `POST /{cooperation}` here."""

from __future__ import annotations

from datetime import timedelta

from flask import Request, Response

from functions._body import KIB, read_body
from functions._flat import flat, from_hoomdossier
from functions._http import endpoint, reply
from functions._peer_keys import by_econobis
from shared import wiring
from shared.econobis.inbound import parse_link
from shared.errors import Busy, PeerError
from shared.flows import link_coach as flow

BUDGET = timedelta(seconds=24)


@endpoint(by_econobis("link_coach"), limit=16 * KIB, refuse=flat)
def link_coach(request: Request, cooperation: str) -> Response:
    """200 `[]` when linked, 202 `[]` when the link is kept for later, or a flat 422 with the reason."""
    services = wiring.services()
    until = services.clock() + BUDGET
    asked = parse_link(read_body(request))
    try:
        work = flow.link_coach(services, cooperation, asked.coach_contact_id, asked.resident_contact_id, until)
    except Busy:
        return reply(202, [])  # Another call is making this link, and it is stored.
    except PeerError as error:
        raise from_hoomdossier(error, error.reason) from error
    return reply(200 if work.state == "done" else 202, [])
