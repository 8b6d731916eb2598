"""Hoomdossier tells what changed, as it would tell Econobis: `POST /{cooperation}/{key}/hoomdossier/{kind}`.

It is stored and answered at once, whatever Econobis is doing: Hoomdossier never tries again (known-limits C1).
"""

from __future__ import annotations

from flask import Request, Response

from functions._body import MIB, read_body
from functions._caller import by_hoomdossier
from functions._http import UnknownAddress, endpoint, reply
from shared import wiring
from shared.errors import BadInput
from shared.flows import receive_event as flow
from shared.hoomdossier.inbound import KINDS, Event, parse

FOR_ROOM = 45.0  # seconds; Hoomdossier waits for 360 when it sends a report, and for ever otherwise
MOST_VALUES = 100_000  # Some thousands is much; a million takes seconds to look at.


@endpoint(by_hoomdossier, limit=32 * MIB)
def receive_event(request: Request, cooperation: str, asked: str) -> Response:
    services = wiring.services()
    try:
        event = _read(request, asked)
    except (UnknownAddress, BadInput):
        services.alarms.refused_event(cooperation)
        raise
    flow.receive_event(services, cooperation, event)
    return reply(200, ["Ontvangen."])


def _read(request: Request, asked: str) -> Event:
    """Raises UnknownAddress and BadInput."""
    word, _, kind = asked.partition("/")
    if word != "hoomdossier" or kind not in KINDS:
        raise UnknownAddress
    body = read_body(request, FOR_ROOM)
    if body.count(b",") > MOST_VALUES:
        raise BadInput({"body": ["Het bericht heeft te veel velden."]}, 413)
    return parse(kind, body)
