"""A scripted Econobis, and our client that calls it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from shared.econobis.client import EconobisClient
from tests.world.clock import START
from tests.world.scripted_peer import TRUSTED, Behaviour, Peer, answer, peer_that, reset

__all__ = ["EVENT_KEY", "WEBFORM_KEY", "answer", "client", "reset", "running"]

WEBFORM_KEY = "webform-sleutel-4f9c2d71"
EVENT_KEY = "event sleutel/8b0e"  # With characters that must be quoted in a URL.


@contextmanager
def client(url: str) -> Iterator[EconobisClient]:
    with httpx.Client(verify=TRUSTED) as http:
        yield EconobisClient(http, f"{url}/", WEBFORM_KEY, EVENT_KEY, lambda: START)


@contextmanager
def running(behaviour: Behaviour, *, reads: bool = True) -> Iterator[tuple[Peer, EconobisClient]]:
    with peer_that(behaviour, reads=reads) as peer, client(peer.url) as econobis:
        yield peer, econobis
