"""The check of a caller. A caller is Econobis or Hoomdossier; Google's calls are checked in `_google.py`.

The path names the cooperation, and the key is compared with that cooperation's before the body is read. A cooperation
may also have secrets with which a caller signs (`_signature.py`): a signed request needs no key. A wrong key or
signature is refused with a 401 and raises an alarm, because it may be that of a peer with an outdated key: Hoomdossier
does not repeat an event that was refused, and Econobis shows its employee only the status.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from flask import Request

from functions._http import path_parts
from functions._signature import has_good_signature, is_signed
from shared import wiring
from shared.caller_key import CallerKey, is_one_of
from shared.errors import NotAllowed
from shared.secret import Secret


def by_econobis(function: str) -> Callable[[Request], tuple[str]]:
    """Admits Econobis to `/{cooperation}` with its key in `Authorization: Bearer …`, or with a signature.

    `function` is the name for the alarm. The check returns the cooperation. It raises UnknownAddress and NotAllowed,
    and what `read_body` raises when the request is signed.
    """

    def admit(request: Request) -> tuple[str]:
        (cooperation,) = path_parts(request, 1)
        keys, secrets = _credentials_of("econobis", cooperation)
        if secrets and is_signed(request):
            may_pass = has_good_signature(request, secrets, function)
        else:
            may_pass = is_one_of(keys, _bearer(request))
        _check(may_pass, function, cooperation)
        return (cooperation,)

    return admit


def by_hoomdossier(request: Request) -> tuple[str, str]:
    """Admits Hoomdossier to `/{cooperation}/{key}/…`. Returns the cooperation and the path behind the key.

    In the path of a signed request any text may stand in place of the key. Raises as the check of `by_econobis`.
    """
    cooperation, key, *rest = path_parts(request, 4)
    keys, secrets = _credentials_of("hoomdossier", cooperation)
    if secrets and is_signed(request):
        may_pass = has_good_signature(request, secrets, "/".join(rest))
    else:
        may_pass = is_one_of(keys, key)
    _check(may_pass, "receive_event", cooperation)
    return cooperation, "/".join(rest)


def _credentials_of(
    caller: Literal["econobis", "hoomdossier"], cooperation: str
) -> tuple[list[CallerKey], list[Secret]]:
    """The keys of the caller, and the secrets with which it signs. An unknown cooperation has none."""
    settings = wiring.services().cooperations.get(cooperation)
    if settings is None:
        return [], []
    if caller == "econobis":
        return settings.callers.econobis, settings.callers.econobis_signing
    return settings.callers.hoomdossier, settings.callers.hoomdossier_signing


def _bearer(request: Request) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip(" ") if scheme.lower() == "bearer" else ""


def _check(may_pass: bool, function: str, cooperation: str) -> None:
    """Raises NotAllowed, which is the same for a wrong key, no key, and an unknown cooperation (which has no keys).

    An unknown cooperation raises no alarm: its name is text of a stranger, which stays out of the log.
    """
    if may_pass:
        return
    services = wiring.services()
    if cooperation in services.cooperations:
        services.alarms.wrong_key(function, cooperation)
    raise NotAllowed
