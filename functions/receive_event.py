"""Hoomdossier tells what changed, as it would tell Econobis: `POST /{cooperation}/{key}/hoomdossier/{kind}`.

It is stored and answered at once, whatever Econobis is doing: Hoomdossier never tries again (known-limits C1).
"""

from __future__ import annotations

from flask import Request, Response

from functions._http import MIB, UnknownAddress, check_key, endpoint, path_parts, reply
from shared.flows import receive_event as flow
from shared.hoomdossier.inbound import KINDS, parse
from shared.wiring import services


@endpoint(limit=32 * MIB)
def receive_event(request: Request) -> Response:
    link = services()
    cooperation, key, word, kind = path_parts(request, 4)
    settings = link.cooperations.get(cooperation)
    check_key(key, settings.callers.hoomdossier if settings else ())
    if word != "hoomdossier" or kind not in KINDS:
        raise UnknownAddress
    event = parse(kind, request.get_data(cache=False))
    flow.receive_event(link, cooperation, event, as_of=link.clock())
    return reply(200, ["Ontvangen."])
