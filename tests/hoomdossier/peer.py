"""A scripted Hoomdossier, and our client that calls it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from shared.hoomdossier.client import HoomdossierClient
from tests.world.clock import START
from tests.world.scripted_peer import TRUSTED, Behaviour, Peer, peer_that

TOKEN = "12|geheim-3c5b7b1f"


@contextmanager
def client(url: str) -> Iterator[HoomdossierClient]:
    with httpx.Client(verify=TRUSTED) as http:
        yield HoomdossierClient(http, f"{url}/api/v1/", TOKEN, lambda: START)


@contextmanager
def running(behaviour: Behaviour) -> Iterator[tuple[Peer, HoomdossierClient]]:
    with peer_that(behaviour) as peer, client(peer.url) as hoomdossier:
        yield peer, hoomdossier
