"""Who reads a feed: a program with a key of the settings, which stands as the password of Basic authentication."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from flask import Request

from shared import wiring
from shared.caller_key import digest_of
from shared.config import Cooperation, Feed
from shared.errors import NotAllowed
from shared.feed.sets import Personal


@dataclass(frozen=True)
class Reader:
    """A program that was let in. `feed` is the name in the settings of the feed whose key it showed."""

    cooperation: str
    feed: str
    personal: Personal

    @property
    def settings(self) -> Cooperation:
        return wiring.services().cooperations[self.cooperation]


def reader_of(request: Request, cooperation: str) -> Reader:
    """Any user name may be given. Raises NotAllowed: for a wrong key, none, and an unknown cooperation alike."""
    services = wiring.services()
    settings = services.cooperations.get(cooperation)
    given = digest_of((request.authorization and request.authorization.password) or "")
    found: tuple[str, Feed] | None = None
    for name, feed in (settings.feeds if settings else {}).items():
        for key in feed.keys:
            if hmac.compare_digest(given, digest_of(key)):
                found = name, feed
    if found is None:
        if settings and request.authorization:
            services.alarms.wrong_key("serve_feed", cooperation)
        raise NotAllowed
    return Reader(cooperation, found[0], found[1].personal)
