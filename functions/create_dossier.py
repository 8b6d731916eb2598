"""Econobis applies for a dossier: its setting `hoom_link` is this function's address, `POST /{cooperation}`.

An employee or a visitor waits for the answer, and Econobis sets no timeout (`docs/peers/econobis.md` 2.2), so we
answer within `BUDGET`.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Request, Response

from functions._body import KIB, read_body
from functions._flat import flat, from_hoomdossier
from functions._http import endpoint, reply
from functions._peer_keys import by_econobis
from shared import wiring
from shared.domain.dossier_answers import for_dossier
from shared.econobis.inbound import parse_register
from shared.errors import BadInput, LinkError, Refused
from shared.flows import create_dossier as flow
from shared.logs import broken

BUDGET = timedelta(seconds=24)
_BROKEN = "Er ging iets mis in de koppeling. Het is vastgelegd; meld het de beheerder."


@endpoint(by_econobis("create_dossier"), limit=64 * KIB, refuse=flat)
def create_dossier(request: Request, cooperation: str) -> Response:
    """201 with Hoomdossier's `account_id` and `user_id`, or a flat 422 that says why there is no dossier (yet)."""
    services = wiring.services()
    until = services.clock() + BUDGET
    try:
        application = parse_register(read_body(request))
        registered = flow.create_dossier(services, cooperation, application, until)
    except BadInput:
        raise
    except Refused as error:
        raise from_hoomdossier(error, for_dossier(error)) from error
    except LinkError as error:
        raise BadInput({"koppeling": [for_dossier(error)]}) from error
    except Exception as error:
        broken(error, function="create_dossier")
        raise BadInput({"koppeling": [_BROKEN]}) from error
    return reply(201, {"account_id": registered.account_id, "user_id": registered.user_id})
