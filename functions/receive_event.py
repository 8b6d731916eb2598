"""Hoomdossier tells what changed, as it would tell Econobis: `POST /{cooperation}/{key}/hoomdossier/{kind}`.

It is stored and answered at once, whatever Econobis is doing: Hoomdossier never tries again (known-limits C1).
"""

from __future__ import annotations

from flask import Request, Response

from functions._caller import warned_of_wrong_key
from functions._http import MIB, UnknownAddress, check_key, endpoint, path_parts, reply
from shared.errors import BadInput
from shared.flows import receive_event as flow
from shared.hoomdossier.inbound import KINDS, Event, parse
from shared.wiring import services

MOST_VALUES = 100_000  # Some thousands is much; a million takes seconds to look at.


@endpoint(limit=32 * MIB)
def receive_event(request: Request) -> Response:
    link = services()
    cooperation, key, word, kind = path_parts(request, 4)
    settings = link.cooperations.get(cooperation)
    with warned_of_wrong_key(link, "receive_event", cooperation):
        check_key(key, settings.callers.hoomdossier if settings else ())
    try:
        event = _read(request, word, kind)
    except (UnknownAddress, BadInput):
        link.alarms.refused_event(cooperation)
        raise
    flow.receive_event(link, cooperation, event)
    return reply(200, ["Ontvangen."])


def _read(request: Request, word: str, kind: str) -> Event:
    """Raises UnknownAddress and BadInput."""
    if word != "hoomdossier" or kind not in KINDS:
        raise UnknownAddress
    body = request.get_data()
    if body.count(b",") > MOST_VALUES:
        raise BadInput({"body": ["Het bericht heeft te veel velden."]}, 413)
    return parse(kind, body)
