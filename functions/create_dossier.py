"""Econobis asks for a dossier: its setting `hoom_link` is this function's address, `POST /{cooperation}`.

Econobis' dialog can show a reason only from a flat 422 body (known-limits A6), so every outcome that a person can do
something about is one.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Request, Response

from functions._body import KIB, read_body
from functions._caller import by_econobis
from functions._http import broken, endpoint, reply
from shared import wiring
from shared.domain.dossier_answers import for_dossier
from shared.econobis.inbound import parse_register
from shared.errors import BadInput, LinkError, Refused
from shared.flows import create_dossier as flow

BUDGET = timedelta(seconds=24)


@endpoint(by_econobis("create_dossier"), limit=64 * KIB)
def create_dossier(request: Request, cooperation: str) -> Response:
    services = wiring.services()
    until = services.clock() + BUDGET
    try:
        asked = parse_register(read_body(request))
        registered = flow.create_dossier(services, cooperation, asked, until)
    except BadInput as error:
        if error.status != 422:
            raise
        return reply(422, error.problems)
    except Refused as error:
        return reply(422, error.fields or {"hoomdossier": [for_dossier(error)]})
    except LinkError as error:
        return reply(422, {"koppeling": [for_dossier(error)]})
    except Exception as error:  # noqa: BLE001  (an employee waits, and sees the reason of no other status than 422)
        broken("create_dossier", error)
        return reply(
            422, {"koppeling": ["Er ging iets mis in de koppeling. Het is vastgelegd; meld het de beheerder."]}
        )
    return reply(201, {"account_id": registered.account_id, "user_id": registered.user_id})
