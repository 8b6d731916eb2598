"""The check of a caller's key. A caller is Econobis or Hoomdossier; Google's calls are checked in `_google.py`.

The path names the cooperation, and the key is compared with that cooperation's before the body is read. A wrong key is
refused with a 401 and raises an alarm, because it may be that of a peer with an outdated key: Hoomdossier does not
repeat an event that was refused, and Econobis shows its employee only the status.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable

from flask import Request

from functions._http import path_parts
from shared import wiring
from shared.errors import NotAllowed
from shared.secret import Secret


def by_econobis(function: str) -> Callable[[Request], tuple[str]]:
    """Admits Econobis to `/{cooperation}` with its key in `Authorization: Bearer …`.

    `function` is the name for the alarm. The check returns the cooperation, and raises UnknownAddress and NotAllowed.
    """

    def admit(request: Request) -> tuple[str]:
        (cooperation,) = path_parts(request, 1)
        settings = wiring.services().cooperations.get(cooperation)
        _check(function, cooperation, _bearer(request), settings.callers.econobis if settings else ())
        return (cooperation,)

    return admit


def by_hoomdossier(request: Request) -> tuple[str, str]:
    """Admits Hoomdossier to `/{cooperation}/{key}/…`. Returns the cooperation and the path behind the key.

    Raises UnknownAddress and NotAllowed.
    """
    cooperation, key, *rest = path_parts(request, 4)
    settings = wiring.services().cooperations.get(cooperation)
    _check("receive_event", cooperation, key, settings.callers.hoomdossier if settings else ())
    return cooperation, "/".join(rest)


def _bearer(request: Request) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip(" ") if scheme.lower() == "bearer" else ""


def _check(function: str, cooperation: str, given: str, keys: Iterable[Secret]) -> None:
    """Raises NotAllowed, which is the same for a wrong key, no key, and an unknown cooperation (which has no keys).

    An unknown cooperation raises no alarm: its name is text of a stranger, which stays out of the log.
    """
    if _is_one_of([key.value for key in keys], given):
        return
    services = wiring.services()
    if cooperation in services.cooperations:
        services.alarms.wrong_key(function, cooperation)
    raise NotAllowed


def _is_one_of(keys: Iterable[str], given: str) -> bool:
    """Compares with all keys, each in constant time, so that the time of an answer tells nothing about a key."""
    digest = hashlib.sha256(given.encode(errors="replace")).digest()
    # The "" at the end makes an unknown cooperation take a comparison too; its result is dropped.
    fits = [hmac.compare_digest(digest, hashlib.sha256(key.encode()).digest()) for key in (*keys, "")]
    return any(fits[:-1])
