"""Who calls: the path says which cooperation, and its key is checked before anything is read.

A call with a wrong key is refused, and a person is warned: the caller may be a peer whose key is out of date. What
Hoomdossier sends with one is lost, every time; Econobis shows its employee no more than a status.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable

from flask import Request

from functions._http import path_parts
from shared import wiring
from shared.errors import NotAllowed


def by_econobis(function: str) -> Callable[[Request], tuple[str]]:
    """Of `/{cooperation}`: says which one. Raises UnknownAddress and NotAllowed."""

    def admit(request: Request) -> tuple[str]:
        (cooperation,) = path_parts(request, 1)
        settings = wiring.services().cooperations.get(cooperation)
        keys = settings.callers.econobis if settings else ()
        _check(function, cooperation, _bearer(request), keys)
        return (cooperation,)

    return admit


def by_hoomdossier(request: Request) -> tuple[str, str]:
    """Of `/{cooperation}/{key}/…`: says which one, and what follows. Raises UnknownAddress and NotAllowed."""
    cooperation, key, *rest = path_parts(request, 4)
    settings = wiring.services().cooperations.get(cooperation)
    _check("receive_event", cooperation, key, settings.callers.hoomdossier if settings else ())
    return cooperation, "/".join(rest)


def _bearer(request: Request) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip(" ") if scheme.lower() == "bearer" else ""


def _check(function: str, cooperation: str, given: str, keys: Iterable[str]) -> None:
    """Raises NotAllowed: the same for a wrong key, no key and a cooperation that we do not have (no keys).

    The name of a cooperation that we do not have is a stranger's word, and goes nowhere.
    """
    if _is_one_of(keys, given):
        return
    services = wiring.services()
    if cooperation in services.cooperations:
        services.alarms.wrong_key(function, cooperation)
    raise NotAllowed


def _is_one_of(keys: Iterable[str], given: str) -> bool:
    """In constant time, against all keys that are live."""
    digest = hashlib.sha256(given.encode(errors="replace")).digest()
    fits = [hmac.compare_digest(digest, hashlib.sha256(key.encode()).digest()) for key in (*keys, "")]
    return any(fits[:-1])
