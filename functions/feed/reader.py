"""Who reads a feed: a program with a key of the settings, which stands as the password of Basic authentication."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request

from shared import wiring
from shared.caller_key import is_one_of
from shared.config import Personal
from shared.errors import NotAllowed


@dataclass(frozen=True)
class Reader:
    """A program that was let in, and what its key may read of people."""

    cooperation: str
    personal: Personal


def reader_of(request: Request, cooperation: str) -> Reader:
    """Any user name may be given. Raises NotAllowed: for a wrong key, none, and an unknown cooperation alike."""
    services = wiring.services()
    settings = services.cooperations.get(cooperation)
    given = (request.authorization and request.authorization.password) or ""
    for feed in settings.feeds.values() if settings else ():
        if is_one_of(feed.keys, given):
            return Reader(cooperation, feed.personal)
    if settings and request.authorization:
        services.alarms.wrong_key("serve_feed", cooperation)
    raise NotAllowed
