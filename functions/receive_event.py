"""Hoomdossier pushes an event: `POST /{cooperation}/{key}/hoomdossier/{kind}`, the path that Econobis has too.

The event is stored and answered at once, and delivered to Econobis later, because Hoomdossier does not retry a push
(known-limits C1).
"""

from __future__ import annotations

from flask import Request, Response

from functions._body import MIB, read_body
from functions._http import UnknownAddress, endpoint, reply
from functions._peer_keys import by_hoomdossier
from shared import wiring
from shared.errors import BadInput
from shared.flows import receive_event as flow
from shared.hoomdossier.inbound import KINDS, Event, parse

WAIT_FOR_MEMORY = (
    45.0  # seconds; Hoomdossier waits 360 seconds for the answer to a report, and without limit for others
)
MOST_VALUES = 100_000  # Real events have some thousands at most; checking a million takes seconds.


@endpoint(by_hoomdossier, limit=32 * MIB)
def receive_event(request: Request, cooperation: str, path_rest: str) -> Response:
    """200 when the event is stored. A refused event raises an alarm, because Hoomdossier does not send it again."""
    services = wiring.services()
    try:
        event = _read(request, path_rest)
    except (UnknownAddress, BadInput):
        services.alarms.refused_event(cooperation)
        raise
    flow.receive_event(services, cooperation, event)
    return reply(200, ["Ontvangen."])


def _read(request: Request, path_rest: str) -> Event:
    """Raises UnknownAddress and BadInput."""
    word, _, kind = path_rest.partition("/")
    if word != "hoomdossier" or kind not in KINDS:
        raise UnknownAddress
    body = read_body(request, WAIT_FOR_MEMORY)
    if body.count(b",") > MOST_VALUES:
        raise BadInput({"body": ["Het bericht heeft te veel velden."]}, 413)
    return parse(kind, body)
